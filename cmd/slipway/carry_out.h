// What `slipway init` and `slipway providers upgrade` do the same: the flags of how to write, and the writing of sets that are known to fit together, with what
// is said about it: a line on stderr whenever what is done or waited for has changed, and the result on stdout.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/slipway/cli.h"
#include "cmd/slipway/resolve_sets.h"

namespace slipway::cmd {

struct WriteFlags {
  std::string cert_manager_version;
  bool wait = true;
  std::string wait_timeout = "5m";
  bool dry_run = false;
  Output output = Output::Table;
};
void add_write_flags(CLI::App& app, WriteFlags& flags);

struct Writing {
  std::shared_ptr<const Sources> sources;
  std::shared_ptr<kube::Client> client;
  ResolvedSets sets;
  std::optional<ResolvedSets> previous;                 // of an upgrade: the way back
  std::vector<providers::InstalledProvider> installed;  // before
};
// The exit code. Errors: those of install_sets and dry_run.
async::Awaitable<Result<int>> carry_out(WriteFlags flags, Writing writing);

// One provider of the result.
struct WrittenProvider {
  providers::ProviderId id;
  std::string version;
  std::string from;  // the version before; empty: there was none
  std::string ns;
  std::string source;                                     // where its components came from
  std::string digest;                                     // "sha256:..." of them
  [[nodiscard]] std::string_view state() const noexcept;  // installed, unchanged or upgraded
};
[[nodiscard]] std::vector<WrittenProvider> written(const ResolvedSets& sets, const std::vector<providers::InstalledProvider>& before);
// "upgraded CoreProvider cluster-api v1.13.0 -> v1.14.0 (capi-system)". Pure.
[[nodiscard]] std::string line_of(const WrittenProvider& provider);
[[nodiscard]] json::Value value_of(const std::vector<WrittenProvider>& providers);

// Refuses a server that is older than what is installed can run on. Errors: Unsupported, naming both versions; the client's.
async::Awaitable<Status> check_server_version(std::shared_ptr<kube::Client> client);

}  // namespace slipway::cmd
