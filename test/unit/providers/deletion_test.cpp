#include "pkg/providers/deletion.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/kubesim/server.h"
#include "pkg/providers/providers.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

InstalledProvider installed(std::string_view label, std::string ns, std::string version = "v1.0.0") {
  return {.id = provider_of_label(label).value(), .ns = std::move(ns), .version = std::move(version), .contract = "v1beta1"};
}
const std::vector<InstalledProvider> kAll{installed("cluster-api", "capi-system"), installed("bootstrap-kubeadm", "cabpk-system"),
                                          installed("infrastructure-vsphere", "capv-system")};
const std::vector<InstalledProvider> kInfra{kAll[2]};

enum class By : std::uint8_t { Clusterctl, Slipway };
kube::Object object(std::string_view api_version, std::string_view kind, const kube::ObjectKey& key, By by = By::Slipway,
                    std::string_view label = "infrastructure-vsphere") {
  kube::Object out = kube::make_object(api_version, kind, key);
  out.ref({"metadata", "labels", kClusterctlLabel}) = "";
  out.ref({"metadata", "labels", kProviderLabel}) = label;
  if (by == By::Slipway) out.ref({"metadata", "labels", kComponentLabel}) = label;
  return out;
}

Labelled labelled(kube::Object o) {
  o.ref({"metadata", "uid"}) = "uid of " + kube::describe(o);
  kube::ApiResource resource;
  resource.gvk = kube::gvk_of(o);
  resource.gvr = {resource.gvk.group, resource.gvk.version, to_lower(resource.gvk.kind) + "s", !kube::namespace_of(o).empty()};
  return {std::move(resource), std::move(o)};
}

// A provider as components have it, in no order.
std::vector<Labelled> vsphere(By by) {
  std::vector<Labelled> out;
  for (const kube::Object& o : std::vector<kube::Object>{
           object("v1", "Namespace", {"", "capv-system"}, by), object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "vsphereclusters.infra"}, by),
           object("v1", "Service", {"capv-system", "capv-webhook"}, by),
           object("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", {"capv-system", "infrastructure-vsphere"}, by),
           object("apps/v1", "Deployment", {"capv-system", "capv-controller-manager"}, by),
           object("rbac.authorization.k8s.io/v1", "ClusterRole", {"", "capv-manager-role"}, by),
           object("rbac.authorization.k8s.io/v1", "ClusterRole", {"", "capv-system-proxy-role"}, by),
           object("rbac.authorization.k8s.io/v1", "Role", {"kube-system", "capv-leader-election"}, by),
           object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"", "capv-validating"}, by)})
    out.push_back(labelled(o));
  return out;
}

std::string items(const DeletionPlan& plan) {
  std::vector<std::string> out;
  for (const DeletionItem& item : plan.items) out.push_back(item.kind + " " + item.key.to_string());
  return join(out, ", ");
}
std::string kept(const DeletionPlan& plan) {
  std::vector<std::string> out;
  for (const KeptObject& one : plan.kept) out.push_back(one.object);
  return join(out, ", ");
}

}  // namespace

TEST_CASE("a provider is deleted webhooks first, inventory and namespace last") {
  const DeletionPlan plan = plan_deletion(kAll, kInfra, vsphere(By::Slipway), {}, {.include_crds = true, .include_namespaces = true});
  CHECK(plan.problems.empty());
  CHECK(plan.kept.empty());
  CHECK(items(plan) ==
        "ValidatingWebhookConfiguration capv-validating, Deployment capv-system/capv-controller-manager, ClusterRole capv-manager-role, "
        "ClusterRole capv-system-proxy-role, Role kube-system/capv-leader-election, Service capv-system/capv-webhook, "
        "CustomResourceDefinition vsphereclusters.infra, Provider capv-system/infrastructure-vsphere, Namespace capv-system");
  CHECK(plan.items[0].uid == "uid of ValidatingWebhookConfiguration capv-validating");
}

TEST_CASE("definitions and the namespace stay unless they are asked for") {
  const DeletionPlan plan = plan_deletion(kAll, kInfra, vsphere(By::Slipway), {}, {});
  CHECK(kept(plan) == "CustomResourceDefinition vsphereclusters.infra, Namespace capv-system");
  CHECK(plan.kept[1].why == "namespaces stay unless --include-namespace is given");
}

TEST_CASE("of what clusterctl installed, the rest of the cluster keeps what its rules keep") {
  const DeletionPlan plan = plan_deletion(kAll, kInfra, vsphere(By::Clusterctl), {}, {.include_crds = true, .include_namespaces = true});
  CHECK(kept(plan) == "ClusterRole capv-manager-role, Role kube-system/capv-leader-election");
  CHECK(items(plan).contains("ClusterRole capv-system-proxy-role"));
  CHECK(items(plan).contains("ValidatingWebhookConfiguration capv-validating"));
}

TEST_CASE("an object that both questions found is deleted once, and one of another provider never") {
  std::vector<Labelled> found = vsphere(By::Slipway);
  found.push_back(found[4]);
  found.push_back(labelled(object("apps/v1", "Deployment", {"capv-system", "other"}, By::Slipway, "infrastructure-docker")));
  const DeletionPlan plan = plan_deletion(kAll, kInfra, found, {}, {});
  CHECK(items(plan).find("Deployment") == items(plan).rfind("Deployment"));
  CHECK_FALSE(items(plan).contains("other"));
}

TEST_CASE("the core provider is not deleted from under the others") {
  const DeletionPlan alone = plan_deletion(kAll, std::vector{kAll[0]}, {}, {}, {});
  REQUIRE(alone.problems.size() == 1);
  CHECK(alone.problems[0].sentence ==
        "CoreProvider cluster-api is needed by BootstrapProvider kubeadm, InfrastructureProvider vsphere; delete those too, or all with --all");
  CHECK(plan_deletion(kAll, kAll, {}, {}, {}).problems.empty());
}

TEST_CASE("definitions of which there are objects are not deleted") {
  const std::vector<DefinitionInUse> in_use{{"infrastructure-vsphere", "vsphereclusters.infra", "VSphereCluster default/a"}};
  CHECK(plan_deletion(kAll, kInfra, {}, in_use, {}).problems.empty());
  const DeletionPlan plan = plan_deletion(kAll, kInfra, {}, in_use, {.include_crds = true, .include_namespaces = false});
  REQUIRE(plan.problems.size() == 1);
  CHECK(
      plan.problems[0].sentence ==
      "InfrastructureProvider vsphere defines vsphereclusters.infra, of which there are objects, such as VSphereCluster default/a: they would be lost; delete "
      "them first, or leave out --include-crd");
}

TEST_CASE("a namespace that another provider lives in is not deleted") {
  const std::vector<InstalledProvider> shared{kAll[0], installed("infrastructure-vsphere", "capi-system")};
  CHECK(plan_deletion(shared, std::vector{shared[1]}, {}, {}, {}).problems.empty());
  const DeletionPlan plan = plan_deletion(shared, std::vector{shared[1]}, {}, {}, {.include_crds = false, .include_namespaces = true});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].sentence.starts_with("InfrastructureProvider vsphere shares namespace capi-system with CoreProvider cluster-api, which stays"));
}

TEST_CASE("what is to be deleted is named, or all is; and it must be installed") {
  const auto refused = [](const std::vector<NamedProvider>& named, bool all) {
    const auto chosen = choose_for_deletion(kAll, named, all);
    REQUIRE_FALSE(chosen);
    return chosen.error().message();
  };
  CHECK(refused({}, false).contains("or --all"));
  CHECK(refused({{ProviderType::Infrastructure, "vsphere"}}, true).contains("or --all"));
  CHECK(
      refused({{ProviderType::Infrastructure, "docker"}}, false) ==
      "InfrastructureProvider docker is not installed; the inventory has CoreProvider cluster-api, BootstrapProvider kubeadm, InfrastructureProvider vsphere");
  CHECK(refused({{ProviderType::Infrastructure, "vsphere:v9.9.9"}}, false) == "InfrastructureProvider vsphere is installed as v1.0.0, not as v9.9.9");
  const auto chosen =
      choose_for_deletion(kAll, std::vector<NamedProvider>{{ProviderType::Infrastructure, "vsphere"}, {ProviderType::Infrastructure, "vsphere"}}, false);
  REQUIRE(chosen);
  CHECK(chosen->size() == 1);
  CHECK(choose_for_deletion(kAll, {}, true)->size() == 3);
}

namespace {

kube::Object crd(By by, bool with_labels = true) {
  kube::Object out = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "vsphereclusters.infra.example"}, by);
  if (!with_labels) out.ref("metadata").erase("labels");
  if (with_labels) out.ref({"metadata", "labels", "cluster.x-k8s.io/v1beta1"}) = "v1";
  out.set("spec", *json::parse(R"({"group": "infra.example", "scope": "Namespaced", "names": {"kind": "VSphereCluster", "plural": "vsphereclusters"},
    "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]})"));
  return out;
}

// A cluster in memory with one provider.
struct Cluster {
  test::Loop loop;
  kubesim::ApiServer server{loop.executor(), loop.clock};
  std::shared_ptr<kube::Client> client = server.local_client();
  std::vector<std::string> deletes;

  explicit Cluster(By by) {
    put(kube::res::kCrds, inventory_crd());
    put(kube::res::kCrds, crd(by));
    put(kube::res::kNamespaces, object("v1", "Namespace", {"", "capv-system"}, by));
    put(kube::res::kProviders, provider());
    put(kube::res::kServiceAccounts, object("v1", "ServiceAccount", {"capv-system", "capv-manager"}, by));
    put(kube::res::kClusterRoles, object("rbac.authorization.k8s.io/v1", "ClusterRole", {"", "capv-manager-role"}, by));
    kube::Object hook = object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"", "capv-validating"}, by);
    hook.set("webhooks", json::Array());
    put(kube::res::kValidatingWebhookConfigurations, std::move(hook));
    kube::Object made = object("v1", "ConfigMap", {"capv-system", "made"}, by);
    made.ref({"metadata", "ownerReferences"}) = json::Array{json::Object{{"apiVersion", "v1"},
                                                                         {"kind", "ServiceAccount"},
                                                                         {"name", "capv-manager"},
                                                                         {"uid", get(kube::res::kServiceAccounts, {"capv-system", "capv-manager"})},
                                                                         {"controller", true}}};
    put(kube::res::kConfigMaps, std::move(made));
    server.on_request([this](const kubesim::RequestRecord& r) {
      if (r.verb == "delete" && r.status < 300) deletes.push_back(r.resource + " " + r.name);
    });
  }
  ~Cluster() { loop.run(server.stop()); }
  static kube::Object provider() {
    return inventory_object(
        {.type = "InfrastructureProvider", .name = "vsphere", .version = "v1.0.0", .ns = "capv-system", .digest = {}, .objects = {}, .certificates = {}});
  }
  void put(const kube::GroupVersionResource& gvr, kube::Object o) {
    auto created = loop.run(client->create(gvr, std::move(o), {}));
    INFO((created ? "" : created.error().message()));
    REQUIRE(created);
  }
  std::string get(const kube::GroupVersionResource& gvr, const kube::ObjectKey& key) {
    auto got = loop.run(client->get(gvr, key));
    return got ? std::string(kube::uid_of(*got)) : "";
  }
  std::vector<InstalledProvider> inventory() {
    auto read = loop.run(read_inventory(client));
    INFO((read ? "" : read.error().message()));
    REQUIRE(read);
    return std::move(*read);
  }
  DeletionPlan plan(DeletionOptions options) {
    auto planned = loop.run(prepare_deletion(client, inventory(), inventory(), options));
    INFO((planned ? "" : planned.error().message()));
    REQUIRE(planned);
    return std::move(*planned);
  }
};

}  // namespace

TEST_CASE("the inventory of a cluster is read with the contracts that its definitions name") {
  Cluster cluster(By::Clusterctl);
  const auto have = cluster.inventory();
  REQUIRE(have.size() == 1);
  CHECK(to_string(have[0].id) == "InfrastructureProvider vsphere");
  CHECK((have[0].ns == "capv-system" && have[0].version == "v1.0.0" && have[0].contract == "v1beta1"));
}

TEST_CASE("the core provider's contract is the version in which Clusters are stored, whatever labels say") {
  kube::Object clusters = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "clusters.cluster.x-k8s.io"});
  clusters.ref({"metadata", "labels", "cluster.x-k8s.io/v1beta2"}) = "v1beta2";
  clusters.ref({"spec", "versions"}) = json::Array{json::Object{{"name", "v1beta2"}, {"storage", false}}, json::Object{{"name", "v1beta1"}, {"storage", true}}};
  CHECK(contract_of_crd(clusters) == "v1beta1");
}

TEST_CASE("a definition names the newest contract that its labels list, and what is no contract does not count") {
  kube::Object other = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "vsphereclusters.infra.example"});
  for (const std::string_view label :
       {"cluster.x-k8s.io/v1alpha4", "cluster.x-k8s.io/v1beta1", "cluster.x-k8s.io/v1betamax", "cluster.x-k8s.io/version", "cluster.x-k8s.io/provider"})
    other.ref({"metadata", "labels", label}) = "v1";
  CHECK(contract_of_crd(other) == "v1beta1");
}

TEST_CASE("a cluster that does not serve the inventory has no providers") {
  test::Loop loop;
  kubesim::ApiServer server(loop.executor(), loop.clock);
  auto read = loop.run(read_inventory(server.local_client()));
  loop.run(server.stop());
  REQUIRE(read);
  CHECK(read->empty());
}

TEST_CASE("an inventory object that cannot be meant is named") {
  kube::Object broken = Cluster::provider();
  broken.set("type", "CloudProvider");
  CHECK(installed_of(broken).error().message().starts_with(
      "the inventory's Provider capv-system/infrastructure-vsphere: its type \"CloudProvider\" is none of CoreProvider, "));
  broken = Cluster::provider();
  broken.erase("version");
  CHECK(installed_of(broken).error().message().contains("it has no version"));
}

TEST_CASE("a provider is deleted from a cluster, stage by stage, whoever installed it") {
  Cluster cluster(By::Slipway);
  const DeletionPlan plan = cluster.plan({.include_crds = true, .include_namespaces = true});
  CHECK(plan.problems.empty());
  std::vector<std::string> told;
  const Status done = cluster.loop.run(execute_deletion(cluster.client, plan, [&](const DeletionItem& i) { told.push_back(i.key.name); }));
  INFO((done ? "" : done.error().message()));
  REQUIRE(done);
  CHECK(cluster.deletes == std::vector<std::string>{"validatingwebhookconfigurations capv-validating", "clusterroles capv-manager-role",
                                                    "serviceaccounts capv-manager", "customresourcedefinitions vsphereclusters.infra.example",
                                                    "providers infrastructure-vsphere", "namespaces capv-system"});
  CHECK(told.size() == 6);
  CHECK(cluster.inventory().empty());
}

TEST_CASE("objects that controllers made are left to them") {
  Cluster cluster(By::Clusterctl);
  CHECK_FALSE(items(cluster.plan({})).contains("ConfigMap"));
}

TEST_CASE("one object of a provider's kinds is enough to keep its definitions") {
  Cluster cluster(By::Slipway);
  kube::Object one = kube::make_object("infra.example/v1", "VSphereCluster", {"capv-system", "mine"});
  cluster.put({"infra.example", "v1", "vsphereclusters", true}, std::move(one));
  const DeletionPlan plan = cluster.plan({.include_crds = true, .include_namespaces = false});
  REQUIRE(plan.problems.size() == 1);
  CHECK(plan.problems[0].sentence.contains("such as VSphereCluster capv-system/mine"));
  CHECK_FALSE(cluster.loop.run(execute_deletion(cluster.client, plan, nullptr)));
  CHECK(cluster.deletes.empty());
}

TEST_CASE("an object that was replaced since the plan is not deleted, and nothing after it either") {
  Cluster cluster(By::Slipway);
  const DeletionPlan plan = cluster.plan({.include_crds = false, .include_namespaces = true});
  const kube::ObjectKey key{"", "capv-manager-role"};
  kube::DeleteOptions precondition;
  precondition.uid = cluster.get(kube::res::kClusterRoles, key);
  REQUIRE(cluster.loop.run(cluster.client->remove(kube::res::kClusterRoles, key, precondition)));
  cluster.deletes.clear();
  cluster.put(kube::res::kClusterRoles, kube::make_object("rbac.authorization.k8s.io/v1", "ClusterRole", key));
  const Status done = cluster.loop.run(execute_deletion(cluster.client, plan, nullptr));
  REQUIRE_FALSE(done);
  CHECK(done.error().is(Disposition::Conflict));
  CHECK_FALSE(cluster.get(kube::res::kClusterRoles, key).empty());
  CHECK_FALSE(cluster.get(kube::res::kNamespaces, {"", "capv-system"}).empty());
  CHECK(cluster.inventory().size() == 1);
}
