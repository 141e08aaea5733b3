#include "controllers/certificates.h"

#include <algorithm>
#include <utility>

namespace slipway::controllers {
namespace {

Result<WithoutCertManager::Set> made_of(const WithoutCertManager::Set& set) {
  auto made = providers::without_cert_manager(*set);
  if (!made) return fail(std::move(made).error());
  return std::make_shared<const providers::Components>(std::move(*made));
}

}  // namespace

Result<WithoutCertManager::Set> WithoutCertManager::of(const std::string& owner_uid, const std::string& slot, const Set& set) {
  auto& sets = kept_[owner_uid];
  const auto found = sets.find(slot);
  if (found != sets.end() && found->second.from == set) return found->second.made;
  return sets.insert_or_assign(slot, Kept{set, made_of(set)}).first->second.made;
}

ObjectPtr secret_of(const ClusterView& view, const providers::ServingCertificate& certificate) { return view.get(kube::res::kSecrets, certificate.secret); }

std::optional<WallTime> renewal_of(const ClusterView& view, const providers::Components& set) {
  std::optional<WallTime> first;
  for (const providers::ServingCertificate& certificate : set.certificates) {
    const WallTime due = providers::renewal_of(certificate, secret_of(view, certificate).get());
    if (!first || due < *first) first = due;
  }
  return first;
}

std::string_view ca_for(const ClusterView& view, const providers::Components& set, const Object& object) {
  const std::string_view asked = providers::asks_ca_of(object);
  if (asked.empty()) return {};
  for (const providers::ServingCertificate& certificate : set.certificates) {
    if (certificate.certificate.to_string() != asked) continue;
    // The cached Secret lives as long as the view.
    const ObjectPtr secret = secret_of(view, certificate);
    return secret ? (*secret)["data"]["ca.crt"].as_string() : std::string_view();
  }
  return {};
}

}  // namespace slipway::controllers
