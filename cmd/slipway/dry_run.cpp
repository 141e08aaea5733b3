#include "cmd/slipway/dry_run.h"

#include <iostream>

#include "cmd/slipway/diff.h"
#include "controllers/managementcluster/installation.h"
#include "controllers/managementcluster/inventory_entry.h"
#include "pkg/async/parallel.h"
#include "pkg/kube/mapper.h"
#include "pkg/yaml/yaml.h"

namespace slipway::cmd {
namespace {

constexpr std::size_t kRequestsAtOnce = 8;
constexpr int kStages = 4;                                                                     // providers::stage_of
constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";  // holds what a Secret holds

struct Step {
  PlannedObject planned;
  kube::Object object;
};
struct DryRun {
  std::shared_ptr<kube::Client> client;
  std::shared_ptr<kube::Mapper> mapper;
  std::vector<Step> steps;
};

void add(DryRun& run, const std::string& set, kube::Object object) {
  const PlannedObject planned{.set = set, .gvk = kube::gvk_of(object), .key = kube::key_of(object), .action = PlannedObject::Action::Create, .diff = {}};
  run.steps.push_back({planned, std::move(object)});
}

void add_set(DryRun& run, const ResolvedSet& set) {
  for (int stage = 0; stage < kStages; ++stage)
    for (const kube::Object& object : set.components.objects)
      if (providers::stage_of(object) == stage) add(run, set.label, object);
  if (set.id) add(run, set.label, controllers::managementcluster::entry_of(controllers::managementcluster::resolved(set.label, set.components, true), {}));
}

async::Awaitable<Status> ask(std::shared_ptr<DryRun> run, std::size_t index) {
  Step& step = run->steps[index];
  auto resource = co_await run->mapper->resource_for(step.planned.gvk);
  if (!resource && resource.error().is(Disposition::NotFound)) co_return Status();  // its kind comes with the installation
  if (!resource) co_return fail(std::move(resource).error());
  auto live = co_await run->client->get(resource->gvr, step.planned.key);
  if (!live && live.error().is(Disposition::NotFound)) co_return Status();
  if (!live) co_return fail(std::move(live).error());
  controllers::managementcluster::keep_notes(step.object, *live);
  kube::PatchOptions options;
  options.dry_run = true;
  auto applied = co_await run->client->patch(resource->gvr, step.planned.key, kube::PatchType::Apply, step.object, options);
  if (!applied) co_return fail(std::move(applied).error());
  step.planned.diff = line_diff(comparable(*live, *live), comparable(std::move(*applied), *live));
  step.planned.action = step.planned.diff.empty() ? PlannedObject::Action::Unchanged : PlannedObject::Action::Change;
  co_return Status();
}

json::Value value_of(const PlannedObject& planned) {
  json::Value out = json::Object{{"set", planned.set},
                                 {"apiVersion", planned.gvk.api_version()},
                                 {"kind", planned.gvk.kind},
                                 {"name", planned.key.name},
                                 {"action", to_string(planned.action)}};
  if (!planned.key.ns.empty()) out.set("namespace", planned.key.ns);
  if (!planned.diff.empty()) out.set("diff", planned.diff);
  return out;
}

}  // namespace

std::string_view to_string(PlannedObject::Action action) noexcept {
  switch (action) {
    case PlannedObject::Action::Create: return "create";
    case PlannedObject::Action::Change: return "change";
    case PlannedObject::Action::Unchanged: return "unchanged";
  }
  return "";
}

std::string comparable(kube::Object object, const kube::Object& other) {
  object.erase("status");
  for (const std::string_view field : {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}) object.ref("metadata").erase(field);
  if (kube::kind_of(object) != "Secret") return yaml::dump(object);
  if (!kube::annotation(object, kLastApplied).empty()) object.ref({"metadata", "annotations", kLastApplied}) = "(hidden)";
  for (const std::string_view part : {"data", "stringData"})
    if (json::Value* values = object.find_mut(part))
      for (json::Member& member : values->make_object()) member.value = member.value == other[part][member.key] ? "(hidden)" : "(hidden, other than before)";
  return yaml::dump(object);
}

async::Awaitable<Result<std::vector<PlannedObject>>> dry_run(std::shared_ptr<kube::Client> client, ResolvedSets sets) {
  const auto run = std::make_shared<DryRun>();
  run->mapper = std::make_shared<kube::Mapper>(client);
  run->client = client;
  if (!sets.providers.empty()) add(*run, "inventory", providers::inventory_crd());
  if (sets.cert_manager) add_set(*run, *sets.cert_manager);
  for (const ResolvedSet& set : sets.providers) add_set(*run, set);
  auto known = co_await run->mapper->all();  // so that kinds which are not there yet cost one discovery
  if (!known) co_return fail(std::move(known).error());
  const auto work = [run](std::size_t i) { return ask(run, i); };
  Status asked = co_await async::for_each(&client->clock(), "dry run", run->steps.size(), kRequestsAtOnce, work);
  if (!asked) co_return fail(std::move(asked).error());
  std::vector<PlannedObject> out;
  for (Step& step : run->steps) out.push_back(std::move(step.planned));
  co_return out;
}

void print_plan(const std::vector<PlannedObject>& plan, Output output) {
  if (output != Output::Table) {
    json::Array objects;
    for (const PlannedObject& planned : plan) objects.push_back(value_of(planned));
    print_value(json::Object{{"objects", std::move(objects)}}, output);
    return;
  }
  std::size_t counts[3] = {};
  for (const PlannedObject& planned : plan) {
    ++counts[static_cast<std::size_t>(planned.action)];
    std::cout << to_string(planned.action) << " " << planned.gvk.kind << " " << planned.key.to_string() << " (" << planned.set << ")\n" << planned.diff;
  }
  std::cout << counts[0] << " to create, " << counts[1] << " to change, " << counts[2] << " unchanged; nothing was written\n" << std::flush;
}

}  // namespace slipway::cmd
