#include "controllers/apply.h"

#include <utility>

#include "pkg/log/log.h"

namespace slipway::controllers {
namespace {

using async::Awaitable;

struct Way {  // to one cluster
  std::shared_ptr<kube::Client> client;
  kube::Mapper* mapper = nullptr;
  std::string instance;
};

Result<Way> way_to(const ApplyContext& context, Role role) {
  const bool record = context.recording && context.self;
  if (role == Role::Hub) {
    auto client = record ? context.recording(kube::key_of(*context.self), context.hub, context.hub_store_of) : context.hub;
    return Way{std::move(client), context.hub_mapper, "hub"};
  }
  const auto found = context.remotes.find(role);
  if (found == context.remotes.end() || !found->second)
    return fail(Disposition::Transient, "the " + std::string(to_string(role)) + " cluster is not connected");
  auto client = found->second->client();
  if (record)
    client = context.recording(kube::key_of(*context.self), std::move(client),
                               [remote = found->second](const Gvr& gvr, const ObjectKey& key) { return remote->store_of(gvr, key); });
  return Way{std::move(client), &found->second->mapper(), found->second->instance()};
}

// What a little patience cures is worth a retry.
Error patient(Error error) {
  if (!error.is(Disposition::NotFound)) return error;
  return Error(Disposition::Transient, error.message());
}

Awaitable<Status> do_apply(ApplyContext context, Apply intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  const kube::GroupVersionKind gvk = kube::gvk_of(intent.object);
  auto resource = co_await way->mapper->resource_for(gvk);
  if (!resource)
    co_return fail(patient(std::move(resource).error()).in("applying " + kube::describe(intent.object) + " on " + std::string(to_string(intent.cluster))));
  auto answer = co_await kube::apply(way->client, resource->gvr, intent.object, kube::WriteOptions{});
  if (!answer) co_return fail(patient(std::move(answer).error()).in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  context.applied->remember(way->instance, intent.object, *answer);
  if (gvk.kind == "CustomResourceDefinition") way->mapper->invalidate();
  log::debug("object applied", {{"kind", gvk.kind}, {"name", kube::name_of(intent.object)}, {"cluster", to_string(intent.cluster)}});
  co_return Status{};
}

Awaitable<Status> do_merge(ApplyContext context, Merge intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  if (!intent.uid.empty()) intent.body.ref({"metadata", "uid"}) = intent.uid;  // a patch of another object's successor conflicts
  auto answer = co_await way->client->patch(intent.gvr, intent.key, kube::PatchType::Merge, std::move(intent.body), kube::PatchOptions{});
  if (!answer) co_return fail(patient(std::move(answer).error()).in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  co_return Status{};
}

Awaitable<Status> do_delete(ApplyContext context, Delete intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  if (intent.uid.empty()) co_return fail(Disposition::Terminal, "refusing to delete " + intent.key.to_string() + " without a UID");
  kube::DeleteOptions options;
  options.uid = intent.uid;
  auto answer = co_await way->client->remove(intent.gvr, intent.key, options);
  if (!answer && !answer.error().is(Disposition::NotFound))
    co_return fail(std::move(answer).error().in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  log::info("object deleted", {{"resource", intent.gvr.to_string()}, {"name", intent.key.to_string()}, {"cluster", to_string(intent.cluster)}});
  co_return Status{};
}

Awaitable<Status> do_copy(ApplyContext context, CopySecret intent) {
  auto from = way_to(context, intent.from);
  if (!from) co_return fail(std::move(from).error());
  auto to = way_to(context, intent.to);
  if (!to) co_return fail(std::move(to).error());
  auto source = co_await from->client->get(kube::res::kSecrets, intent.source);
  if (!source) co_return fail(patient(std::move(source).error()).in("on the " + std::string(to_string(intent.from)) + " cluster"));
  Object copy = kube::make_object("v1", "Secret", intent.target);
  copy.set("type", (*source)["type"].as_string("Opaque"));
  copy.set("data", (*source)["data"]);
  if (!intent.labels.is_null()) copy.ref({"metadata", "labels"}) = intent.labels;
  if (intent.owned) copy.ref({"metadata", "ownerReferences"}).push_back(kube::owner_reference(*context.self, true, false));
  auto answer = co_await kube::apply(to->client, kube::res::kSecrets, std::move(copy), kube::WriteOptions{});
  if (!answer) co_return fail(patient(std::move(answer).error()).in("on the " + std::string(to_string(intent.to)) + " cluster"));
  log::info("secret copied", {{"name", intent.target.to_string()}, {"cluster", to_string(intent.to)}});
  co_return Status{};
}

Awaitable<Status> perform(ApplyContext context, Intent intent) {
  if (const auto* apply = std::get_if<Apply>(&intent)) co_return co_await do_apply(std::move(context), *apply);
  if (const auto* merge = std::get_if<Merge>(&intent)) co_return co_await do_merge(std::move(context), *merge);
  if (const auto* remove = std::get_if<Delete>(&intent)) co_return co_await do_delete(std::move(context), *remove);
  if (const auto* copy = std::get_if<CopySecret>(&intent)) co_return co_await do_copy(std::move(context), *copy);
  if (context.actions == nullptr) co_return fail(Disposition::Unsupported, "this flow cannot " + describe(intent));
  if (std::holds_alternative<EnsureBootstrap>(intent)) co_return co_await context.actions->ensure();
  if (const auto* destroy = std::get_if<DestroyBootstrap>(&intent)) co_return co_await context.actions->destroy(destroy->guard);
  co_return co_await context.actions->run_pivot(std::get<RunPivot>(intent).direction);
}

}  // namespace

Awaitable<Status> apply_intents(ApplyContext context, std::vector<Intent> intents) {
  for (Intent& intent : intents) {
    Status performed = co_await perform(context, std::move(intent));
    if (!performed) co_return performed;
  }
  co_return Status{};
}

}  // namespace slipway::controllers
