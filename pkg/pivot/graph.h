// Who owns whom: edges by the UID of ownerReferences, and the soft ones that clusterctl and we derive from names (reference: Cluster API's
// cmd/clusterctl/client/cluster/objectgraph.go). Pure; any thread. Indices are those of Inventory::items.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "pkg/pivot/inventory.h"

namespace slipway::pivot {

struct Links {
  std::vector<std::size_t> owners;      // ownerReferences that resolve
  std::vector<std::size_t> soft;        // owners that no ownerReference names
  std::vector<std::size_t> after;       // no owners, but must be there before: the ClusterClass of a Cluster, the identity of an infrastructure cluster
  std::vector<std::size_t> dependents;  // the reverse of owners and soft
  std::vector<std::size_t> followers;   // the reverse of all three
  std::vector<Owner> foreign;           // owners of kinds that were not discovered
  std::vector<Owner> stale;             // owners of discovered kinds that are gone
};

class Graph {
 public:
  explicit Graph(const Inventory& inventory);
  [[nodiscard]] const Links& operator[](std::size_t i) const { return links_[i]; }
  [[nodiscard]] std::size_t size() const noexcept { return links_.size(); }
  // Nothing where the group is not known and several match, or where there is no such object.
  [[nodiscard]] std::optional<std::size_t> find(const std::optional<std::string>& group, std::string_view kind, const kube::ObjectKey& key) const;
  // What a field of item `from` refers to: in the namespace that it names, in the referrer's, or cluster-scoped; a cluster-scoped referrer that names no
  // namespace means any.
  [[nodiscard]] std::optional<std::size_t> resolve(std::size_t from, const Reference& reference) const;
  [[nodiscard]] bool knows(const std::optional<std::string>& group, std::string_view kind) const;
  // Creation groups of the items in `in`: 0 has no owner in it, each next has all its owners in the ones before. Nothing for members of a cycle
  // and what hangs on them.
  [[nodiscard]] std::vector<std::optional<std::size_t>> levels(const std::vector<bool>& in) const;

 private:
  void add_hard(std::size_t i);
  void add_soft(std::size_t i);
  void own_softly(std::size_t owner, std::size_t dependent);
  void reverse();
  [[nodiscard]] std::vector<std::size_t> before(std::size_t i) const;  // owners, soft and after, each once

  const Inventory& inventory_;
  std::vector<Links> links_;
  std::map<std::string_view, std::size_t> by_uid_;
  std::multimap<std::pair<std::string_view, std::string_view>, std::size_t> by_kind_and_name_;
};

}  // namespace slipway::pivot
