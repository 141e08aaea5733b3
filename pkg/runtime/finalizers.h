// Finalizers, added and removed so that a concurrent change fails instead of being overwritten.
//
// Flow: add the finalizer, return, and wait for the watch; only then create what it guards. On deletion clean up first, then remove it.
// Guarantees: the patch tests the resourceVersion that was looked at; it changes this finalizer only; adding one that is there, or removing one that is
// not, sends nothing and returns the object as it is.
// Errors: Conflict where the object has changed (read again, and try again), the client's otherwise. NotFound on removal means that it is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::runtime {

// The JSON patch; nothing where there is nothing to do. Pure.
[[nodiscard]] std::optional<json::Value> add_finalizer_patch(const kube::Object& object, std::string_view finalizer);
[[nodiscard]] std::optional<json::Value> remove_finalizer_patch(const kube::Object& object, std::string_view finalizer);

async::Awaitable<Result<kube::Object>> add_finalizer(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectPtr object,
                                                     std::string finalizer);
async::Awaitable<Result<kube::Object>> remove_finalizer(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectPtr object,
                                                        std::string finalizer);

}  // namespace slipway::runtime
