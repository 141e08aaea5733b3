#include "pkg/kube/patch_helper.h"

#include <random>

#include "pkg/async/task_group.h"
#include "pkg/base/random.h"

namespace slipway::kube {
namespace {

constexpr int kAttempts = 5;
constexpr auto kConflictPause = std::chrono::milliseconds(10);
constexpr double kConflictJitter = 0.1;

Result<Object> send_nothing(const Object& before) { return before; }

Awaitable<Result<Object>> send_patch(std::shared_ptr<Client> client, GroupVersionResource gvr, ObjectKey key, json::Value body, std::string subresource,
                                     std::string field_manager) {
  PatchOptions options;
  options.field_manager = std::move(field_manager);
  options.subresource = std::move(subresource);
  co_return co_await client->patch(std::move(gvr), std::move(key), PatchType::Merge, std::move(body), std::move(options));
}

std::string group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(api_version.substr(0, slash));
}

}  // namespace

Result<Changes> changes_between(const Object& before, const Object& after, bool optimistic) {
  if (key_of(before) != key_of(after) || gvk_of(before) != gvk_of(after))
    return fail(Disposition::Invalid, describe(before) + ": a patch may not change its kind, name or namespace to " + describe(after));
  if (optimistic && resource_version_of(before).empty())
    return fail(Disposition::Invalid, describe(before) + ": cannot be patched against a concurrent change, since it was read without a resourceVersion");
  Object from = before;
  Object to = after;
  Changes out;
  json::Value status_before(json::Object{{"status", from["status"]}});
  json::Value status_after(json::Object{{"status", to["status"]}});
  out.status = json::diff(status_before, status_after);
  for (Object* o : {&from, &to}) {
    o->erase("status");
    if (json::Value* metadata = o->find_mut("metadata"))
      for (const char* owned : {"resourceVersion", "managedFields", "generation", "uid", "creationTimestamp"}) metadata->erase(owned);  // the server's
  }
  out.main = json::diff(from, to);
  if (!optimistic) return out;
  for (json::Value* patch : {&out.main, &out.status})
    if (!patch->is_null()) patch->ref({"metadata", "resourceVersion"}) = json::Value(resource_version_of(before));
  return out;
}

Awaitable<Result<Object>> patch_changes(std::shared_ptr<Client> client, GroupVersionResource gvr, ObjectPtr before, Object after, PatchHelperOptions options) {
  auto changes = changes_between(*before, after, options.optimistic);
  if (!changes) co_return fail(std::move(changes).error());
  const ObjectKey key = key_of(*before);
  Result<Object> now = send_nothing(*before);
  if (!changes->main.is_null()) {
    auto patched = co_await send_patch(client, gvr, key, std::move(changes->main), "", options.field_manager);
    now = std::move(patched);
    if (!now) co_return now;
    // Our own first patch is no concurrent change.
    if (options.optimistic && !changes->status.is_null()) changes->status.ref({"metadata", "resourceVersion"}) = json::Value(resource_version_of(*now));
  }
  if (!changes->status.is_null()) {
    auto patched = co_await send_patch(client, gvr, key, std::move(changes->status), "status", options.field_manager);
    now = std::move(patched);
  }
  co_return now;
}

Awaitable<Result<CreateOrPatchResult>> create_or_patch(std::shared_ptr<Client> client, GroupVersionResource gvr, Object object,
                                                       std::function<Status(Object&)> mutate, PatchHelperOptions options) {
  Result<Object> found = co_await client->get(gvr, key_of(object));
  if (!found && !found.error().is(Disposition::NotFound)) co_return fail(std::move(found).error());
  if (!found) {
    if (Status mutated = mutate(object); !mutated) co_return fail(std::move(mutated).error());
    WriteOptions write;
    write.field_manager = options.field_manager;
    Result<Object> created = co_await client->create(gvr, std::move(object), std::move(write));
    if (!created) co_return fail(std::move(created).error());
    co_return CreateOrPatchResult{std::move(*created), Written::Created};
  }
  const auto before = std::make_shared<const Object>(std::move(*found));
  Object after = *before;
  if (Status mutated = mutate(after); !mutated) co_return fail(std::move(mutated).error());
  const bool changed = !(after == *before);
  Result<Object> patched = co_await patch_changes(client, gvr, before, std::move(after), std::move(options));
  if (!patched) co_return fail(std::move(patched).error());
  co_return CreateOrPatchResult{std::move(*patched), changed ? Written::Changed : Written::Unchanged};
}

Awaitable<Result<Object>> retry_on_conflict(std::shared_ptr<Client> client, std::function<Awaitable<Result<Object>>()> attempt) {
  std::minstd_rand random(random_seed());
  std::uniform_real_distribution<double> jitter(1.0, 1.0 + kConflictJitter);
  for (int attempts = 1;; ++attempts) {
    auto trying = attempt();
    Result<Object> done = co_await std::move(trying);
    if (done || !done.error().is(Disposition::Conflict) || attempts == kAttempts) co_return done;
    const auto pause = std::chrono::duration_cast<async::Duration>(kConflictPause * jitter(random));
    co_await client->clock().sleep_until(client->clock().now() + pause);
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  }
}

Status set_controller_reference(const Object& owner, Object& object) {
  const std::string what = describe(object) + ": " + describe(owner) + " cannot own it: ";
  if (uid_of(owner).empty()) return fail(Disposition::Invalid, what + "it has no uid");
  if (!namespace_of(owner).empty() && namespace_of(owner) != namespace_of(object))
    return fail(Disposition::Invalid,
                what + (namespace_of(object).empty() ? "it has a namespace, and the owned object has none" : "they are in different namespaces"));
  json::Value reference = owner_reference(owner, true, true);
  json::Array& references = object.ref({"metadata", "ownerReferences"}).make_array();
  const auto same = [&](const json::Value& r) {
    return r["kind"] == reference["kind"] && r["name"] == reference["name"] &&
           group_of(r["apiVersion"].as_string()) == group_of(reference["apiVersion"].as_string());
  };
  for (const json::Value& r : references)
    if (r["controller"].as_bool() && !same(r)) return fail(Disposition::AlreadyExists, what + r["kind"].str() + " " + r["name"].str() + " controls it already");
  for (json::Value& r : references)
    if (same(r)) {
      r = std::move(reference);
      return {};
    }
  references.push_back(std::move(reference));
  return {};
}

}  // namespace slipway::kube
