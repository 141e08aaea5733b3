// The simulated world as both `demo` and `simulate` set it up: hub on TLS, kubeconfig on disk, our CRDs and the demo's samples. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "cmd/simulation/commands.h"
#include "cmd/slipway/process.h"
#include "pkg/kube/client.h"
#include "pkg/simcloud/simcloud.h"

namespace slipway::cmd {

struct WorldSetup {
  std::unique_ptr<simcloud::World> world;
  std::shared_ptr<kube::Client> client;  // of the hub, over TLS
  std::string kubeconfig;                // path
  std::string config_dir;
};
// Starts the world and installs our CRDs; samples are the caller's to apply. Errors: what is wrong with a flag, a file, a port.
async::Awaitable<Result<WorldSetup>> start_world(Process& process, WorldFlags flags);

}  // namespace slipway::cmd
