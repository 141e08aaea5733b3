// Under certManager.mode None, before everything else of an installation, so that webhooks and CRDs can carry the CA from their first apply on; and again when
// a certificate is due. The managers read the new one from the Secret that they mount, so nothing is restarted.
#include <algorithm>
#include <iterator>

#include "controllers/certificates.h"
#include "controllers/component_state.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

// cert-manager's own request for the certificate, which it would go on serving. What we (or clusterctl) brought goes; of others' it is said, as a sentence.
std::string stop_cert_manager(const ClusterView& view, Role role, const providers::ServingCertificate& certificate, std::vector<Intent>& intents) {
  const ObjectPtr live = view.get(kube::res::kCertificates, certificate.certificate);
  if (!live || kube::is_deleting(*live)) return {};
  const bool component =
      kube::label(*live, providers::kComponentLabel) == certificate.set || kube::label(*live, "cluster.x-k8s.io/provider") == certificate.set;
  if (!component)
    return "certManager.mode is None, but " + kube::describe(*live) +
           " asks cert-manager for the same certificate, and is nobody's component; delete it, or set the mode to External";
  intents.push_back(Delete{role, kube::res::kCertificates, certificate.certificate, std::string(kube::uid_of(*live))});
  return {};
}

}  // namespace

std::optional<StepPlan> issue_certificates(const Input& in, Role role, std::span<const Resolved* const> sets) {
  const ClusterView& view = view_of(in, role);
  std::vector<Intent> intents, gone, issues;
  std::string titles;
  for (const Resolved* set : sets) {
    const std::size_t before = issues.size();
    for (const providers::ServingCertificate& certificate : set->components->certificates) {
      if (in.env.now < providers::renewal_of(certificate, secret_of(view, certificate).get())) continue;
      if (std::string foreign = stop_cert_manager(view, role, certificate, gone); !foreign.empty()) return failed("CertManagerForeign", std::move(foreign));
      issues.push_back(IssueCertificate{role, certificate});
    }
    if (issues.size() == before) continue;
    titles += (titles.empty() ? "" : ", ") + set->title;
    for (const Object& object : set->components->objects)
      if (kube::kind_of(object) == "Namespace" && !in_place(view, in.observed.applied, object, false)) intents.push_back(Apply{role, object, 1});
  }
  if (issues.empty()) return std::nullopt;
  const std::string message = "issuing " + std::to_string(issues.size()) + " webhook certificates of " + titles;
  for (auto* more : {&gone, &issues}) std::ranges::move(*more, std::back_inserter(intents));
  return running("Installing", message, std::move(intents));
}

}  // namespace slipway::controllers::managementcluster
