// Writing what a caller changed in an object that others write too.
//
// Flow: take the object as it was read, change a copy, patch(): spec and metadata go as one merge patch, status as another through its subresource, each only
// where something differs. Guarantees: fields that did not change are not sent, so that others' concurrent changes to them survive; name and namespace cannot
// change; lists are replaced whole, so with `optimistic` (the default) the server refuses the patch where anybody has written meanwhile. Source: Cluster API
// util/patch, controller-runtime controllerutil.CreateOrPatch.
// Errors: Conflict (read again and try again: retry_on_conflict), Invalid (another object), the client's.
#pragma once

#include <functional>
#include <memory>

#include "pkg/kube/client.h"

namespace slipway::kube {

struct PatchHelperOptions {
  bool optimistic = true;
  std::string field_manager = "slipway";
};
// The object as the server has it afterwards; `before` where nothing differs, without a request.
Awaitable<Result<Object>> patch_changes(std::shared_ptr<Client> client, GroupVersionResource gvr, ObjectPtr before, Object after,
                                        PatchHelperOptions options = {});

// The two merge patches, null where there is nothing to say. Pure.
struct Changes {
  json::Value main;    // spec, metadata and whatever else but status
  json::Value status;  // {"status": ...}
};
// Errors: Invalid.
[[nodiscard]] Result<Changes> changes_between(const Object& before, const Object& after, bool optimistic);

// What create_or_patch() did.
enum class Written : std::uint8_t { Unchanged, Created, Changed };
struct CreateOrPatchResult {
  Object object;
  Written written = Written::Unchanged;
};
// Reads the object; creates `object` as `mutate` leaves it where there is none, else writes what `mutate` changes in the one there is. Where the server fills
// in what `mutate` takes away, every call writes: mutate only what you own. Errors: as above; the client's; `mutate`'s own.
Awaitable<Result<CreateOrPatchResult>> create_or_patch(std::shared_ptr<Client> client, GroupVersionResource gvr, Object object,
                                                       std::function<Status(Object&)> mutate, PatchHelperOptions options = {});

// Runs `attempt` again while it ends with Conflict: five times in all, 10 ms and up to a tenth more apart (client-go util/retry.DefaultRetry). It must read the
// object itself each time. Prefer a patch of your own fields without a resourceVersion, which needs none of this.
Awaitable<Result<Object>> retry_on_conflict(std::shared_ptr<Client> client, std::function<Awaitable<Result<Object>>()> attempt);

// Makes `owner` the one controller of `object`, in its metadata. Errors: AlreadyExists where another controls it; Invalid where the owner could not be found by
// the garbage collector: it is namespaced and the object is elsewhere or cluster-scoped, or it has no uid.
[[nodiscard]] Status set_controller_reference(const Object& owner, Object& object);

}  // namespace slipway::kube
