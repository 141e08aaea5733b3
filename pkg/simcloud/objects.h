// What every simulated controller does with objects: conditions, writes that send only what differs, names that follow from other names. Thread: the loop's
// only.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

// ---- names and small parts ----------------------------------------------------------------------------------------------------------
// Five characters of Kubernetes' name alphabet, always the same for a seed.
[[nodiscard]] std::string suffix(std::string_view seed);
[[nodiscard]] inline std::string suffixed(std::string_view base, std::string_view seed) { return std::string(base) + "-" + suffix(seed); }
using Pairs = std::initializer_list<std::pair<std::string_view, json::Value>>;
[[nodiscard]] json::Value object_of(Pairs members);
[[nodiscard]] json::Value list_of(std::initializer_list<json::Value> items);
void set_labels(Object& object, Pairs labels);
void add_owner(Object& object, const Object& owner, bool controller);  // replaces an entry of the same kind and name
[[nodiscard]] bool owned_by(const Object& object, const Object& owner) noexcept;
[[nodiscard]] json::Value object_reference(const Object& object);              // apiVersion, kind, name, namespace
[[nodiscard]] bool add_finalizer(Object& object, std::string_view finalizer);  // true where it was not there
void drop_finalizer(Object& object, std::string_view finalizer);
// The plural of a kind, as kubebuilder makes it: "VSphereClusterIdentity" -> "vsphereclusteridentities".
[[nodiscard]] std::string plural_of(std::string_view kind);
[[nodiscard]] Gvr gvr_of_reference(const json::Value& reference);  // namespaced kinds

// ---- Secrets and ConfigMaps ---------------------------------------------------------------------------------------------------------
[[nodiscard]] Object make_secret(const ObjectKey& key, std::string_view type, Pairs clear_values);
[[nodiscard]] Object make_config_map(const ObjectKey& key, Pairs data);
// A PEM block that names its subject and holds no key material: nothing in the simulated world signs or verifies with it.
[[nodiscard]] std::string placeholder_pem(std::string_view type, std::string_view subject);

// ---- conditions of Cluster API (v1beta1: with severity, Ready first, then by type) -------------------------------------------------
void set_true(Env env, Object& object, std::string_view type);
void set_false(Env env, Object& object, std::string_view type, std::string_view reason, std::string_view severity, std::string_view message);
// Ready: the gravest of `types` that are False (the first of them in the order given), or True.
void summarize(Env env, Object& object, std::initializer_list<std::string_view> types);
// `type` on `object` as condition `from_type` of another object; False with `fallback` where that has none.
void mirror(Env env, Object& object, std::string_view type, const Object* from, std::string_view from_type, std::string_view fallback);

// ---- writes -------------------------------------------------------------------------------------------------------------------------
[[nodiscard]] kube::WriteOptions write_as(std::string_view field_manager);
[[nodiscard]] kube::PatchOptions patch_as(std::string_view field_manager, std::string_view subresource = {});
// Creates; an object of that name that is there already is a success (false).
Awaitable<Result<bool>> create(Env env, Gvr gvr, Object object);
// The same, and then its status through the subresource (a create drops it).
Awaitable<Result<bool>> create_with_status(Env env, Gvr gvr, Object object);
// Sends the difference between what the cache had and `wanted`: the object under its resourceVersion, then its status. Gone objects are a success.
Awaitable<Status> save(Env env, Gvr gvr, ObjectPtr cached, Object wanted);
// Deletes under a UID precondition; being gone or replaced is a success.
Awaitable<Status> remove(Env env, Gvr gvr, ObjectPtr object);

}  // namespace slipway::simcloud
