#include "controllers/apply.h"

#include <utility>

#include "pkg/async/parallel.h"
#include "pkg/log/log.h"
#include "pkg/providers/certificates.h"
#include "pkg/providers/crd_migration.h"
#include "pkg/providers/webhooks.h"

namespace slipway::controllers {
namespace {

using async::Awaitable;

constexpr std::size_t kWidth = 32;  // writes side by side; the client's lane narrows it where the server says so

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

// Discovery only for what is not known anyway: every CRD that is applied puts it out of date.
Awaitable<Result<Gvr>> resource_of(Way way, kube::GroupVersionKind gvk) {
  if (const Gvr* known = gvr_of_component(gvk)) co_return *known;
  auto found = co_await way.mapper->resource_for(std::move(gvk));
  if (!found) co_return fail(std::move(found).error());
  co_return found->gvr;
}

Awaitable<Status> do_apply(ApplyContext context, Apply intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  const kube::GroupVersionKind gvk = kube::gvk_of(intent.object);
  auto gvr = co_await resource_of(*way, gvk);
  if (!gvr) co_return fail(patient(std::move(gvr).error()).in("applying " + kube::describe(intent.object) + " on " + std::string(to_string(intent.cluster))));
  auto answer = co_await kube::apply(way->client, *gvr, intent.object, kube::WriteOptions{});
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

Awaitable<Status> do_ask(ApplyContext context, AskWebhooks intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  Status asked = co_await providers::ask_webhooks(way->client, intent.components);
  if (!asked) co_return fail(std::move(asked).error().in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  co_return Status{};
}

// The cache that the plan was made from may not show our last issue yet, so the Secret itself is asked.
Awaitable<Status> do_issue(ApplyContext context, IssueCertificate intent) {
  const providers::ServingCertificate& wanted = intent.certificate;
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  auto live = co_await way->client->get(kube::res::kSecrets, wanted.secret);
  if (!live && !live.error().is(Disposition::NotFound))
    co_return fail(std::move(live).error().in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  const Object* before = live ? &*live : nullptr;
  const WallTime now = way->client->clock().wall();
  if (now < providers::renewal_of(wanted, before)) co_return Status{};
  auto secret = providers::issue(wanted, before, now);
  if (!secret) co_return fail(std::move(secret).error());
  auto answer = co_await kube::apply(way->client, kube::res::kSecrets, std::move(*secret), kube::WriteOptions{});
  if (!answer) co_return fail(patient(std::move(answer).error()).in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  log::info("certificate issued", {{"name", wanted.secret.to_string()}, {"cluster", to_string(intent.cluster)}});
  co_return Status{};
}

Awaitable<Status> do_migrate(ApplyContext context, MigrateStorage intent) {
  auto way = way_to(context, intent.cluster);
  if (!way) co_return fail(std::move(way).error());
  Status migrated = co_await providers::migrate_storage(way->client, intent.crd, intent.versions);
  if (!migrated) co_return fail(std::move(migrated).error().in("on the " + std::string(to_string(intent.cluster)) + " cluster"));
  co_return Status{};
}

Awaitable<Status> perform(ApplyContext context, Intent intent) {
  if (const auto* apply = std::get_if<Apply>(&intent)) co_return co_await do_apply(std::move(context), *apply);
  if (const auto* merge = std::get_if<Merge>(&intent)) co_return co_await do_merge(std::move(context), *merge);
  if (const auto* remove = std::get_if<Delete>(&intent)) co_return co_await do_delete(std::move(context), *remove);
  if (const auto* copy = std::get_if<CopySecret>(&intent)) co_return co_await do_copy(std::move(context), *copy);
  if (const auto* ask = std::get_if<AskWebhooks>(&intent)) co_return co_await do_ask(std::move(context), *ask);
  if (const auto* issue = std::get_if<IssueCertificate>(&intent)) co_return co_await do_issue(std::move(context), *issue);
  if (const auto* migrate = std::get_if<MigrateStorage>(&intent)) co_return co_await do_migrate(std::move(context), *migrate);
  if (context.actions == nullptr) co_return fail(Disposition::Unsupported, "this flow cannot " + describe(intent));
  if (std::holds_alternative<EnsureBootstrap>(intent)) co_return co_await context.actions->ensure();
  if (const auto* destroy = std::get_if<DestroyBootstrap>(&intent)) co_return co_await context.actions->destroy(destroy->guard);
  co_return co_await context.actions->run_pivot(std::get<RunPivot>(intent).direction);
}

// Applies of one stage do not need each other.
std::size_t end_of_stage(const std::vector<Intent>& intents, std::size_t begin) {
  const auto* first = std::get_if<Apply>(&intents[begin]);
  std::size_t end = begin + 1;
  if (first == nullptr) return end;
  for (; end < intents.size(); ++end) {
    const auto* next = std::get_if<Apply>(&intents[end]);
    if (next == nullptr || next->stage != first->stage || next->cluster != first->cluster) break;
  }
  return end;
}

}  // namespace

Awaitable<Status> apply_intents(ApplyContext context, std::vector<Intent> intents) {
  const auto all = std::make_shared<const std::vector<Intent>>(std::move(intents));
  for (std::size_t begin = 0; begin < all->size();) {
    const std::size_t end = end_of_stage(*all, begin);
    Status performed = co_await async::for_each(&context.hub->clock(), "apply", end - begin, kWidth,
                                                [context, all, begin](std::size_t i) { return perform(context, (*all)[begin + i]); });
    if (!performed) co_return performed;
    begin = end;
  }
  co_return Status{};
}

}  // namespace slipway::controllers
