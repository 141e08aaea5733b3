#include "test/unit/simcloud/demo_world.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "pkg/base/strings.h"
#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"
#include "pkg/yaml/yaml.h"

namespace slipway::simcloud::test {
namespace {

constexpr std::chrono::minutes kPatience(3);         // of virtual time
constexpr std::chrono::milliseconds kLookAgain(50);  // of virtual time
constexpr const char* kComponentFiles[] = {"30-cluster-api.yaml", "31-bootstrap-kubeadm.yaml", "32-control-plane-kubeadm.yaml",
                                           "33-infrastructure-vsphere.yaml", "34-ipam-in-cluster.yaml"};

// Tests run somewhere below the repository's root: the samples are found on the way up.
std::string read_sample(const std::string& file) {
  const char* given = std::getenv("SLIPWAY_ROOT");
  std::filesystem::path root = given == nullptr ? std::filesystem::current_path() : std::filesystem::path(given);
  while (!std::filesystem::exists(root / "config/samples/demo") && root.has_relative_path()) root = root.parent_path();
  std::ifstream in(root / "config/samples/demo" / file);
  if (!in) throw std::runtime_error("no sample " + file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

bool available(const Object& o) { return is_true(o, "Available"); }
bool is_ready_phase(const Object& o) { return o["status"]["phase"].as_string() == "Ready"; }
bool reconciled(const Object& o) { return is_true(o, "ReconcileSucceeded"); }
bool ready(const Object& o) { return is_true(o, "Ready"); }
bool control_plane_ready(const Object& o) { return is_true(o, "ControlPlaneReady") && is_true(o, "InfrastructureReady"); }
bool exists(const Object&) { return true; }
bool has_node(const Object& o) { return o["status"]["nodeRef"].is_object(); }
bool established(const Object& o) { return is_true(o, "Established"); }

Object inventory_crd() {
  return object(R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: providers.clusterctl.cluster.x-k8s.io, labels: {clusterctl.cluster.x-k8s.io: "", clusterctl.cluster.x-k8s.io/core: inventory}}
spec:
  group: clusterctl.cluster.x-k8s.io
  scope: Namespaced
  names: {kind: Provider, listKind: ProviderList, plural: providers, singular: provider}
  versions:
  - name: v1alpha3
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
)");
}

Object inventory_entry(const std::vector<Object>& parts) {
  std::string ns;
  std::string label;
  for (const Object& part : parts) {
    if (kube::kind_of(part) == "Namespace") ns = kube::name_of(part);
    if (const auto provider = kube::label(part, "cluster.x-k8s.io/provider"); !provider.empty()) label = provider;
  }
  return kube::make_object("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", {ns, label});
}

Awaitable<void> probe_cert_manager(DemoWorld* demo, ClientPtr client) {
  co_await apply_all(demo, client,
                     {object("{apiVersion: v1, kind: Namespace, metadata: {name: slipway-cert-manager-test}}"),
                      object("{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: test-selfsigned, namespace: slipway-cert-manager-test}, "
                             "spec: {selfSigned: {}}}"),
                      object("{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: selfsigned-cert, namespace: slipway-cert-manager-test}, "
                             "spec: {dnsNames: [example.com], secretName: selfsigned-cert-tls, issuerRef: {name: test-selfsigned}}}")});
  co_await await_object(demo, client, res::kCertificates, {"slipway-cert-manager-test", "selfsigned-cert"}, ready);
  const auto removed = co_await client->remove(res::kNamespaces, {"", "slipway-cert-manager-test"}, {});
  value_of(removed);
  co_await await_gone(demo, client, res::kNamespaces, {"", "slipway-cert-manager-test"});
}

}  // namespace

DemoWorld::DemoWorld(WorldOptions options) : world(loop.io.get_executor(), loop.clock, std::move(options)) {
  const Status started = loop.run(world.start());
  if (started) return;
  loop.run(world.stop());
  throw std::runtime_error(started.error().message());
}

DemoWorld::~DemoWorld() {
  loop.run(world.stop());
  if (another) loop.run(another->stop());
}

ClientPtr DemoWorld::attach_another() {
  another = std::make_unique<kubesim::ApiServer>(loop.executor(), loop.clock);
  world.attach("another", another->local_client("simcloud"));
  return another->local_client("test");
}

bool is_true(const Object& o, std::string_view type) { return kube::condition_true(o, type); }

std::vector<Object> sample(const std::string& file) { return value_of(yaml::parse_all(read_sample(file), file)); }

std::vector<Object> components(const std::string& file) {
  std::string text = sample(file).front()["data"]["components.yaml"].str();
  replace_all(text, "${VSPHERE_USERNAME}", "demo");
  replace_all(text, "${VSPHERE_PASSWORD}", "demo");
  replace_all(text, "${CLUSTER_TOPOLOGY:=true}", "true");
  return value_of(yaml::parse_all(text, file));
}

Object object(std::string_view yaml) { return value_of(yaml::parse(yaml, "test")); }

Awaitable<Object> await_object(DemoWorld* demo, ClientPtr client, kube::GroupVersionResource gvr, kube::ObjectKey key, Check check) {
  const auto until = demo->loop.clock.now() + kPatience;
  std::string last = "absent";
  while (demo->loop.clock.now() < until) {
    auto found = co_await client->get(gvr, key);
    if (found && check(*found)) co_return std::move(*found);
    last = found ? json::dump((*found)["status"]) : found.error().message();
    co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + kLookAgain);
  }
  throw std::runtime_error(gvr.to_string() + " " + key.to_string() + " did not come about: " + last);
}

Awaitable<void> await_gone(DemoWorld* demo, ClientPtr client, kube::GroupVersionResource gvr, kube::ObjectKey key) {
  const auto until = demo->loop.clock.now() + kPatience;
  while (demo->loop.clock.now() < until) {
    const auto found = co_await client->get(gvr, key);
    if (!found && found.error().is(Disposition::NotFound)) co_return;
    co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + kLookAgain);
  }
  throw std::runtime_error(gvr.to_string() + " " + key.to_string() + " is still there");
}

Awaitable<void> apply_all(DemoWorld* demo, ClientPtr client, std::vector<Object> objects) {
  kube::Mapper mapper(client);
  for (const Object& o : objects) {
    if (kube::kind_of(o) != "CustomResourceDefinition") continue;
    const auto applied = co_await kube::apply(client, res::kCrds, o, {});
    value_of(applied);
    co_await await_object(demo, client, res::kCrds, {"", std::string(kube::name_of(o))}, established);
  }
  mapper.invalidate();
  for (Object& o : objects) {
    if (kube::kind_of(o) == "CustomResourceDefinition") continue;
    const auto found = co_await mapper.resource_for(kube::gvk_of(o));
    const kube::ApiResource resource = value_of(found);
    const auto applied = co_await kube::apply(client, resource.gvr, std::move(o), {});
    value_of(applied);
  }
}

Awaitable<void> await_deployments(DemoWorld* demo, ClientPtr client, std::vector<Object> objects) {
  for (const Object& o : objects) {
    if (kube::kind_of(o) != "Deployment") continue;
    co_await await_object(demo, client, res::kDeployments, kube::key_of(o), available);
  }
}

Awaitable<ClientPtr> raise_bootstrap(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  std::vector<Object> first = sample("00-namespace.yaml");
  first.push_back(
      object("{apiVersion: sim.slipway.dev/v1alpha1, kind: SimulatedCluster, metadata: {name: tkg-mgmt-vc-bootstrap, namespace: tkg-system}, "
             "spec: {kubernetesVersion: v1.24.9+vmware.1}}"));
  co_await apply_all(demo, hub, std::move(first));
  co_await await_object(demo, hub, res::kSimulatedClusters, {"tkg-system", "tkg-mgmt-vc-bootstrap"}, is_ready_phase);
  const auto secret = co_await hub->get(res::kSecrets, {"tkg-system", "tkg-mgmt-vc-bootstrap-kubeconfig"});
  std::string kubeconfig;
  if (!kube::secret_value(value_of(secret), "value", kubeconfig)) throw std::runtime_error("the Secret has no kubeconfig");
  co_return value_of(demo->world.client_for(value_of(kube::parse_kubeconfig(kubeconfig, "Secret", ""))));
}

Awaitable<void> install_components(DemoWorld* demo, ClientPtr client) {
  for (const char* file : {"21-kapp-controller.yaml", "20-cert-manager.yaml"}) {
    co_await apply_all(demo, client, components(file));
    co_await await_deployments(demo, client, components(file));
  }
  co_await probe_cert_manager(demo, client);
  co_await apply_all(demo, client, {inventory_crd()});
  for (const char* file : kComponentFiles) {
    co_await apply_all(demo, client, components(file));
    co_await apply_all(demo, client, {inventory_entry(components(file))});
  }
  for (const char* file : kComponentFiles) co_await await_deployments(demo, client, components(file));
}

Awaitable<void> install_packages(DemoWorld* demo, ClientPtr client) {
  co_await apply_all(demo, client, sample("11-package-values.yaml"));
  co_await apply_all(demo, client,
                     {object("{apiVersion: packaging.carvel.dev/v1alpha1, kind: PackageRepository, metadata: {name: tanzu-management, namespace: "
                             "tkg-system}, spec: {fetch: {imgpkgBundle: {image: registry.example.com/tkg/management}}}}"),
                      object("{apiVersion: packaging.carvel.dev/v1alpha1, kind: PackageInstall, metadata: {name: tkg-pkg, namespace: tkg-system, labels: "
                             "{tkg.tanzu.vmware.com/package-type: management}}, spec: {serviceAccountName: tkg-pkg-tkg-system-sa, packageRef: {refName: "
                             "tkg.tanzu.vmware.com, versionSelection: {constraints: 0.28.0}}}}")});
  co_await await_object(demo, client, res::kPackageInstalls, {"tkg-system", "tkg-pkg"}, reconciled);
  co_await await_object(demo, client, res::kTanzuKubernetesReleases, {"", std::string(kRelease)}, exists);
}

Awaitable<void> create_cluster(DemoWorld* demo, ClientPtr client, kube::ObjectKey key, bool management, std::int64_t workers, std::string infra) {
  Object cluster = object(R"(
apiVersion: cluster.x-k8s.io/v1beta1
kind: Cluster
metadata:
  labels: {run.tanzu.vmware.com/tkr: v1.24.9---vmware.1-tkg.1-rc.2}
spec:
  topology:
    version: v1.24.9+vmware.1
    controlPlane: {replicas: 1}
    workers: {machineDeployments: [{class: tkg-worker, name: md-0}]}
    variables: [{name: apiServerEndpoint, value: 10.0.0.10}, {name: apiServerPort, value: 6443}]
)");
  cluster.ref({"spec", "topology", "class"}) = "tkg-" + infra + "-default-v1.0.0";
  if (infra == "docker") cluster.ref({"spec", "topology", "workers", "machineDeployments"}).make_array().front().set("class", "default-worker");
  cluster.ref({"metadata", "name"}) = key.name;
  cluster.ref({"metadata", "namespace"}) = key.ns;
  if (management) set_labels(cluster, {{kManagementRoleLabel, ""}});
  cluster.ref({"spec", "topology", "workers", "machineDeployments"}).make_array().front().set("replicas", workers);
  co_await apply_all(demo, client, {cluster});
}

Awaitable<ClientPtr> await_cluster(DemoWorld* demo, ClientPtr client, kube::ObjectKey key, std::size_t machines) {
  co_await await_object(demo, client, res::kClusters, key, control_plane_ready);
  const auto until = demo->loop.clock.now() + kPatience;
  std::size_t joined = 0;
  while (joined != machines) {
    if (demo->loop.clock.now() > until) throw std::runtime_error("only " + std::to_string(joined) + " machines have nodes");
    co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + kLookAgain);
    const auto listed = co_await list_all(client, res::kMachines);
    joined = 0;
    for (const Object& machine : listed)
      if (machine["spec"]["clusterName"].as_string() == key.name && has_node(machine)) ++joined;
  }
  const auto secret = co_await client->get(res::kSecrets, {key.ns, key.name + "-kubeconfig"});
  std::string kubeconfig;
  if (!kube::secret_value(value_of(secret), "value", kubeconfig)) throw std::runtime_error("the Secret has no kubeconfig");
  co_return value_of(demo->world.client_for(value_of(kube::parse_kubeconfig(kubeconfig, "Secret", ""))));
}

Awaitable<ClientPtr> raise_to_pivot(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  co_await install_packages(demo, bootstrap);
  Object credentials = sample("10-credentials.yaml").front();
  credentials.ref({"metadata", "name"}) = "tkg-mgmt-vc";
  co_await apply_all(demo, bootstrap, {credentials});
  co_await create_cluster(demo, bootstrap, {"tkg-system", "tkg-mgmt-vc"}, true, 1);
  co_await await_cluster(demo, bootstrap, {"tkg-system", "tkg-mgmt-vc"}, 2);
  co_return bootstrap;
}

Awaitable<std::vector<Object>> list_all(ClientPtr client, kube::GroupVersionResource gvr) {
  auto listed = co_await kube::list_all(client, gvr, "", {});
  if (!listed) throw std::runtime_error(listed.error().message());
  co_return std::move(listed->items);
}

Awaitable<std::vector<Object>> discover(ClientPtr client) {
  std::vector<kube::GroupVersionResource> kinds{res::kSecrets, res::kConfigMaps};
  const auto crds = co_await list_all(client, res::kCrds);
  for (const Object& crd : crds) {
    if (!kube::has_label(crd, "clusterctl.cluster.x-k8s.io")) continue;
    const json::Value& spec = crd["spec"];
    kinds.push_back({spec["group"].str(), spec["versions"][0]["name"].str(), spec["names"]["plural"].str(), spec["scope"].as_string() == "Namespaced"});
  }
  std::vector<Object> out;
  for (const auto& gvr : kinds) {
    auto objects = co_await list_all(client, gvr);
    for (Object& o : objects) out.push_back(std::move(o));
  }
  co_return out;
}

}  // namespace slipway::simcloud::test
