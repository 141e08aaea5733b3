// Which part of the source a move is of, and where it lands. It is recorded in the journal: a move goes on with the scope that it was begun with. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "pkg/pivot/pivot.h"

namespace slipway::pivot {

struct Scope {
  std::string ns = {};                         // empty: all namespaces
  std::string target_namespace = {};           // where the objects of `ns` land; empty: in a namespace of the same name
  std::vector<kube::ObjectKey> clusters = {};  // sorted; empty: every Cluster

  [[nodiscard]] bool relocates() const noexcept { return !target_namespace.empty(); }
  // An object's key on the target, and back. Objects outside `ns` (what is shared, and provider namespaces) keep theirs.
  [[nodiscard]] kube::ObjectKey there(kube::ObjectKey key) const;
  [[nodiscard]] kube::ObjectKey here(kube::ObjectKey key) const;
  [[nodiscard]] std::string describe() const;  // "namespace a, landing in b, Clusters a/x, a/y", "all namespaces"
  friend bool operator==(const Scope&, const Scope&) = default;
};

// Errors: Invalid, naming the option: names that cannot exist, a target namespace without one namespace that it replaces, a Cluster outside the namespace.
[[nodiscard]] Result<Scope> scope_of(const Options& options);
// True where `list` has the key, or one of that name without namespace.
[[nodiscard]] bool names(const std::vector<kube::ObjectKey>& list, const kube::ObjectKey& key) noexcept;

}  // namespace slipway::pivot
