#include "pkg/providers/deletion.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "pkg/async/parallel.h"
#include "pkg/base/strings.h"
#include "pkg/providers/providers.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kDeletesAtOnce = 8;
constexpr std::size_t kListsAtOnce = 8;

std::string label_of(const InstalledProvider& provider) { return manifest_label(provider.id.type, provider.id.name); }

std::string one_of(std::string_view key, std::span<const InstalledProvider> chosen) {
  std::vector<std::string> labels;
  for (const InstalledProvider& provider : chosen) labels.push_back(label_of(provider));
  return std::string(key) + " in (" + join(labels, ",") + ")";
}

// Definitions of the chosen providers, without their schemas.
Awaitable<Result<std::vector<kube::Object>>> definitions(std::shared_ptr<kube::Client> client, std::string selector) {
  const auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop.drop({"spec", "versions", "*", "schema"});
  kube::ListOptions options;
  options.label_selector = std::move(selector);
  options.decoding = decoding;
  auto listed = co_await kube::list_all(std::move(client), kube::res::kCrds, "", std::move(options));
  if (!listed) co_return fail(std::move(listed).error());
  co_return std::move(listed->items);
}

// In the version that is stored, which needs no conversion.
std::optional<kube::GroupVersionResource> stored_resource(const kube::Object& crd) {
  const json::Value& spec = crd["spec"];
  for (const json::Value& version : spec["versions"].array())
    if (version["storage"].as_bool())
      return kube::GroupVersionResource{spec["group"].str(), version["name"].str(), spec["names"]["plural"].str(), spec["scope"].as_string() != "Cluster"};
  return std::nullopt;
}

struct UseCheck {
  std::shared_ptr<kube::Client> client;
  std::vector<kube::Object> crds;
  std::vector<std::optional<DefinitionInUse>> uses;
};

Awaitable<Status> check_use(std::shared_ptr<UseCheck> check, std::size_t index) {
  const kube::Object& crd = check->crds[index];
  const auto gvr = stored_resource(crd);
  if (!gvr) co_return Status();
  kube::ListOptions options;
  options.limit = 1;
  auto listed = co_await check->client->list(*gvr, "", std::move(options));
  if (!listed && listed.error().is(Disposition::NotFound)) co_return Status();  // not served: the definition was never established
  if (!listed) co_return fail(std::move(listed).error().in("looking whether there are objects of " + std::string(kube::name_of(crd))));
  if (!listed->items.empty())
    check->uses[index] = {std::string(kube::label(crd, kProviderLabel)), std::string(kube::name_of(crd)), kube::describe(listed->items.front())};
  co_return Status();
}

Awaitable<Result<std::vector<DefinitionInUse>>> definitions_in_use(std::shared_ptr<kube::Client> client, std::vector<kube::Object> crds) {
  const auto check = std::make_shared<UseCheck>();
  check->client = client;
  check->uses.resize(crds.size());
  check->crds = std::move(crds);
  const auto work = [check](std::size_t i) { return check_use(check, i); };
  Status done = co_await async::for_each(&client->clock(), "objects of definitions", check->crds.size(), kListsAtOnce, work);
  if (!done) co_return fail(std::move(done).error());
  std::vector<DefinitionInUse> out;
  for (auto& use : check->uses)
    if (use) out.push_back(std::move(*use));
  co_return out;
}

std::vector<kube::GroupVersionKind> kinds_of(const std::vector<kube::Object>& crds) {
  std::vector<kube::GroupVersionKind> out;
  out.reserve(crds.size());
  for (const kube::Object& crd : crds) out.push_back({crd["spec"]["group"].str(), "", crd["spec"]["names"]["kind"].str()});
  return out;
}

struct Execution {
  std::shared_ptr<kube::Client> client;
  std::vector<DeletionItem> items;
  std::function<void(const DeletionItem&)> deleted;
  std::vector<Error> errors;
};

Awaitable<Status> delete_one(std::shared_ptr<Execution> execution, std::size_t index) {
  const DeletionItem& item = execution->items[index];
  kube::DeleteOptions options;
  options.uid = item.uid;
  options.propagation = "Background";  // Jobs would leave their Pods behind
  auto removed = co_await execution->client->remove(item.gvr, item.key, std::move(options));
  if (!removed && removed.error().is(Disposition::Canceled)) co_return fail(std::move(removed).error());
  if (!removed && !removed.error().is(Disposition::NotFound))
    execution->errors.push_back(std::move(removed).error());
  else if (execution->deleted)
    execution->deleted(item);
  co_return Status();
}

Awaitable<Status> delete_stage(std::shared_ptr<Execution> execution, std::size_t begin, std::size_t end) {
  const auto work = [execution, begin](std::size_t i) { return delete_one(execution, begin + i); };
  Status done = co_await async::for_each(&execution->client->clock(), "deleting a provider", end - begin, kDeletesAtOnce, work);
  if (!done || execution->errors.empty()) co_return done;
  const std::size_t others = execution->errors.size() - 1;
  Error first = std::move(execution->errors.front());
  co_return fail(others == 0 ? std::move(first) : std::move(first).in("one of " + std::to_string(others + 1) + " errors"));
}

}  // namespace

Awaitable<Result<DeletionPlan>> prepare_deletion(std::shared_ptr<kube::Client> client, std::vector<InstalledProvider> installed,
                                                 std::vector<InstalledProvider> chosen, DeletionOptions options) {
  if (chosen.empty()) co_return DeletionPlan{};
  const std::string by_provider = std::string(kClusterctlLabel) + "," + one_of(kProviderLabel, chosen);
  auto crds = co_await definitions(client, by_provider);
  if (!crds) co_return fail(std::move(crds).error());
  const std::vector<kube::GroupVersionKind> own_kinds = kinds_of(*crds);
  std::vector<DefinitionInUse> in_use;
  if (options.include_crds) {
    auto used = co_await definitions_in_use(client, std::move(*crds));
    if (!used) co_return fail(std::move(used).error());
    in_use = std::move(*used);
  }
  const auto mapper = std::make_shared<kube::Mapper>(client);
  auto found = co_await find_labelled(client, mapper, {.selector = by_provider, .without = own_kinds, .with_content = false});
  if (!found) co_return fail(std::move(found).error());
  auto ours = co_await find_labelled(client, mapper, {.selector = one_of(kComponentLabel, chosen), .without = own_kinds, .with_content = false});
  if (!ours) co_return fail(std::move(ours).error());
  std::ranges::move(*ours, std::back_inserter(*found));
  co_return plan_deletion(installed, chosen, *found, in_use, options);
}

Awaitable<Status> execute_deletion(std::shared_ptr<kube::Client> client, DeletionPlan plan, std::function<void(const DeletionItem&)> deleted) {
  if (!plan.problems.empty()) co_return fail(Disposition::Invalid, plan.problems.front().sentence);
  const auto execution = std::make_shared<Execution>(Execution{std::move(client), std::move(plan.items), std::move(deleted), {}});
  const std::vector<DeletionItem>& items = execution->items;
  for (std::size_t begin = 0; begin < items.size();) {
    std::size_t end = begin;
    while (end < items.size() && items[end].stage == items[begin].stage) ++end;
    Status done = co_await delete_stage(execution, begin, end);
    if (!done) co_return done;
    begin = end;
  }
  co_return Status();
}

}  // namespace slipway::providers
