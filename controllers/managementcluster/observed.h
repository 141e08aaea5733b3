// What the steps of a ManagementClusterRequest read: a plain value, gathered by observe.cpp or built by a test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "api/v1alpha1/vocabulary.h"
#include "controllers/applied.h"
#include "controllers/cluster_view.h"
#include "controllers/step.h"
#include "pkg/base/time.h"
#include "pkg/bootstrap/bootstrap.h"
#include "pkg/pivot/pivot.h"
#include "pkg/providers/metadata.h"
#include "pkg/providers/providers.h"

namespace slipway::controllers::managementcluster {

// Components out of their source; null with the reason why not.
struct Resolved {
  std::string title;  // "InfrastructureProvider vsphere v1.5.1", "cert-manager v1.9.1"
  std::shared_ptr<const providers::Components> components;
  std::string hash;                             // of the objects as they are applied
  std::string where;                            // they came from, for people; empty: not known
  bool is_signed = false;                       // and the signature was verified
  std::optional<providers::Metadata> metadata;  // of a provider, where its source has it
  std::string contract;                         // of this version, by the metadata
  bool in_inventory = false;
  bool going_back = false;  // it is what was installed before an upgrade that did not work: its entry stays as it is
  bool pending = false;     // it is being fetched: only a matter of time
  std::string reason;
  std::string message;
};

// One direction of the pivot.
struct Move {
  std::optional<pivot::Progress> progress;  // what the journal says, or the running task
  bool running = false;
  std::optional<Error> error;  // of the last attempt for this generation
  [[nodiscard]] bool completed() const noexcept { return progress && progress->phase == pivot::Phase::Completed; }
  // Begun and neither finished nor undone: the clusters are in between, only the pivot may act.
  [[nodiscard]] bool under_way() const noexcept;
};

struct Observed {
  ObjectPtr self;
  ClusterView hub;  // Secrets and ConfigMaps of the request's namespace
  ClusterView bootstrap;
  ClusterView target;
  bootstrap::State bootstrap_state;
  bool bootstrap_disposable = false;
  std::string bootstrap_refused;  // why this kind of bootstrap cannot be used
  std::optional<Resolved> kapp_controller;
  std::optional<Resolved> cert_manager;
  std::vector<Resolved> providers;
  std::vector<Object> manifest;  // of cluster.manifestRef
  std::string manifest_error;
  bool journal_known = true;  // false: a cluster is there whose journal was not read yet
  Move forward;
  Move back;
  std::vector<ObjectPtr> requests;             // every ManagementClusterRequest of the hub
  std::vector<std::string> workload_clusters;  // WorkloadClusters that refer to this request, "ns/name"
  const AppliedMemory* applied = nullptr;
};

struct Env {
  WallTime now;
  std::string tkg_version;  // for the annotation TKGVERSION
  std::string edition;
  bool wait = true;           // for health; false: what is applied counts as installed (the command line's choice)
  bool command_line = false;  // one cluster, and no spec that sentences could name
};

struct Input {
  const api::ManagementClusterRequest& request;
  const Observed& observed;
  const Env& env;
};

// ---- custody: which cluster holds the Cluster objects -------------------------------------------------------------------------------
// The one thing that must survive the loss of every cluster, so it is an annotation of the request itself. It is written before what it tells becomes true on
// the bootstrap cluster (so a bootstrap cluster that is lost is noticed, not replaced by a second one), and after it became true on the target.
using api::kCustodyAnnotation;  // absent | bootstrap | target; at deletion returned | deleted
using api::kForceDeleteAnnotation;
enum class Custody : std::uint8_t { None, Bootstrap, Target, Returned, Deleted };
[[nodiscard]] Custody custody_of(const Input& in);           // None, Bootstrap or Target: the annotation, and a completed move that it does not tell of yet
[[nodiscard]] Custody recorded_custody(const Object& self);  // the annotation alone
[[nodiscard]] Intent record_custody(const Input& in, std::string_view value);

// ---- small readers shared by steps --------------------------------------------------------------------------------------------------
[[nodiscard]] ObjectKey cluster_key(const api::ManagementClusterRequest& request);     // of the Cluster: namespace and name of the request
[[nodiscard]] ObjectKey kubeconfig_key(const api::ManagementClusterRequest& request);  // of the Secret in the hub
[[nodiscard]] const ClusterView& view_of(const Input& in, Role role);
[[nodiscard]] bool forced(const Input& in);
[[nodiscard]] std::string package_namespace(const api::ManagementClusterRequestSpec& spec);
// What a package manager may have labelled: ClusterClass and the templates of kubeadm and of the infrastructure.
[[nodiscard]] std::vector<Gvr> template_kinds(std::string_view infrastructure);

}  // namespace slipway::controllers::managementcluster
