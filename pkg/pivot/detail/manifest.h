// MANIFEST.json of a backup, and what its files hold. Pure; any thread. Both are read as if by an enemy: nothing that is refused here reaches a server.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/pivot/archive.h"
#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {

inline constexpr std::string_view kBackupFormat = "slipway.dev/backup/v1";

struct Entry {
  std::string file, digest;  // "sha256:..." of the file before it is sealed
  std::int64_t bytes = 0;
  std::size_t kind = 0;  // in Manifest::kinds
  kube::ObjectKey key;
  std::string uid;
  std::string reason;     // why it is kept on the source by a move; empty: it moves
  std::size_t group = 0;  // creation group, for people: a restore computes it again
  std::string paused;     // by its user: "true", "false", or empty (not set)
};

struct Manifest {
  std::string id, created, cluster;
  std::vector<Provider> providers;
  std::map<std::string, json::Value> namespaces;  // labels of those that the objects are in
  std::vector<Kind> kinds;
  std::vector<Entry> entries;
  std::map<std::string, std::int64_t> excluded;
};

// "cluster.x-k8s.io/Cluster/default/c1.json"; "core" for Secrets and ConfigMaps, "_cluster" for what has no namespace. What a file name cannot hold is
// percent-encoded, what is too long is cut and ends with a digest of the whole.
[[nodiscard]] std::string file_of(const Kind& kind, const kube::ObjectKey& key);

[[nodiscard]] std::string encode(const Manifest& manifest);
// Errors: Invalid, saying where: another format, fields that are missing, of another type or of a form that no server accepts; an object twice.
[[nodiscard]] Result<Manifest> decode_manifest(std::string_view text);

// Errors: Invalid where it is not as encode() wrote it. For accidents: who changes a manifest that is not sealed can change its digest too.
[[nodiscard]] Status check_manifest_digest(std::string_view text);

// What a file of the backup says: the object as its user has it, without our marks and what a server sets, but for its UID and managedFields.
// `user_state` of the pause: "true", "false" or empty.
[[nodiscard]] kube::Object saved_object(const Kind& kind, kube::Object object, std::string_view move_id, std::string_view user_state);
// Errors: Invalid: no JSON, or another object than the manifest says.
[[nodiscard]] Result<kube::Object> read_object(const Manifest& manifest, const Entry& entry, std::string_view text);

// A whole backup, verified.
struct Loaded {
  std::string digest;  // of the manifest
  bool sealed = false;
  Manifest manifest;
  std::shared_ptr<Snapshot> set;
};
// Errors: Invalid, naming the file: it is missing, not in the manifest, or another one than that says; owners that own each other.
[[nodiscard]] Result<Loaded> load(const Place& place);

}  // namespace slipway::pivot::detail
