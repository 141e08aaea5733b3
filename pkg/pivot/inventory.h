// What a cluster holds that a move can concern, as values: kinds from labelled CRDs, and their objects with the few facts that the rules ask for.
// Pure; any thread. An object's text is kept only where it may be copied: memory grows with what moves, not with every Secret of the cluster.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/mapper.h"

namespace slipway::pivot {

struct Kind {
  kube::GroupVersionResource gvr;  // in the version that the move speaks
  std::string kind;
  bool move = false;       // every object of it moves, alone
  bool hierarchy = false;  // ... and all that it owns
  bool has_status = true;  // status is a subresource: it cannot be copied and is no part of the payload
  [[nodiscard]] bool is(std::string_view group, std::string_view name) const noexcept { return gvr.group == group && kind == name; }
  friend bool operator==(const Kind&, const Kind&) = default;
};
[[nodiscard]] bool is_cluster(const Kind& kind) noexcept;
[[nodiscard]] bool is_class(const Kind& kind) noexcept;
[[nodiscard]] bool is_machine(const Kind& kind) noexcept;
[[nodiscard]] bool is_core(const Kind& kind) noexcept;      // Secret, ConfigMap
[[nodiscard]] bool is_provider(const Kind& kind) noexcept;  // clusterctl's inventory: describes the cluster that it is in
[[nodiscard]] Kind secret_kind();
[[nodiscard]] Kind config_map_kind();

// The kind that a CRD labelled for clusterctl defines, in its storage version; nothing where the label is missing or no version is served.
[[nodiscard]] std::optional<Kind> kind_of_crd(const kube::Object& crd);
// `kind` in a version that both sides serve: the source's storage version, else the first that the target serves and prefers. False where there is none.
// `target`: its versions of this resource, preferred first.
[[nodiscard]] bool agree_on_version(Kind& kind, const kube::Object& source_crd, const std::vector<kube::ApiResource>& target);

// A name in a field of an object: "spec.identityRef: VSphereClusterIdentity tkg".
struct Reference {
  std::string field;
  std::optional<std::string> group;  // nothing: the field does not say it
  std::string kind;
  kube::ObjectKey key;  // without namespace: the referrer's own, or a cluster-scoped object
};
// All that the fields of `object` other than metadata and status refer to: objects with kind and name, and names of Secrets and ConfigMaps.
[[nodiscard]] std::vector<Reference> references_of(const kube::Object& object);
// Where those fields say namespace `from`, they say `to` afterwards.
void rewrite_references(kube::Object& object, const std::string& from, const std::string& to);

struct Owner {
  std::string group, kind, name, uid;
};

struct Item {
  std::size_t kind = 0;  // in Inventory::kinds
  kube::ObjectKey key;
  std::string uid, resource_version;
  std::vector<Owner> owners;
  bool deleting = false, move = false, hierarchy = false, finalizers = false;
  bool infrastructure = false;  // Provider: of infrastructure
  bool paused = false;          // Cluster: spec.paused; ClusterClass: the annotation
  std::string awaits;           // why it does not stand still yet after a pause; empty: it does, or nobody says
  std::string cluster;          // ClusterResourceSetBinding: spec.clusterName
  kube::ObjectKey classed;      // Cluster with a topology: its ClusterClass
  std::vector<Reference> references;
  std::string pause_token, move_id, source_uid;  // our marks, where it has them
  bool kept_on_source = false;
  std::string text;  // the object as compact JSON, or empty
};

struct Inventory {
  std::vector<Kind> kinds;
  std::vector<Item> items;
  std::vector<std::string> resource_versions;  // of the list of each kind, for watches
  [[nodiscard]] const Kind& kind_of(const Item& item) const { return kinds[item.kind]; }
  [[nodiscard]] std::string describe(const Item& item) const;  // "Machine tkg-system/x"
};

// Reads the facts; `text` stays empty. References are read where the object could move.
[[nodiscard]] Item read_item(std::size_t index, const Kind& kind, const kube::Object& object);
// False for Secrets and ConfigMaps that no rule can link with anything: no owner, no label, no known name.
[[nodiscard]] bool could_move(const Kind& kind, const Item& item);
// The cluster's name in a Secret's name `<cluster>-<purpose>`; empty where the name is of another form.
[[nodiscard]] std::string_view cluster_of_secret(std::string_view secret_name) noexcept;
// A block-move annotation, or a Paused condition that is not True on an object of a Cluster; empty where neither.
[[nodiscard]] std::string reason_to_wait(const Kind& kind, const kube::Object& object);
// True for what is ours and about the cluster that it is on, and no part of what a move accounts for: a journal, and what an installation of providers keeps.
[[nodiscard]] bool is_machinery(const Kind& kind, const kube::Object& object) noexcept;

}  // namespace slipway::pivot
