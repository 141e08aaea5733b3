#include "controllers/managementcluster/installation.h"

#include <algorithm>
#include <utility>

#include "controllers/apply.h"
#include "controllers/component_state.h"
#include "controllers/managementcluster/observe.h"
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"
#include "pkg/runtime/controller.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;
using runtime::ReconcileOutcome;

const ObjectKey kKey{"", "installation"};

struct Run : std::enable_shared_from_this<Run> {
  Run(const async::Executor& e, std::shared_ptr<kube::Client> c, Installation i, InstallationReport r)
      : client(std::move(c)),
        installation(std::move(i)),
        report(std::move(r)),
        mapper(client),
        remotes(e, [](const kube::ClusterConfig&) -> Result<std::shared_ptr<kube::Client>> { return fail(Disposition::Unsupported, "one cluster only"); }),
        ended(e) {
    request.spec.certManager.mode = installation.cert_manager_mode;
    observed.cert_manager = installation.cert_manager;
    observed.providers = installation.providers;
    observed.applied = &applied;
    env.wait = installation.wait;
    self = std::make_shared<const Object>(kube::make_object("slipway.dev/v1alpha1", "Installation", kKey));
  }

  std::shared_ptr<kube::Client> client;
  Installation installation;
  InstallationReport report;
  kube::Mapper mapper;
  RemoteClusters remotes;
  AppliedMemory applied;
  api::ManagementClusterRequest request;
  Observed observed;
  Env env;
  ObjectPtr self;
  std::shared_ptr<Remote> remote;
  std::unique_ptr<runtime::Controller> controller;
  async::Event ended;
  Status result;
  std::map<std::string, std::string> said;                 // by step
  std::string last = "the cluster has not been read yet";  // for the sentence of a time-out
};
using RunPtr = std::shared_ptr<Run>;

void say(Run& run, std::string_view step, const StepPlan& plan) {
  run.last = plan.message;
  std::string text = std::string(to_string(plan.state)) + "|" + plan.message;
  if (text == std::exchange(run.said[std::string(step)], text)) return;
  if (run.report) run.report(step, plan);
}

void end(Run& run, Status result) {
  run.result = std::move(result);
  run.ended.set();
}

struct Row {
  std::string_view name;
  StepPlan (*plan)(const Input&, Role);
};
constexpr Row kRows[] = {{"cert-manager", cert_manager}, {"providers", install_providers}};

// The first row that is not over; nothing where all are.
std::optional<std::pair<std::string_view, StepPlan>> next(Run& run) {
  const Input in{run.request, run.observed, run.env};
  for (const Row& row : kRows) {
    StepPlan plan = row.plan(in, Role::Bootstrap);
    if (!plan.over()) return std::pair{row.name, std::move(plan)};
    say(run, row.name, plan);
  }
  return std::nullopt;
}

ApplyContext context_of(Run& run) {
  ApplyContext context;
  context.hub = run.client;
  context.hub_mapper = &run.mapper;
  context.remotes[Role::Bootstrap] = run.remote;
  context.self = run.self;
  context.applied = &run.applied;
  context.recording = [c = run.controller.get()](const ObjectKey& owner, std::shared_ptr<kube::Client> client, runtime::StoreOf store_of) {
    return c->client_for(owner, std::move(client), std::move(store_of));
  };
  return context;
}

Awaitable<Result<ReconcileOutcome>> pass(RunPtr run) {
  run->observed.bootstrap = run->remote->view();
  if (!run->observed.bootstrap.synced) {
    if (!run->observed.bootstrap.trouble.empty()) run->last = run->observed.bootstrap.trouble;
    co_return ReconcileOutcome{};
  }
  auto step = next(*run);
  if (!step) {
    end(*run, {});
    co_return ReconcileOutcome{};
  }
  auto& [name, plan] = *step;
  say(*run, name, plan);
  if (plan.state == StepState::Stuck || plan.state == StepState::Failed) end(*run, fail(Disposition::Invalid, plan.message));
  if (plan.intents.empty()) co_return ReconcileOutcome{};
  Status applied = co_await apply_intents(context_of(*run), std::move(plan.intents));
  if (applied || applied.error().is(Disposition::Canceled)) co_return ReconcileOutcome{};
  run->last = applied.error().message();
  if (!applied.error().retryable()) {
    end(*run, applied);
    co_return ReconcileOutcome{};
  }
  StepPlan again = waiting("ProgressingWithRetry", "trying again: " + applied.error().message());
  say(*run, name, again);
  co_return fail(std::move(applied).error());
}

Awaitable<void> work(RunPtr run) { co_await run->controller->run(); }

}  // namespace

Resolved resolved(std::string title, providers::Components components, bool in_inventory) {
  Resolved r;
  r.title = std::move(title);
  r.in_inventory = in_inventory;
  json::Value all{json::Array()};
  for (const Object& object : components.objects) all.push_back(object);
  r.hash = hex(fnv1a(json::dump_canonical(all)));
  r.components = std::make_shared<const providers::Components>(std::move(components));
  return r;
}

Object entry_of(const Resolved& set) {
  Object entry = providers::inventory_object(*set.components);
  entry.ref({"metadata", "annotations", kSetAnnotation}) = set.hash;
  return entry;
}

Awaitable<Status> run_installation(async::Executor executor, std::shared_ptr<kube::Client> client, Installation installation, InstallationReport report,
                                   async::Deadline deadline) {
  async::Clock& clock = client->clock();
  const auto run = std::make_shared<Run>(executor, client, std::move(installation), std::move(report));
  run->controller = std::make_unique<runtime::Controller>("installation", executor, clock, [r = run.get()](ObjectKey) { return pass(r->shared_from_this()); });
  run->remotes.on_change([r = run.get()](const Remote&, const Gvr&, const runtime::Change*) { r->controller->enqueue(kKey); });
  run->remote = run->remotes.adopt({"installation", Role::Bootstrap}, kKey, client);
  watch_components(*run->remote, run->observed);
  async::TaskGroup tasks(executor);
  tasks.spawn("installation", work(run));
  run->controller->enqueue(kKey);
  Status ended = co_await run->ended.wait(clock, deadline);
  co_await tasks.stop();
  co_await run->remotes.stop();
  if (!ended && ended.error().is(Disposition::Timeout)) co_return fail(Disposition::Timeout, "it is not done: " + run->last);
  if (!ended) co_return ended;
  co_return run->result;
}

}  // namespace slipway::controllers::managementcluster
