#include "controllers/managementcluster/installation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "controllers/apply.h"
#include "controllers/component_state.h"
#include "controllers/managementcluster/observe.h"
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"
#include "pkg/providers/readiness.h"
#include "pkg/runtime/controller.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;
using runtime::ReconcileOutcome;

const ObjectKey kKey{"", "installation"};
constexpr std::string_view kProvidersStep = "providers";

struct Run : std::enable_shared_from_this<Run> {
  Run(const async::Executor& e, std::shared_ptr<kube::Client> c, Installation i, InstallationReport r)
      : client(std::move(c)),
        installation(std::move(i)),
        report(std::move(r)),
        mapper(client),
        remotes(e, [](const kube::ClusterConfig&) -> Result<std::shared_ptr<kube::Client>> { return fail(Disposition::Unsupported, "one cluster only"); }),
        changed(e) {
    request.spec.certManager.mode = installation.cert_manager_mode;
    observed.cert_manager = installation.cert_manager;
    observed.providers = installation.providers;
    observed.applied = &applied;
    env.wait = installation.wait;
    env.command_line = true;
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
  async::Event changed;  // the end is there, or a clock has started or ended
  std::optional<Status> result;
  InstallationClocks clocks;
  std::map<std::string, std::string> said;  // by what it is about
  std::set<std::string> injecting;          // providers that were said to wait for CAs
  std::string trouble;                      // of the last write, until one succeeds
};
using RunPtr = std::shared_ptr<Run>;

void say(Run& run, std::string_view step, const std::string& about, const std::string& sentence) {
  if (sentence == std::exchange(run.said[about], sentence)) return;
  if (run.report) run.report(step, sentence);
}

void end(Run& run, Status result) {
  run.result = std::move(result);
  run.changed.set();
}

void wait_for(Run& run, std::vector<Waited> waits) {
  run.clocks.see(run.client->clock().now(), std::move(waits));
  run.changed.set();
}

void wait_for_cluster(Run& run) {
  const std::string& trouble = run.observed.bootstrap.trouble;
  wait_for(run, {{"cluster", trouble.empty() ? "the cluster has not been read yet" : trouble, run.installation.provider_patience}});
}

bool has_deployments(const Resolved& set) {
  return std::ranges::any_of(set.components->objects, [](const Object& object) { return kube::kind_of(object) == "Deployment"; });
}

bool is_applied(const Run& run, const Resolved& set) {  // as far as it runs
  return std::ranges::all_of(set.components->objects, [&](const Object& object) {
    return kube::kind_of(object) != "Deployment" || in_place(run.observed.bootstrap, &run.applied, object, false);
  });
}

// The clock of what providers do together. Being applied is nobody's health: a short patience for that does not end it.
Waited together(const Run& run, const StepPlan& plan) {
  const std::string& why = run.trouble.empty() ? plan.message : run.trouble;
  if (std::ranges::all_of(run.installation.providers, [&](const Resolved& set) { return is_applied(run, set); }))
    return {"finishing", why, run.installation.provider_patience};
  const async::Duration limit = std::max(run.installation.provider_patience.limit, Patience{}.limit);
  return {"applying", why, {limit, "the time to apply the providers"}};
}

// A clock for each provider that is applied and does not work yet. None while none is that far: then all wait together.
std::vector<Waited> providers_waited_for(Run& run) {
  std::vector<Waited> out;
  if (!run.env.wait) return out;
  const auto look = lookup_of(run.observed.bootstrap);
  for (const Resolved& set : run.installation.providers) {
    if (!has_deployments(set) || !is_applied(run, set)) continue;
    topology::Readiness readiness = providers::installed(*set.components, look);
    // A CA comes into each of dozens of CRDs by itself: the first tells enough.
    const bool told = readiness.reason == "CANotInjected" && !run.injecting.insert(set.title).second;
    if (!told && (!readiness.ready || run.said.contains(set.title))) say(run, kProvidersStep, set.title, readiness.message);
    if (!readiness.ready) out.push_back({set.title, std::move(readiness.message), run.installation.provider_patience});
  }
  return out;
}

void wait_for_step(Run& run, std::string_view step, const StepPlan& plan) {
  std::vector<Waited> waits;
  if (step == kProvidersStep) waits = providers_waited_for(run);
  const bool told_at_the_end = plan.state == StepState::Stuck || plan.state == StepState::Failed;
  if (!told_at_the_end && (waits.empty() || plan.state == StepState::Running)) say(run, step, std::string(step), plan.message);
  if (waits.empty() && step == kProvidersStep) waits.push_back(together(run, plan));
  if (waits.empty()) waits.push_back({std::string(step), run.trouble.empty() ? plan.message : run.trouble, run.installation.cert_manager_patience});
  wait_for(run, std::move(waits));
}

struct Row {
  std::string_view name;
  StepPlan (*plan)(const Input&, Role);
};
constexpr Row kRows[] = {{"cert-manager", cert_manager}, {kProvidersStep, install_providers}};

// The first row that is not over; nothing where all are.
std::optional<std::pair<std::string_view, StepPlan>> next(Run& run) {
  const Input in{run.request, run.observed, run.env};
  for (const Row& row : kRows) {
    StepPlan plan = row.plan(in, Role::Bootstrap);
    if (!plan.over()) return std::pair{row.name, std::move(plan)};
    say(run, row.name, std::string(row.name), plan.message);
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
    wait_for_cluster(*run);
    co_return ReconcileOutcome{};
  }
  auto step = next(*run);
  if (!step) {
    end(*run, {});
    co_return ReconcileOutcome{};
  }
  auto& [name, plan] = *step;
  wait_for_step(*run, name, plan);
  if (plan.state == StepState::Stuck || plan.state == StepState::Failed) end(*run, fail(Disposition::Invalid, plan.message));
  if (plan.intents.empty()) co_return ReconcileOutcome{};
  Status applied = co_await apply_intents(context_of(*run), std::move(plan.intents));
  if (applied) run->trouble.clear();
  if (applied || applied.error().is(Disposition::Canceled)) co_return ReconcileOutcome{};
  if (!applied.error().retryable()) {
    end(*run, applied);
    co_return ReconcileOutcome{};
  }
  run->trouble = applied.error().message();
  say(*run, name, "trouble", "trying again: " + run->trouble);
  wait_for_step(*run, name, plan);
  co_return fail(std::move(applied).error());
}

// The installation's end, or that of somebody's patience.
Awaitable<Status> outcome(RunPtr run) {
  async::Clock& clock = run->client->clock();
  while (!run->result) {
    if (auto over = run->clocks.over(clock.now())) {
      const std::string& lost = run->remote->view().lost;
      co_return fail(Disposition::Timeout, lost.empty() ? std::move(*over) : *over + "; the cluster does not answer: " + lost);
    }
    run->changed.reset();
    Status woken = co_await run->changed.wait(clock, run->clocks.due());
    if (!woken && !woken.error().is(Disposition::Timeout)) co_return woken;
  }
  co_return *run->result;
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

Awaitable<Status> run_installation(async::Executor executor, std::shared_ptr<kube::Client> client, Installation installation, InstallationReport report) {
  async::Clock& clock = client->clock();
  const auto run = std::make_shared<Run>(executor, client, std::move(installation), std::move(report));
  run->controller = std::make_unique<runtime::Controller>("installation", executor, clock, [r = run.get()](ObjectKey) { return pass(r->shared_from_this()); });
  run->remotes.on_change([r = run.get()](const Remote&, const Gvr&, const runtime::Change*) { r->controller->enqueue(kKey); });
  run->remote = run->remotes.adopt({"installation", Role::Bootstrap}, kKey, client);
  watch_components(*run->remote, run->observed);
  wait_for_cluster(*run);
  async::TaskGroup tasks(executor);
  tasks.spawn("installation", work(run));
  run->controller->enqueue(kKey);
  Status ended = co_await outcome(run);
  co_await tasks.stop();
  co_await run->remotes.stop();
  co_return ended;
}

}  // namespace slipway::controllers::managementcluster
