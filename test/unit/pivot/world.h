// The move of reference, built object by object: 145 discovered objects of a management cluster with one control plane machine and one worker, and helpers to
// hold it as values or to install it on API servers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pkg/pivot/inventory.h"
#include "pkg/pivot/plan.h"

namespace slipway::test {

using kube::Object;

// A CRD labelled for clusterctl, one version v1beta1 unless told, any content, status subresource.
struct CrdSpec {
  std::string group, kind, plural;
  bool namespaced = true;
  std::vector<std::string> versions{"v1beta1"};  // the last is the storage version
  std::vector<std::string> labels{"clusterctl.cluster.x-k8s.io"};
};
[[nodiscard]] Object make_crd(const CrdSpec& spec);
[[nodiscard]] std::vector<CrdSpec> reference_crds();

// Objects in the order in which they can be created. metadata.uid is "uid-<Kind>-<ns>-<name>", and owner references use those.
class World {
 public:
  Object& add(const std::string& api_version, const std::string& kind, const std::string& ns, const std::string& name);
  void own(Object& object, const std::string& kind, const std::string& name);  // an object of this world in the same namespace, or cluster-scoped
  [[nodiscard]] Object& at(const std::string& kind, const std::string& name);
  void remove(const std::string& kind, const std::string& name);
  [[nodiscard]] std::size_t count(const std::string& kind) const;
  [[nodiscard]] pivot::Inventory inventory() const;
  std::vector<CrdSpec> crds = reference_crds();
  std::vector<Object> objects;  // stable references are not promised across add()
};
[[nodiscard]] World reference_world();  // 145 objects
[[nodiscard]] World small_world();      // one Cluster with a Machine and a few neighbours: 12 objects, for sweeps in two dimensions

inline const std::string kCapi = "cluster.x-k8s.io/v1beta1";
inline const std::string kInfra = "infrastructure.cluster.x-k8s.io/v1beta1";
inline const std::string kSystem = "tkg-system";
inline const std::string kCluster = "tkg-mgmt-vc";

// "Move 0 Cluster tkg-system/x" lines, sorted; excluded ones "Exclude Secret a/b: reason".
[[nodiscard]] std::string print(const pivot::Plan& plan, pivot::Fate fate);
[[nodiscard]] const pivot::PlannedObject& planned(const pivot::Plan& plan, const std::string& kind, const std::string& name);

}  // namespace slipway::test
