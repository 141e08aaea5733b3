// Components out of the sources that a spec names, worked out once for each content and kept: parsing megabytes of YAML on every reconcile would be the
// operator's whole work. Thread: the loop's only.
#pragma once

#include <map>
#include <string>

#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

class Sources {
 public:
  // Fills kapp_controller, cert_manager, providers, manifest and manifest_error from the ConfigMaps and Secrets of observed.hub.
  void resolve(const api::ManagementClusterRequest& request, Observed& observed);
  void forget(const std::string& uid);

 private:
  struct Kept {
    std::string stamp;  // of everything that went in
    Resolved resolved;
  };
  const Resolved& plain(const api::ManagementClusterRequest& request, const Observed& observed, const std::string& name, const std::string& version,
                        const api::Source& source);
  const Resolved& provider(const api::ManagementClusterRequest& request, const Observed& observed, std::size_t index);
  Kept& slot(const std::string& uid, const std::string& name) { return kept_[uid][name]; }

  std::map<std::string, std::map<std::string, Kept>> kept_;  // by request, by component
};

}  // namespace slipway::controllers::managementcluster
