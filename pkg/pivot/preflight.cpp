// What the target must be like before anything is paused: providers of the source's version at least and running, no names taken, every object accepted.
#include <algorithm>
#include <map>

#include "pkg/base/semver.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/gitops.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

void check_provider(const Provider& wanted, const std::vector<Provider>& installed, std::vector<std::string>& problems) {
  const Provider* best = nullptr;
  for (const auto& p : installed)
    if (p.type == wanted.type && p.name == wanted.name && (best == nullptr || compare_versions(p.version, best->version) > 0)) best = &p;
  const std::string what = wanted.type + " " + wanted.name;
  if (best == nullptr)
    problems.push_back(what + " " + wanted.version + " is not installed");
  else if (compare_versions(best->version, wanted.version) < 0)
    problems.push_back(what + " is " + best->version + ", older than the source's " + wanted.version);
}

Awaitable<Result<std::vector<std::string>>> check_providers(MovePtr move) {
  Result<std::vector<Provider>> wanted = std::vector<Provider>();
  if (move->archived)
    *wanted = move->archived->providers;
  else
    wanted = co_await installed_providers(move->source);
  if (!wanted) co_return fail(std::move(wanted).error());
  Result<std::vector<Provider>> installed = co_await installed_providers(move->target);
  if (!installed) co_return fail(std::move(installed).error());
  Result<kube::ListResult> deployments = co_await move->target->list(kube::res::kDeployments, std::string(kProviderLabel));
  if (!deployments) co_return fail(std::move(deployments).error());
  std::vector<std::string> problems;
  for (const auto& provider : *wanted) check_provider(provider, *installed, problems);
  for (const auto& d : deployments->items) {
    const std::string_view label = kube::label(d, kProviderLabel);
    const bool ours = std::ranges::any_of(*wanted, [&](const Provider& p) { return p.label == label; });
    if (ours && !kube::condition_true(d, "Available")) problems.push_back("provider " + std::string(label) + ": " + kube::describe(d) + " is not Available");
  }
  co_return problems;
}

void check_names(const MovePtr& move, const Snapshot& snapshot, const TargetSet& target, std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (!snapshot.copied(i)) continue;
    const Item* there = target.at(item.kind, snapshot.there(i));
    if (there != nullptr && there->deleting) problems.push_back(target.inventory.describe(*there) + " is being deleted on the target");
    if (there == nullptr || there->deleting || there->move_id == move->options.id || may_adopt(snapshot, i, *there)) continue;
    problems.push_back(collision(snapshot, i).message());
  }
}

// Labels by name.
Awaitable<Result<std::map<std::string, json::Value>>> namespaces_of(MovePtr move) {
  if (move->archived) co_return move->archived->namespaces;
  Result<kube::ListResult> listed = co_await move->source->list(kube::res::kNamespaces, {});
  if (!listed) co_return fail(std::move(listed).error());
  std::map<std::string, json::Value> out;
  for (const auto& ns : listed->items) out.emplace(kube::name_of(ns), ns["metadata"]["labels"]);
  co_return out;
}

}  // namespace

Awaitable<Result<std::vector<Provider>>> installed_providers(SidePtr side) {
  Result<kube::ListResult> listed = co_await side->list(kube::res::kProviders, {});
  if (!listed) co_return fail(std::move(listed).error());
  std::vector<Provider> out;
  for (const auto& p : listed->items) out.push_back({p["type"].str(), p["providerName"].str(), p["version"].str(), std::string(kube::name_of(p))});
  co_return out;
}

Awaitable<Status> ensure_namespaces(MovePtr move, SnapshotPtr snapshot) {
  std::map<std::string, std::string> names;  // on the target -> on the source
  for (std::size_t i = 0; i < snapshot->inventory.items.size(); ++i)
    if (snapshot->copied(i)) names.emplace(snapshot->there(i).ns, snapshot->inventory.items[i].key.ns);
  names.erase("");
  Result<std::map<std::string, json::Value>> namespaces = co_await namespaces_of(move);
  if (!namespaces) co_return fail(std::move(namespaces).error());
  for (const auto& [name, original] : names) {
    const auto found = namespaces->find(original);
    json::Value labels = found == namespaces->end() ? json::Value() : found->second;
    Status there = co_await ensure_namespace(move->target, name, std::move(labels));
    if (!there) co_return there;
  }
  co_return Status();
}

Awaitable<Result<TargetState>> inspect_target(MovePtr move, SnapshotPtr snapshot) {
  Result<std::vector<std::string>> problems = co_await check_providers(move);
  if (!problems) co_return fail(std::move(problems).error());
  Result<TargetSetPtr> target = co_await read_target(move, snapshot, Look());
  if (!target) co_return fail(std::move(target).error());
  check_names(move, *snapshot, **target, *problems);
  co_return TargetState{std::move(*target), std::move(*problems)};
}

Awaitable<Status> check_target(MovePtr move, SnapshotPtr snapshot) {
  Result<TargetState> target = co_await inspect_target(move, snapshot);
  if (!target) co_return fail(std::move(target).error());
  if (!target->problems.empty()) co_return fail(Disposition::Terminal, "the target is not ready: " + enumerate(target->problems));
  Status namespaces = co_await ensure_namespaces(move, snapshot);
  if (!namespaces) co_return namespaces;
  Status accepted = co_await rehearse(move, snapshot, target->set);
  if (accepted) move->target_set = target->set;
  co_return accepted;
}

Awaitable<Result<Event>> prepare(MovePtr move) {
  Status alone = co_await check_alone(move);
  if (!alone) co_return fail(std::move(alone).error());
  Result<SnapshotPtr> snapshot = co_await read_source(move);
  if (!snapshot) co_return fail(std::move(snapshot).error());
  Status sound = co_await check_set(move, *snapshot);
  if (!sound) co_return fail(std::move(sound).error());
  Status alone_writing = co_await check_writers(move, *snapshot);
  if (!alone_writing) co_return fail(std::move(alone_writing).error());
  Status ready = co_await check_target(move, *snapshot);
  if (!ready) co_return fail(std::move(ready).error());
  move->source_set = *snapshot;
  count(move->journal, (*snapshot)->draft.plan);
  co_return Event::Done;
}

}  // namespace slipway::pivot::detail
