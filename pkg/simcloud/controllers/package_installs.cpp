// Plays kapp-controller for PackageInstalls: fetches, deploys what the package brings (packages_table.cpp), makes the PackageInstalls below it, and is
// reconciled when all of that is. One with spec.cluster acts on that cluster.
#include <algorithm>

#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/remote.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

struct State {
  enum class Phase : std::uint8_t { Reconciling, Succeeded, Failed } phase = Phase::Reconciling;
  std::string message;  // of a failure
};

bool reconciled(const Object& o) {
  return o["status"]["observedGeneration"].as_int() == kube::generation_of(o) && kube::condition_true(o, "ReconcileSucceeded");
}

State failed(std::string message) { return {State::Phase::Failed, std::move(message)}; }

void write_status(Object& install, const State& state, std::string_view version) {
  json::Value status = object_of({{"observedGeneration", kube::generation_of(install)}, {"lastAttemptedVersion", version}, {"version", version}});
  switch (state.phase) {
    case State::Phase::Reconciling:
      status.set("conditions", list_of({object_of({{"type", "Reconciling"}, {"status", "True"}})}));
      status.set("friendlyDescription", "Reconciling");
      break;
    case State::Phase::Succeeded:
      status.set("conditions", list_of({object_of({{"type", "ReconcileSucceeded"}, {"status", "True"}})}));
      status.set("friendlyDescription", "Reconcile succeeded");
      break;
    case State::Phase::Failed:
      status.set("conditions",
                 list_of({object_of({{"type", "ReconcileFailed"}, {"status", "True"}, {"message", "Error (see .status.usefulErrorMessage for details)"}})}));
      status.set("friendlyDescription", "Reconcile failed: Error (see .status.usefulErrorMessage for details)");
      status.set("usefulErrorMessage", state.message);
      break;
  }
  install.set("status", std::move(status));
}

// The packages below this one that fit the cluster: those of an infrastructure only where its provider is installed.
std::vector<const PackageRow*> children_of(Env env, const PackageRow& parent) {
  std::vector<const PackageRow*> out;
  for (const PackageRow& row : package_table()) {
    if (row.parent != parent.name || parent.name.empty()) continue;
    const auto infras = infra_kinds();
    const auto infra = std::ranges::find_if(infras, [&](const InfraKind& kind) { return kind.name == row.infra; });
    if (row.infra.empty() || (infra != infras.end() && env.serves(infra->clusters()))) out.push_back(&row);
  }
  return out;
}

Object make_child(const Object& parent, const PackageRow& row) {
  Object child = kube::make_object("packaging.carvel.dev/v1alpha1", "PackageInstall", {std::string(kube::namespace_of(parent)), std::string(row.name)});
  set_labels(child, {{kPackageTypeLabel, "management"}});
  add_owner(child, parent, true);
  child.set("spec", object_of({{"serviceAccountName", parent["spec"]["serviceAccountName"]},
                               {"packageRef", object_of({{"refName", row.ref}, {"versionSelection", object_of({{"constraints", row.version}})}})},
                               {"values", list_of({object_of({{"secretRef", object_of({{"name", std::string(row.name) + "-values"}})}})})}}));
  return child;
}

// Why it cannot begin; empty where it can.
std::string obstacle(Env env, const Object& install, const PackageRow* row) {
  const std::string ref = install["spec"]["packageRef"]["refName"].str();
  const auto repositories = env.list(res::kPackageRepositories, kube::namespace_of(install));
  const bool available = row != nullptr && (row->core || std::ranges::any_of(repositories, [](const ObjectPtr& r) { return reconciled(*r); }));
  if (!available) return "Package " + ref + " not found: Expected to find at least one version, but did not";
  if (row->brings == PackageRow::Brings::ClusterClass && !env.serves(res::kClusterClasses))
    return "kapp: Error: Expected to find kind 'cluster.x-k8s.io/v1beta1/ClusterClass', but did not";
  if (env.world->failures.package(env.site->name(), kube::name_of(install)))
    return "kapp: Error: waiting on reconcile deployment/tkr-conversion-webhook-manager (apps/v1) namespace: tkg-system: Finished unsuccessfully "
           "(Deployment is not progressing: ProgressDeadlineExceeded)";
  return {};
}

Awaitable<Status> deploy(Env env, ObjectPtr install, const PackageRow* row) {
  const std::string what = "deployed " + std::string(kube::uid_of(*install)) + "/" + std::to_string(kube::generation_of(*install));
  if (env.site->is_done(what)) co_return Status{};
  std::vector<Brought> all = app_records(*install);
  for (Brought& brought : objects_of(*row)) all.push_back(std::move(brought));
  for (const PackageRow* child : children_of(env, *row)) all.push_back({res::kPackageInstalls, make_child(*install, *child)});
  for (Brought& brought : all) {
    const auto created = co_await create(env, brought.gvr, std::move(brought.object));
    if (!created) co_return fail(created.error());
  }
  env.site->mark_done(what);
  co_return Status{};
}

// What a package says of one below it that failed. Where that one only passes on what it heard from below, so does this one.
std::string trouble_of(const Object& child) {
  constexpr std::string_view kWaiting = "kapp: Error: waiting on reconcile packageinstall/";
  const std::string below = child["status"]["usefulErrorMessage"].str();
  if (below.starts_with(kWaiting)) return below;
  return std::string(kWaiting) + std::string(kube::name_of(child)) + " (packaging.carvel.dev/v1alpha1) namespace: " + std::string(kube::namespace_of(child)) +
         ": Finished unsuccessfully (Reconcile failed: " + below + ")";
}

// kapp waits for what it deployed.
State waited_for(Env env, const Object& install, const PackageRow& row) {
  State state;
  state.phase = State::Phase::Succeeded;
  for (const std::string_view name : row.deployments)
    if (!is_available(env.get(res::kDeployments, split_key(name)).get())) state.phase = State::Phase::Reconciling;
  for (const PackageRow* child : children_of(env, row)) {
    const ObjectPtr object = env.get(res::kPackageInstalls, {std::string(kube::namespace_of(install)), std::string(child->name)});
    if (object && kube::condition_true(*object, "ReconcileFailed")) return failed(trouble_of(*object));
    if (!object || !reconciled(*object)) state.phase = State::Phase::Reconciling;
  }
  return state;
}

Reconciled finish(Env env, ObjectPtr install, const PackageRow* row, State state, std::optional<async::Duration> again) {
  Object wanted = *install;
  write_status(wanted, state, row == nullptr ? "" : row->version);
  const Status saved = co_await save(env, res::kPackageInstalls, install, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

Reconciled reconcile(Env env, ObjectPtr install) {
  if (kube::is_deleting(*install) || is_paused(*install) || reconciled(*install)) co_return Outcome{};
  const PackageRow* row = package_by_ref((*install)["spec"]["packageRef"]["refName"].as_string());
  // kapp-controller tries a failed one again by itself.
  if (std::string trouble = obstacle(env, *install, row); !trouble.empty())
    co_return co_await finish(env, install, row, failed(std::move(trouble)), std::chrono::seconds(5));
  if (!row->after.empty()) {
    const ObjectPtr before = env.get(res::kPackageInstalls, {std::string(kube::namespace_of(*install)), std::string(row->after)});
    if (before && !reconciled(*before)) co_return co_await finish(env, install, row, {}, std::nullopt);
  }
  const std::string what = "package " + std::string(kube::uid_of(*install)) + "/" + std::to_string(kube::generation_of(*install));
  if (const auto left = env.left(what, Act::ReconcilePackage)) co_return co_await finish(env, install, row, {}, left);
  const Status deployed = co_await deploy(env, install, row);
  if (!deployed) co_return fail(deployed.error());
  State state = waited_for(env, *install, *row);
  std::optional<async::Duration> again;
  if ((*install)["spec"].contains("cluster")) {
    const auto remote = co_await deploy_to_cluster(env, install);
    if (!remote) co_return fail(remote.error());
    if (!*remote) {
      state.phase = State::Phase::Reconciling;
      again = env.world->latency.of(Act::Rollout) + std::chrono::milliseconds(20);  // kapp, too, polls what it deployed
    }
  }
  co_return co_await finish(env, install, row, std::move(state), again);
}

std::vector<ObjectKey> pending(Env env, const runtime::Change&) {
  std::vector<ObjectKey> keys;
  for (const ObjectPtr& install : env.list(res::kPackageInstalls))
    if (!reconciled(*install)) keys.push_back(kube::key_of(*install));
  return keys;
}

}  // namespace

SimController package_install_controller() {
  return {.name = "packageinstalls",
          .primary = res::kPackageInstalls,
          .manager = manager::kKapp,
          .watches = {{res::kPackageInstalls, pending}, {res::kPackageRepositories, pending}, {res::kDeployments, pending}, {res::kClusterClasses, {}}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
