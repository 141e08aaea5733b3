// The two custom resources of group slipway.dev/v1alpha1 as plain structs: the single source of the CRDs, the defaults, docs/api.md and the
// (de)serialisation (describe.h). Member names are the JSON names; a trailing underscore is dropped (class_, namespace_). An optional that is empty, an
// empty string or list is absent in JSON. Defaults live in the schema; these initialisers are those defaults. What each field means and what it
// may hold stands in fields.cpp, the rules over several fields in rules.cpp. A new member goes into describe.h and fields.cpp too: test_api says so.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pkg/json/value.h"

namespace slipway::api {

// Free-form JSON, kept as it came (x-kubernetes-preserve-unknown-fields).
using Any = json::Value;

struct LocalRef {
  std::string name;
};
struct KeyRef {
  std::string name;
  std::string key = "value";  // where Cluster API keeps a kubeconfig
};
struct NamespacedRef {
  std::string name;
  std::string namespace_;
};

// At most one of the first five; where none is set, the catalog's is used.
struct Source {
  std::string url;
  std::string oci;
  std::optional<LocalRef> configMapRef;  // keys "components.yaml" and "metadata.yaml", in the request's namespace
  std::optional<LocalRef> secretRef;     // the same in a Secret
  std::string path;
  std::optional<LocalRef> caSecretRef;  // key "ca.crt"
  std::optional<LocalRef> credentialsSecretRef;
  std::string proxy;
  std::string publicKey;  // PEM
};

struct KindBootstrap {
  std::string nodeImage;
  std::string podSubnet = "100.96.0.0/11";
  std::string serviceSubnet = "100.64.0.0/13";
  std::vector<std::string> kubeadmConfigPatches;
  std::vector<std::string> containerdConfigPatches;
  std::vector<Any> extraMounts;
  std::optional<Any> registry;
};
struct InClusterBootstrap {};
struct ProcessBootstrap {
  std::string assetsDir;
};
struct SimulatedBootstrap {};
struct Bootstrap {  // exactly one of the first five
  std::optional<KindBootstrap> kind;
  std::optional<KeyRef> kubeconfigSecretRef;
  std::optional<InClusterBootstrap> inCluster;
  std::optional<ProcessBootstrap> process;
  std::optional<SimulatedBootstrap> simulated;
  std::string retain = "OnFailure";  // Never | OnFailure | Always
};

struct CertManager {
  std::string mode = "Managed";  // Managed | External | None
  std::string version;
  std::optional<Source> source;
};
struct KappController {
  std::string version;
  std::optional<Source> source;
  std::optional<Any> config;
};
struct Provider {
  std::string
      type;  // CoreProvider | BootstrapProvider | ControlPlaneProvider | InfrastructureProvider | IPAMProvider | AddonProvider | RuntimeExtensionProvider
  std::string name;
  std::string version;
  std::optional<Source> source;
  std::string digest;                            // sha256:<64 hex> of components.yaml as fetched
  std::string namespace_;                        // empty: the one in the components
  std::map<std::string, std::string> variables;  // over the ConfigMap's, under the Secret's
  std::optional<LocalRef> variablesConfigMapRef;
  std::optional<LocalRef> variablesSecretRef;
  std::vector<Any> patches;
};
struct ImageOverride {
  std::string component = "all";
  std::string image;
  std::string registryFrom;
  std::string repository;
  std::string name;
  std::string tag;
};
struct PackageRepository {
  std::string name;
  std::string image;
  std::string namespace_ = "tkg-system";
};
struct PackageInstall {
  std::string name;
  std::string refName;
  std::string version;
  std::optional<LocalRef> valuesSecretRef;
};
struct Packages {
  std::optional<PackageRepository> repository;
  std::vector<PackageInstall> install;
  std::vector<std::string> expect;  // names of PackageInstalls that must be reconciled
};
struct Endpoint {
  std::string host;
  std::int64_t port = 6443;
};
struct ControlPlane {
  std::optional<std::int64_t> replicas;  // empty: by plan (dev 1, prod 3); odd
  std::optional<Endpoint> endpoint;
};
struct Autoscaler {
  std::int64_t min = 1;
  std::int64_t max = 1;
};
struct WorkerPool {
  std::string name;
  std::string class_ = "tkg-worker";
  std::optional<std::int64_t> replicas;  // empty: by plan (dev 1, prod 3)
  std::optional<Autoscaler> autoscaler;  // WorkloadCluster only
};
struct Network {
  std::string cni = "antrea";  // antrea | calico | none
  std::vector<std::string> podCIDRs{"100.96.0.0/11"};
  std::vector<std::string> serviceCIDRs{"100.64.0.0/13"};
};
struct ManifestRef {
  std::string configMap;
};
struct ClusterSpec {
  std::string version;  // "v1.24.9+vmware.1"
  std::string class_;
  ControlPlane controlPlane;
  std::vector<WorkerPool> workers;
  Network network;
  std::optional<Any> variables;
  std::optional<ManifestRef> manifestRef;
  std::optional<Any> machineHealthCheck;
};
struct Infrastructure {
  std::string provider;  // vsphere | aws | azure | docker
  std::optional<LocalRef> credentialsSecretRef;
};
struct Addons {
  std::string cni;                       // WorkloadCluster; empty: cluster.network.cni
  std::vector<PackageInstall> packages;  // WorkloadCluster
  std::optional<Any> clusterBootstrap;
  std::optional<Any> identity;
};
struct Registry {
  std::string repository;
  std::optional<LocalRef> caSecretRef;
};
struct Proxy {
  std::string http;
  std::string https;
  std::vector<std::string> noProxy;  // not "no": YAML 1.1 readers, kubectl among them, take that key for a boolean
};
struct Pivot {
  std::string scope = "AllNamespaces";  // AllNamespaces | Namespace
  bool quiesceProviders = true;
  std::string onUnmovable = "Fail";  // Fail | Warn
  bool rehearse = true;
  std::string gitOps = "Refuse";  // Refuse | Suspend | Ignore
};
struct Deadlines {  // Go durations
  std::string total = "2h";
  std::string bootstrap = "10m";
  std::string providers = "20m";
  std::string packages = "15m";
  std::string controlPlane = "30m";
  std::string nodes = "30m";
  std::string pivot = "15m";
};
struct Maintenance {
  std::vector<Any> windows;
};

struct ManagementClusterRequestSpec {
  bool paused = false;
  std::string mode = "Apply";  // Apply | Plan
  std::string plan = "dev";    // dev | prod
  Bootstrap bootstrap;
  CertManager certManager;
  KappController kappController;
  std::vector<Provider> providers;
  std::vector<ImageOverride> images;
  std::optional<LocalRef> catalogRef;  // ConfigMap, key "catalog.yaml"
  Packages packages;
  std::string release;  // TanzuKubernetesRelease
  ClusterSpec cluster;
  Infrastructure infrastructure;
  Addons addons;
  std::optional<Registry> registry;
  std::optional<Proxy> proxy;
  Pivot pivot;
  Deadlines deadlines;
  std::string deletionPolicy = "Delete";  // Delete | Orphan
  std::optional<Maintenance> maintenance;
};

struct WorkloadClusterSpec {
  bool paused = false;
  std::optional<NamespacedRef> managementClusterRef;  // omitted: the cluster that this object lives in
  std::string plan = "dev";
  std::string release;
  ClusterSpec cluster;
  Infrastructure infrastructure;
  Addons addons;
  std::string deletionPolicy = "Delete";
  Deadlines deadlines;
};

// ---- status, both kinds -------------------------------------------------------------------------------------------------------------

struct Condition {  // metav1.Condition
  std::string type;
  std::string status;  // True | False | Unknown
  std::int64_t observedGeneration = 0;
  std::string lastTransitionTime;
  std::string reason;
  std::string message;
};
struct StepStatus {
  std::string name;
  std::string state;  // Pending | Running | Done | Failed | Skipped
  std::string startedAt;
  std::string finishedAt;
  std::string message;
};
struct ProviderStatus {
  std::string type;
  std::string name;
  std::string version;
  std::string digest;
  bool ready = false;
  std::string source = {};    // where the components came from
  std::string contract = {};  // by metadata.yaml
  bool signed_ = false;
};
struct ExcludedCount {
  std::string reason;
  std::int64_t count = 0;
};
struct PivotStatus {
  std::string id;
  std::string state;
  std::int64_t planned = 0;
  std::int64_t created = 0;
  std::int64_t verified = 0;
  std::int64_t deleted = 0;
  std::int64_t kept = 0;
  std::vector<ExcludedCount> excluded;
  std::vector<std::string> suspended = {};
};
struct ClusterStatus {
  std::int64_t observedGeneration = -1;
  std::string phase;     // for columns only
  std::string progress;  // "7/17", for columns only
  std::vector<Condition> conditions;
  std::vector<StepStatus> steps;
  std::optional<KeyRef> kubeconfigSecretRef;
  std::string controlPlane;  // "1/1"
  std::string workers;       // "1/1"
  std::string version;
  std::string release;
  std::vector<std::string> roles;
  std::vector<ProviderStatus> providers;
  std::optional<PivotStatus> pivot;
  std::vector<std::string> plan;  // mode: Plan
};

struct ManagementClusterRequest {
  std::string name, namespace_, uid;
  std::int64_t generation = 0;
  ManagementClusterRequestSpec spec;
  ClusterStatus status;
};
struct WorkloadCluster {
  std::string name, namespace_, uid;
  std::int64_t generation = 0;
  WorkloadClusterSpec spec;
  ClusterStatus status;
};

inline constexpr const char* kGroupVersion = "slipway.dev/v1alpha1";
inline constexpr const char* kFinalizer = "slipway.dev/cleanup";

}  // namespace slipway::api
