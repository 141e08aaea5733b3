// Puts a bearer token on every request. A token file is read again at most every 50 s, since the kubelet rotates projected tokens, and before the next request
// after a 401. While a file cannot be read the last good token stays in use (client-go transport/token_source.go). Nothing is replayed.
#pragma once

#include <memory>
#include <string>

#include "pkg/net/http.h"

namespace slipway::kube::detail {

// token_file wins where both are given. Errors of a request: Unauthorized where there has been no good token yet, naming the file.
[[nodiscard]] std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, std::string token,
                                                                  std::string token_file);

}  // namespace slipway::kube::detail
