// Credentials of a registry out of a `.dockerconfigjson`, as Kubernetes keeps them in Secrets of type kubernetes.io/dockerconfigjson. Pure; any thread.
#pragma once

#include <string_view>

#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// The entry for this host ("registry.example:5000"; Docker Hub under any of its names). Errors: NotFound, naming the hosts that there are; Invalid (no JSON, an
// entry without a user name and password, an identity token, which is not supported). Secrets are never repeated.
[[nodiscard]] Result<Access> access_from_docker_config(std::string_view dockerconfigjson, std::string_view host);

}  // namespace slipway::providers
