#include "pkg/runtime/finalizers.h"

#include <algorithm>

namespace slipway::runtime {
namespace {

using async::Awaitable;
using kube::Object;

json::Value operation(std::string_view op, std::string_view path, std::optional<json::Value> value) {
  json::Value v;
  v.set("op", op);
  v.set("path", path);
  if (value) v.set("value", std::move(*value));
  return v;
}

json::Value guarded(const Object& object) {
  json::Value patch;
  patch.push_back(operation("test", "/metadata/resourceVersion", json::Value(kube::resource_version_of(object))));
  return patch;
}

// A failed test is a 422 that blames no field (kube-apiserver's patch handler); one that does is the object's validation, which no retry cures.
Error as_conflict(Error error) {
  const ApiStatus* status = error.status();
  if (!error.is(Disposition::Invalid) || status == nullptr || status->code != 422) return error;
  if (!std::ranges::all_of(status->causes, [](const auto& cause) { return cause.reason == "UnexpectedServerResponse"; })) return error;
  return Error(Disposition::Conflict, error.message() + " (the object has changed)", *status);
}

Awaitable<Result<Object>> send(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectPtr object, std::optional<json::Value> patch) {
  if (!patch) co_return *object;
  Result<Object> patched = co_await client->patch(gvr, kube::key_of(*object), kube::PatchType::Json, std::move(*patch), {});
  if (!patched) co_return fail(as_conflict(std::move(patched).error()).in("changing finalizers"));
  co_return patched;
}

}  // namespace

std::optional<json::Value> add_finalizer_patch(const Object& object, std::string_view finalizer) {
  if (kube::has_finalizer(object, finalizer)) return std::nullopt;
  json::Value patch = guarded(object);
  if (object["metadata"]["finalizers"].is_array()) {
    patch.push_back(operation("add", "/metadata/finalizers/-", json::Value(finalizer)));
  } else {
    json::Value list;
    list.push_back(finalizer);
    patch.push_back(operation("add", "/metadata/finalizers", std::move(list)));
  }
  return patch;
}

std::optional<json::Value> remove_finalizer_patch(const Object& object, std::string_view finalizer) {
  const json::Array& list = object["metadata"]["finalizers"].array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].as_string() != finalizer) continue;
    const std::string path = "/metadata/finalizers/" + std::to_string(i);
    json::Value patch = guarded(object);
    patch.push_back(operation("test", path, json::Value(finalizer)));
    patch.push_back(operation("remove", path, std::nullopt));
    return patch;
  }
  return std::nullopt;
}

Awaitable<Result<Object>> add_finalizer(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectPtr object, std::string finalizer) {
  std::optional<json::Value> patch = add_finalizer_patch(*object, finalizer);
  Result<Object> added = co_await send(std::move(client), std::move(gvr), std::move(object), std::move(patch));
  co_return added;
}

Awaitable<Result<Object>> remove_finalizer(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectPtr object,
                                           std::string finalizer) {
  std::optional<json::Value> patch = remove_finalizer_patch(*object, finalizer);
  Result<Object> removed = co_await send(std::move(client), std::move(gvr), std::move(object), std::move(patch));
  co_return removed;
}

}  // namespace slipway::runtime
