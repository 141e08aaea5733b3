// Plays the addons manager: a ClusterBootstrap for every Cluster of a release, its data-values Secrets, kapp-controller into workload clusters, and the core
// packages as PackageInstalls on the cluster itself.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"
#include "pkg/simcloud/remote.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kPackaging = "packaging.carvel.dev/v1alpha1";
constexpr std::string_view kServiceAccount = "tanzu-cluster-bootstrap-sa";

bool reconciled(const ObjectPtr& o) {
  return o && (*o)["status"]["observedGeneration"].as_int() == kube::generation_of(*o) && kube::condition_true(*o, "ReconcileSucceeded");
}

bool on_vsphere(const Object& cluster) { return cluster["spec"]["infrastructureRef"]["kind"].as_string() == "VSphereCluster"; }

Object clone_bootstrap(const Object& cluster, const Object& from) {
  Object bootstrap = kube::make_object("run.tanzu.vmware.com/v1alpha3", "ClusterBootstrap", kube::key_of(cluster));
  bootstrap.set("spec", from["spec"]);
  if (!on_vsphere(cluster))
    for (const std::string_view part : {"csi", "cpi"}) bootstrap.ref("spec").erase(part);
  add_owner(bootstrap, cluster, true);
  return bootstrap;
}

// What a ClusterBootstrap names, kapp-controller first.
std::vector<const PackageRow*> packages_of(const Object& bootstrap) {
  std::vector<const PackageRow*> out;
  const auto add = [&](const json::Value& entry) {
    if (const PackageRow* row = package_by_reference(entry["refName"].as_string())) out.push_back(row);
  };
  for (const std::string_view part : {"kapp", "cni", "csi", "cpi"}) add(bootstrap["spec"][part]);
  for (const json::Value& entry : bootstrap["spec"]["additionalPackages"].array()) add(entry);
  return out;
}

Object make_install(const Object& cluster, const std::string& ns, const PackageRow& row) {
  const std::string name = std::string(kube::name_of(cluster)) + "-" + std::string(short_name(row));
  Object install = kube::make_object(kPackaging, "PackageInstall", {ns, name});
  set_labels(install, {{"tkg.tanzu.vmware.com/cluster-name", kube::name_of(cluster)}});
  install.set("spec", object_of({{"serviceAccountName", kServiceAccount},
                                 {"packageRef", object_of({{"refName", row.ref}, {"versionSelection", object_of({{"constraints", row.version}})}})},
                                 {"values", list_of({object_of({{"secretRef", object_of({{"name", name + "-data-values"}})}})})}}));
  return install;
}

bool is_kapp(const PackageRow& row) { return row.ref == "kapp-controller.tanzu.vmware.com"; }

Awaitable<Status> ensure_values(Env env, ObjectPtr cluster, ObjectPtr bootstrap) {
  const std::string what = "data values " + std::string(kube::uid_of(*bootstrap)) + "/" + std::to_string(kube::generation_of(*bootstrap));
  if (env.site->is_done(what)) co_return Status{};
  for (const PackageRow* row : packages_of(*bootstrap)) {
    const std::string name = std::string(kube::name_of(*cluster)) + "-" + std::string(short_name(*row)) + "-data-values";
    Object secret = make_secret({std::string(kube::namespace_of(*cluster)), name}, "clusterbootstrap-secret", {{"values.yaml", "---\n"}});
    set_labels(secret, {{"tkg.tanzu.vmware.com/cluster-name", kube::name_of(*cluster)}});
    add_owner(secret, *bootstrap, true);
    const auto created = co_await create(env, res::kSecrets, std::move(secret));
    if (!created) co_return fail(created.error());
  }
  env.site->mark_done(what);
  co_return Status{};
}

// kapp-controller of a workload cluster is installed from here; a management cluster gets its own from who raises it.
Awaitable<Result<bool>> ensure_kapp(Env env, ObjectPtr cluster) {
  if (kube::has_label(*cluster, kManagementRoleLabel)) co_return true;
  const std::string ns(kube::namespace_of(*cluster));
  const PackageRow* row = package_by_ref("kapp-controller.tanzu.vmware.com");
  Object install = make_install(*cluster, ns, *row);
  const ObjectPtr present = env.get(res::kPackageInstalls, kube::key_of(install));
  if (present) co_return reconciled(present);
  const std::string kubeconfig = std::string(kube::name_of(*cluster)) + "-kubeconfig";
  install.ref({"spec", "cluster"}) = object_of({{"kubeconfigSecretRef", object_of({{"name", kubeconfig}, {"key", "value"}})}});
  install.ref({"spec", "noopDelete"}) = true;
  add_owner(install, *cluster, true);
  const auto created = co_await create(env, res::kPackageInstalls, std::move(install));
  if (!created) co_return fail(created.error());
  co_return false;
}

// The core packages on the cluster itself. False where its kapp-controller is not there yet.
Awaitable<Result<bool>> install_core(Env env, ObjectPtr cluster, ObjectPtr bootstrap) {
  const std::string what = "core " + std::string(kube::uid_of(*cluster)) + "/" + std::string(kube::resource_version_of(*bootstrap));
  if (env.site->is_done(what)) co_return true;
  const std::shared_ptr<kube::Client> client = env.world->client_of(cluster_server(kube::key_of(*cluster)));
  if (!client) co_return false;
  const std::string ns(kSystemNamespace);
  auto account = co_await client->create(res::kServiceAccounts, kube::make_object("v1", "ServiceAccount", {ns, std::string(kServiceAccount)}), {});
  if (!account && account.error().is(Disposition::NotFound)) co_return false;
  for (const PackageRow* row : packages_of(*bootstrap)) {
    if (is_kapp(*row)) continue;
    auto created = co_await client->create(res::kPackageInstalls, make_install(*cluster, ns, *row), write_as("tanzu-addons-manager"));
    if (created || created.error().is(Disposition::AlreadyExists)) continue;
    if (created.error().is(Disposition::NotFound)) co_return false;
    co_return fail(std::move(created).error());
  }
  env.site->mark_done(what);
  co_return true;
}

Awaitable<Status> save_resolved(Env env, ObjectPtr bootstrap, std::string release) {
  Object wanted = *bootstrap;
  wanted.ref({"status", "resolvedTKR"}) = std::move(release);
  co_return co_await save(env, res::kClusterBootstraps, bootstrap, std::move(wanted));
}

Reconciled reconcile(Env env, ObjectPtr cluster) {
  const std::string release(kube::label(*cluster, kReleaseLabel));
  if (kube::is_deleting(*cluster) || release.empty() || !env.serves(res::kClusterBootstraps) || !(*cluster)["spec"].contains("infrastructureRef"))
    co_return Outcome{};
  const ObjectPtr bootstrap = env.get(res::kClusterBootstraps, kube::key_of(*cluster));
  if (!bootstrap) {
    const ObjectPtr from = env.get(kClusterBootstrapTemplates, {std::string(kSystemNamespace), release});
    if (!from) co_return Outcome{};
    const auto created = co_await create(env, res::kClusterBootstraps, clone_bootstrap(*cluster, *from));
    if (!created) co_return fail(created.error());
    co_return Outcome{};
  }
  const Status values = co_await ensure_values(env, cluster, bootstrap);
  if (!values) co_return fail(values.error());
  const Status resolved = co_await save_resolved(env, bootstrap, release);
  if (!resolved) co_return fail(resolved.error());
  if (!(*cluster)["status"]["controlPlaneReady"].as_bool()) co_return Outcome{};
  const auto kapp = co_await ensure_kapp(env, cluster);
  if (!kapp) co_return fail(kapp.error());
  if (!*kapp) co_return Outcome{};
  const auto core = co_await install_core(env, cluster, bootstrap);
  if (!core) co_return fail(core.error());
  if (!*core) co_return Outcome{std::chrono::seconds(1)};  // another API server: nothing here tells when it changes
  co_return Outcome{};
}

std::vector<ObjectKey> to_named_cluster(Env, const runtime::Change& change) {
  const Object& install = change.new_object ? *change.new_object : *change.old_object;
  std::string name(kube::label(install, "tkg.tanzu.vmware.com/cluster-name"));
  if (name.empty()) return {};
  return {{change.key.ns, std::move(name)}};
}

}  // namespace

SimController addons_controller() {
  return {.name = "addons",
          .primary = res::kClusters,
          .gate = Gate::Cluster,
          .manager = manager::kAddons,
          .watches = {{res::kClusterBootstraps, same_name()}, {kClusterBootstrapTemplates, {}}, {res::kPackageInstalls, to_named_cluster}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
