// What Slipway notes on clusterctl's inventory entries, as annotations: the request that an entry was written for, and a change that has begun and is not in
// the entry's version yet. Both stay with the cluster, so that another process, or another operator, knows them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controllers/managementcluster/observed.h"

namespace slipway::controllers::managementcluster {

inline constexpr std::string_view kChangeAnnotation = "slipway.dev/upgrade";
inline constexpr std::string_view kInstalledForAnnotation = "slipway.dev/installed-for";

// Written before the first write of a change, gone with the entry of the set that works.
struct Change {
  std::string to;    // the version that is wanted
  std::string hash;  // of everything that is wanted along with it: another one is another attempt
  WallTime since;
  bool rolled_back = false;
  std::string why;  // it was, for people
};
[[nodiscard]] std::optional<Change> change_of(const Object& entry);  // nothing where it cannot be read

struct InstalledFor {
  std::string request;  // "ns/name"
  std::string uid;
  std::string as;  // Role of the cluster for that request: "bootstrap", "target"
};
[[nodiscard]] std::optional<InstalledFor> installed_for(const Object& entry);
// Of this request; nothing for the command line, which has none.
[[nodiscard]] std::optional<InstalledFor> installed_for(const Input& in, Role role);
// A request that is there, still asks for that provider, and has not moved on from the cluster. From the command line that cannot be told, so it counts.
[[nodiscard]] bool still_asks(const Input& in, const InstalledFor& owner, const providers::Components& set);

// The entry that is written for a set when it works.
[[nodiscard]] Object entry_of(const Resolved& set, const std::optional<InstalledFor>& owner);
// The entry as it is, with the note of a change: nothing that clusterctl reads is another.
[[nodiscard]] Object noted(const Object& entry, const Resolved& wanted, const std::optional<InstalledFor>& owner, const Change& change);

// For a preview of an entry: whom the one that is there is for. Leaves what is no entry alone.
void keep_notes(Object& entry, const Object& live);

}  // namespace slipway::controllers::managementcluster
