// The flags of `slipway move`: clusterctl's under clusterctl's names, and Slipway's own beside them. Thread: main's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/slipway/cli.h"
#include "cmd/slipway/components_flags.h"
#include "pkg/pivot/pivot.h"

namespace slipway::cmd {

enum class MoveMode : std::uint8_t { Move, Resume, Rollback, DryRun, Rehearse, Status };

// A folder or a file instead of one of the clusters.
struct BackupFlags {
  std::string to_directory, to_archive, from_directory, from_archive;  // one of them, or none
  std::string key_file;
  bool unencrypted = false;
  [[nodiscard]] bool asked_for() const noexcept { return saves() || restores(); }
  [[nodiscard]] bool saves() const noexcept { return !to_directory.empty() || !to_archive.empty(); }
  [[nodiscard]] bool restores() const noexcept { return !from_directory.empty() || !from_archive.empty(); }
};

struct MoveFlags {
  ClusterFlags source, target;
  std::string ns;
  bool all_namespaces = false;
  std::vector<std::string> clusters, allow_unprovisioned;  // [NAMESPACE/]NAME
  std::string target_namespace;
  BackupFlags backup;
  bool resume = false, rollback = false, dry_run = false, rehearse = false, status = false;  // one of them, or none
  std::string timeout = "15m";
  bool no_rehearse = false;
  std::optional<bool> quiesce_providers;  // not said: where everything moves
  std::string on_unmovable = "fail";
  std::string gitops = "refuse";
  std::size_t concurrency = pivot::Options{}.max_concurrency;
  std::string id;  // empty: found by the clusters and what moves
  std::string journal_namespace = "slipway-system";
  Output output = Output::Table;
  [[nodiscard]] MoveMode mode() const noexcept;
  [[nodiscard]] bool has_target() const noexcept { return !target.kubeconfig.empty() || !target.context.empty(); }
};
void add_move_flags(CLI::App& app, MoveFlags& flags);
// What goes together. Errors: Invalid.
[[nodiscard]] Status check_move_flags(const MoveFlags& flags);
// The engine's options, but for the id; `current_namespace` is the kubeconfig's.
[[nodiscard]] pivot::Options move_options(const MoveFlags& flags, const std::string& current_namespace);

// The words of a command that names the same clusters, the same set and this move, for a shell.
[[nodiscard]] std::string target_as_cluster_flags(const MoveFlags& flags);  // " --kubeconfig b", for a command that works on the target
[[nodiscard]] std::string move_command_line(const MoveFlags& flags, const pivot::Options& options);

}  // namespace slipway::cmd
