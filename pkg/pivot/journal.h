// The journal of a move: ConfigMap `slipway-move-<id>` on both sides. It says where the move stands and what only it can know: the users' pauses, replicas and
// failure policies from before, the digest of the frozen set, the kinds. Not the objects: the target's own marks tell those. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pkg/pivot/inventory.h"
#include "pkg/pivot/pivot.h"
#include "pkg/pivot/scope.h"

namespace slipway::pivot {

inline constexpr std::int64_t kJournalVersion = 1;

struct Journal {
  Phase phase = Phase::Planned;
  std::string id;
  std::string purpose;         // "backup" and "restore" are run by their own calls; empty: a move
  std::string writer;          // of this run: a second run of the same move finds another one and stops
  std::string digest;          // of the frozen set; of a restore: of its backup
  std::optional<Scope> scope;  // that the move was begun with; nothing in journals from before it was recorded
  bool quiesced = false;
  std::int64_t planned = 0, created = 0, verified = 0, deleted = 0, kept = 0;
  std::map<std::string, std::int64_t> excluded;              // reason -> count
  std::map<std::string, std::string> pauses;                 // "Cluster ns/name" -> "true" | "false"; not listed: not set
  std::map<std::string, std::int64_t> replicas;              // "ns/name" of a Deployment -> replicas before; -1: not set
  std::map<std::string, std::vector<std::string>> policies;  // "resource/name" of a webhook configuration -> its webhooks that were Fail
  std::map<std::string, std::string> writers;                // "Kustomization ns/name" that was suspended -> what its switch was before, as JSON
  std::vector<Kind> kinds;                                   // that the frozen set has, so that a restart needs no discovery
  friend bool operator==(const Journal&, const Journal&) = default;
};

[[nodiscard]] std::string journal_name(std::string_view id);
// Errors: Terminal where it would not fit into a ConfigMap.
[[nodiscard]] Result<kube::Object> encode(const Journal& journal, std::string_view ns);
// Errors: Terminal, naming the ConfigMap: another version, not JSON, fields of a wrong type.
[[nodiscard]] Result<Journal> decode(const kube::Object& config_map);
// A kind as journals and backups have it; decoding leaves empty what is not there.
[[nodiscard]] json::Value encode(const Kind& kind);
[[nodiscard]] Kind decode_kind(const json::Value& value);
[[nodiscard]] Progress progress_of(const Journal& journal);
// Takes the plan's counts into the journal.
void count(Journal& journal, const Plan& plan);

// Where the move stands by both journals. Before the commit the source's counts, from the commit the target's (written first).
[[nodiscard]] Phase reconcile(std::optional<Phase> source, std::optional<Phase> target) noexcept;
[[nodiscard]] bool is_committed(Phase phase) noexcept;
[[nodiscard]] std::string pause_key(const Kind& kind, const kube::ObjectKey& key);

}  // namespace slipway::pivot
