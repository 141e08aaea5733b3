// certManager.mode None: Slipway issues the certificates of the providers' webhooks itself. Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controllers/cluster_view.h"
#include "pkg/providers/certificates.h"

namespace slipway::controllers {

// Sets of components without cert-manager, worked out once for each content and kept.
class WithoutCertManager {
 public:
  using Set = std::shared_ptr<const providers::Components>;
  // Errors: Invalid, those of providers::without_cert_manager(). `slot`: which set of the owner this is.
  [[nodiscard]] Result<Set> of(const std::string& owner_uid, const std::string& slot, const Set& set);
  void forget(const std::string& owner_uid) { kept_.erase(owner_uid); }

 private:
  struct Kept {
    Set from;
    Result<Set> made;
  };
  std::map<std::string, std::map<std::string, Kept>> kept_;  // by owner, by slot
};

// How the certificates of a set stand in a cluster. Pure.
[[nodiscard]] ObjectPtr secret_of(const ClusterView& view, const providers::ServingCertificate& certificate);  // null where absent
// When the first of them is due; nothing where the set has none.
[[nodiscard]] std::optional<WallTime> renewal_of(const ClusterView& view, const providers::Components& set);
// The CA that the object asks for, as it stands in a caBundle; empty where it asks for none, or none was issued yet.
[[nodiscard]] std::string_view ca_for(const ClusterView& view, const providers::Components& set, const Object& object);

}  // namespace slipway::controllers
