// What the requests of one transport share: where the server is, how to dial it, and the connections that wait for the next request.
#pragma once

#include <string>
#include <vector>

#include "pkg/net/byte_stream.h"
#include "pkg/net/detail/url.h"
#include "pkg/net/tls.h"

namespace slipway::net::detail {

struct Pool {
  struct Idle {
    ByteStreamPtr stream;
    async::TimePoint since;
  };
  async::Executor executor;
  async::Clock* clock = nullptr;
  Url url;
  std::string server_name;
  std::chrono::seconds connect_timeout{30};
  std::size_t max_body = 0;
  TlsContextPtr tls;  // null: plain TCP
  std::vector<Idle> idle;
  bool closed = false;

  [[nodiscard]] ByteStreamPtr take_idle();  // the youngest that still seems good, or null
  void give_back(ByteStreamPtr stream);
  void close() noexcept;  // nothing waits here any more; what comes back is closed
};
using PoolPtr = std::shared_ptr<Pool>;

// A new connection. Errors: Transient, Timeout, Canceled.
Awaitable<Result<ByteStreamPtr>> dial(PoolPtr pool, Deadline deadline);

}  // namespace slipway::net::detail
