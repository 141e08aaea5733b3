// Garbage collection by ownerReferences, as kube-controller-manager's does it (pkg/controller/garbagecollector): dependents of absent owners go,
// foreground deletion waits for blocking dependents, orphaning strips the references. Thread: the loop's only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "pkg/kubesim/backend.h"

namespace slipway::kubesim {

struct ObjectRef {
  GroupResource gr;
  kube::ObjectKey key;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

class GarbageCollector {
 public:
  explicit GarbageCollector(Backend& backend) : backend_(backend) {}

  // Keeps the graph; returns who has to be looked at because of the change.
  [[nodiscard]] std::vector<ObjectRef> observe(const GroupResource& gr, const Change& change);
  // Looks at one object and does what is due. Returns who has to be looked at next.
  [[nodiscard]] std::vector<ObjectRef> collect(const ObjectRef& ref);

 private:
  enum class Owner : std::uint8_t { Solid, Waiting, Absent, Unknown };
  [[nodiscard]] Owner owner_state(const json::Value& reference, const std::string& ns) const;
  [[nodiscard]] std::vector<ObjectRef> dependents_of(std::string_view uid) const;
  [[nodiscard]] ResourcePtr def_of(const GroupResource& gr) const;
  [[nodiscard]] std::vector<ObjectRef> finish_foreground(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object);
  void orphan_dependents(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object);
  void attempt_delete(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object);
  void link(const ObjectRef& ref, const kube::Object& object);
  void unlink(const ObjectRef& ref, const kube::Object& object);

  Backend& backend_;
  std::map<std::string, ObjectRef, std::less<>> by_uid_;
  std::map<std::string, std::set<ObjectRef>, std::less<>> dependents_;  // by the uid of the owner
};

}  // namespace slipway::kubesim
