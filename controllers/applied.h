// Whether an object that we want is there as we want it. First by looking: what we want is contained in what is there. Where a server or a webhook rewrites
// what we send (defaults, normalised versions), by memory: we sent exactly this, and nothing has changed the object since. So waiting reconciles write nothing,
// and drift is put right. Not persisted: after a restart the worst is one apply more. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "controllers/cluster_view.h"

namespace slipway::controllers {

// Every member of `wanted` is in `live`: objects member by member, lists of named entries by name, other lists element by element. What is empty, zero or false
// may be absent, as Go's omitempty leaves it out.
[[nodiscard]] bool contains(const json::Value& live, const json::Value& wanted);

class AppliedMemory {
 public:
  void remember(const std::string& instance, const Object& wanted, const Object& answer);
  // `live` null: for kinds that are not watched, whether we sent it before.
  [[nodiscard]] bool knows(const std::string& instance, const Object& wanted, const Object* live) const;
  void forget(const std::string& instance);

 private:
  struct Entry {
    std::uint64_t hash = 0;
    std::string uid;
    std::int64_t generation = 0;
    std::string resource_version;
  };
  std::map<std::string, std::map<std::string, Entry>> entries_;  // by cluster, by object
};

// True where exactly this was sent, and nothing has changed the object since (as far as its kind is watched): no look inside.
[[nodiscard]] bool sent_before(const ClusterView& view, const AppliedMemory* memory, const Object& wanted);
// True where applying `wanted` would change nothing. False for kinds that are not watched, unless the memory knows.
[[nodiscard]] bool settled(const ClusterView& view, const AppliedMemory* memory, const Object& wanted);

}  // namespace slipway::controllers
