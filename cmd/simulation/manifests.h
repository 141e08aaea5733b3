// YAML files of a folder, applied in the order of their names as kubectl would: for the demo's own set-up. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/client.h"

namespace slipway::cmd {

// Applies every object of every *.yaml in the folder; waits for a CRD to be Established before what follows. Errors: the first, naming file and object.
async::Awaitable<Status> apply_folder(std::shared_ptr<kube::Client> client, std::string folder);

}  // namespace slipway::cmd
