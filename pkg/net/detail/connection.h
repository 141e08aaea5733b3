// One connection of a server: requests in, answers out, until either side has had enough. Knows no sockets, so a test can play the peer.
#pragma once

#include <chrono>
#include <memory>

#include "pkg/net/byte_stream.h"

namespace slipway::net::detail {

// Limits of time; each ends the connection. Sources: kube-apiserver and Go's net/http as it sets them up.
inline constexpr auto kIdleLimit = std::chrono::seconds(90);
inline constexpr auto kHeadLimit = std::chrono::seconds(32);
inline constexpr auto kBodyLimit = std::chrono::seconds(60);
inline constexpr auto kWriteLimit = std::chrono::seconds(60);  // a peer that does not read
inline constexpr auto kGoodbyeLimit = std::chrono::seconds(1);

struct Service {
  async::Executor executor;
  async::Clock* clock = nullptr;
  Handler handler;
  std::size_t max_body = 0;
};

// Returns when the connection is over; it is closed then. Ends soon after somebody else closes the stream or cancels the task: a handler that
// is under way is waited for, and cancelled only with the task.
Awaitable<void> serve_connection(std::shared_ptr<const Service> service, ByteStreamPtr stream);

}  // namespace slipway::net::detail
