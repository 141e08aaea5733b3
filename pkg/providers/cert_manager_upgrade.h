// Whether cert-manager is to be upgraded along with the providers (clusterctl.md 1.4, EnsureLatestVersion; clusterctl's client/cluster/cert_manager.go). Pure;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::providers {

// What carries the label clusterctl.cluster.x-k8s.io/core=cert-manager, without Endpoints and EndpointSlices, which the API server makes.
struct CertManagerInventory {
  struct Item {
    std::string name;     // "Deployment cert-manager/cert-manager": for messages
    std::string version;  // the annotation cert-manager.clusterctl.cluster.x-k8s.io/version; empty where there is none
  };
  std::vector<Item> items;
  std::vector<std::string> images;  // of its workloads, with repetitions, in any order
};
struct CertManagerManifest {
  std::string version;
  std::size_t objects = 0;
  std::vector<std::string> images;  // after image overrides
};

struct CertManagerPlan {
  bool external = false;  // nothing has the label: somebody else looks after it
  bool upgrade = false;
  std::string from;    // the version of the object that decided; "v0.11.0" where an object has none, as clusterctl assumes
  std::string to;      // the manifest's
  std::string reason;  // of the upgrade, as a sentence
};

// An upgrade is due where an object has no version or a lower one, or versions are equal (but for build metadata, where any difference counts) and the number
// of objects or the images differ: a half-finished installation is done again. A higher version is left alone. Errors: Invalid for a version that is none.
[[nodiscard]] Result<CertManagerPlan> plan_cert_manager(const CertManagerInventory& live, const CertManagerManifest& manifest);

}  // namespace slipway::providers
