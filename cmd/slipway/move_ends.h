// The two clusters of a move: both answer, and they are two. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "cmd/slipway/move_flags.h"
#include "cmd/slipway/process.h"
#include "pkg/kube/client.h"

namespace slipway::cmd {

struct MoveEnd {
  std::shared_ptr<kube::Client> client;
  std::string uid;  // of namespace kube-system, which lives as long as its cluster
  std::string current_namespace;
};

// Reads kubeconfigs; asks nobody. Errors: Invalid, NotFound, naming side and file.
[[nodiscard]] Result<MoveEnd> open_source(const MoveFlags& flags, Process& process);
[[nodiscard]] Result<MoveEnd> open_target(const MoveFlags& flags, Process& process);
// Errors: the client's, naming the side and its server.
async::Awaitable<Result<std::string>> cluster_uid(std::string side, std::shared_ptr<kube::Client> client);
// That the target knows Clusters. Errors: Terminal, with the command that installs what the source has; the client's.
async::Awaitable<Status> check_cluster_api(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, std::string target_flags);

}  // namespace slipway::cmd
