// What the world offers its controllers beyond their own API server. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/client.h"
#include "pkg/simcloud/cloud.h"
#include "pkg/simcloud/failures.h"
#include "pkg/simcloud/latency.h"

namespace slipway::simcloud {

struct ServerRequest {
  std::string name;  // in the world: "cluster/ns/name"
  std::string version;
  bool is_cluster = false;    // a cluster with nodes of its own, not a single-node throw-away one
  std::string cni;            // of a cluster: antrea, calico, none
  bool forbids_move = false;  // --fail pivot
};

struct Services {
  Services(async::Executor executor_, async::Clock& clock_, double speed, std::string fail)
      : executor(std::move(executor_)), clock(clock_), latency(speed), failures(std::move(fail)) {}
  virtual ~Services() = default;

  // Starts an API server with controllers on it and gives its kubeconfig; the running one where there is one of that name.
  virtual async::Awaitable<Result<std::string>> start_server(ServerRequest request) = 0;
  // Stops it in the background (the caller may be one of its controllers); nothing where there is none.
  virtual void stop_server(const std::string& name) = 0;
  // Null where there is none of that name.
  [[nodiscard]] virtual std::shared_ptr<kube::Client> client_of(const std::string& name) = 0;

  async::Executor executor;
  async::Clock& clock;
  Latency latency;
  Failures failures;
  Cloud cloud;
};

}  // namespace slipway::simcloud
