// What must be true of a cache, whatever goes wrong on the way: a reference model that follows a Store's changes beside the server's own map.
//
// At every change: an add is of a key that was not there, an update and a deletion of one that was; an update keeps the UID (a new one is a deletion and an
// add); resourceVersions of one object never go back. At the end: the store shows what the server has, every write was reconciled at its resourceVersion or
// later, and every key that is gone was told to its consumers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pkg/kube/resource_version.h"
#include "pkg/runtime/store.h"

namespace slipway::test {

class Oracle {
 public:
  explicit Oracle(runtime::Store& store) : store_(store) {
    store.subscribe([this](const runtime::Change& change) { follow(change); });
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  // A write of the server: to be reconciled at `rv` or later.
  void wrote(const std::string& name, std::uint64_t rv) { required_[name] = rv; }
  void deleted(const std::string& name) { required_.erase(name); }

  // What is wrong so far; empty where all is well.
  [[nodiscard]] const std::vector<std::string>& broken() const noexcept { return broken_; }
  // What is missing, where the store should have caught up.
  [[nodiscard]] std::vector<std::string> missing(const std::map<std::string, kube::Object>& server) const {
    std::vector<std::string> out;
    for (const auto& [name, object] : server) {
      const auto held = store_.get({"ns", name});
      if (!held)
        out.push_back(name + " is not in the store");
      else if (!(*held == object))
        out.push_back(name + " is not what the server has: " + std::string(kube::resource_version_of(*held)) + " for " +
                      std::string(kube::resource_version_of(object)));
    }
    if (store_.size() != server.size()) out.push_back("the store holds " + std::to_string(store_.size()) + " of " + std::to_string(server.size()));
    for (const auto& [name, rv] : required_) {
      const auto it = seen_.find(name);
      if (it == seen_.end() || is_older(it->second.rv, std::to_string(rv))) out.push_back(name + " was not reconciled at " + std::to_string(rv));
    }
    for (const auto& [name, seen] : seen_)
      if (!server.contains(name)) out.push_back("nobody was told that " + name + " is gone");
    return out;
  }
  [[nodiscard]] std::size_t changes() const noexcept { return changes_; }
  std::vector<std::string> take_story() { return std::exchange(story_, {}); }  // "+a", "~a", "-a"

 private:
  struct Seen {
    std::string uid;
    std::string rv;
  };
  static bool is_older(std::string_view a, std::string_view b) {
    const auto order = kube::compare_resource_versions(a, b);
    return order && *order < 0;
  }

  void follow(const runtime::Change& change) {
    ++changes_;
    const std::string& name = change.key.name;
    story_.push_back((!change.old_object ? "+" : !change.new_object ? "-" : "~") + name);
    const auto it = seen_.find(name);
    if (change.old_object && it == seen_.end()) broken_.push_back("a change of " + name + ", which was not there");
    if (!change.old_object && it != seen_.end()) broken_.push_back("an add of " + name + ", which was there");
    if (!change.new_object) {
      if (it != seen_.end()) seen_.erase(it);
      return;
    }
    const Seen now{.uid = std::string(kube::uid_of(*change.new_object)), .rv = std::string(kube::resource_version_of(*change.new_object))};
    if (it != seen_.end() && it->second.uid != now.uid) broken_.push_back(name + " became another object by an update");
    if (it != seen_.end() && is_older(now.rv, it->second.rv)) broken_.push_back(name + " went back from " + it->second.rv + " to " + now.rv);
    seen_[name] = now;
  }

  runtime::Store& store_;
  std::map<std::string, std::uint64_t> required_;
  std::map<std::string, Seen> seen_;
  std::vector<std::string> broken_;
  std::vector<std::string> story_;
  std::size_t changes_ = 0;
};

}  // namespace slipway::test
