#include "controllers/applied.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::controllers {
namespace {

bool is_empty(const json::Value& v) {
  if (v.is_null()) return true;
  if (v.is_bool()) return !v.as_bool();
  if (v.is_number()) return v.as_double() == 0;
  if (v.is_string()) return v.as_string().empty();
  return v.size() == 0;
}

bool all_named(const json::Array& list) {
  return !list.empty() && std::ranges::all_of(list, [](const json::Value& v) { return v["name"].is_string(); });
}

bool contains_list(const json::Array& live, const json::Array& wanted) {
  if (all_named(wanted)) {
    return std::ranges::all_of(wanted, [&](const json::Value& want) {
      const auto found = std::ranges::find_if(live, [&](const json::Value& have) { return have["name"].as_string() == want["name"].as_string(); });
      return found != live.end() && contains(*found, want);
    });
  }
  return std::ranges::equal(live, wanted, [](const json::Value& have, const json::Value& want) { return contains(have, want); });
}

std::string id_of(const Object& o) { return o["apiVersion"].str() + "/" + o["kind"].str() + "/" + kube::key_of(o).to_string(); }

}  // namespace

bool contains(const json::Value& live, const json::Value& wanted) {
  if (live.is_null()) return is_empty(wanted);
  if (wanted.is_null()) return false;
  if (wanted.is_object()) {
    if (!live.is_object()) return false;
    return std::ranges::all_of(wanted.object(), [&](const json::Member& m) { return contains(live[m.key], m.value); });
  }
  if (wanted.is_array()) return live.is_array() && contains_list(live.array(), wanted.array());
  return live == wanted;
}

void AppliedMemory::remember(const std::string& instance, const Object& wanted, const Object& answer) {
  entries_[instance][id_of(wanted)] = Entry{fnv1a(json::dump_canonical(wanted)), std::string(kube::uid_of(answer)), kube::generation_of(answer),
                                            std::string(kube::resource_version_of(answer))};
}

bool AppliedMemory::knows(const std::string& instance, const Object& wanted, const Object* live) const {
  const auto cluster = entries_.find(instance);
  if (cluster == entries_.end()) return false;
  const auto found = cluster->second.find(id_of(wanted));
  if (found == cluster->second.end() || found->second.hash != fnv1a(json::dump_canonical(wanted))) return false;
  if (live == nullptr) return true;
  if (kube::uid_of(*live) != found->second.uid) return false;
  // A cache may still show a generation from before our own write. Kinds without generations (RBAC, Services) tell by their version.
  const std::int64_t generation = kube::generation_of(*live);
  return generation == 0 ? kube::resource_version_of(*live) == found->second.resource_version : generation <= found->second.generation;
}

void AppliedMemory::forget(const std::string& instance) { entries_.erase(instance); }

bool sent_before(const ClusterView& view, const AppliedMemory* memory, const Object& wanted) {
  if (memory == nullptr) return false;
  const bool watched = gvr_of_kind(kube::gvk_of(wanted)) != nullptr;
  const ObjectPtr live = view.live(wanted);
  return (live || !watched) && memory->knows(view.instance, wanted, live.get());
}

bool settled(const ClusterView& view, const AppliedMemory* memory, const Object& wanted) {
  const ObjectPtr live = view.live(wanted);
  return (live && contains(*live, wanted)) || sent_before(view, memory, wanted);
}

}  // namespace slipway::controllers
