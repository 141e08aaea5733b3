// What the requests of one transport share: where the server is, how to dial it, and the connections that wait for the next request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pkg/net/byte_stream.h"
#include "pkg/net/client.h"
#include "pkg/net/detail/address_book.h"
#include "pkg/net/detail/retirable_stream.h"
#include "pkg/net/detail/tls_keeper.h"
#include "pkg/net/detail/url.h"
#include "pkg/net/proxy.h"

namespace slipway::net::detail {

struct Pool : std::enable_shared_from_this<Pool> {
  struct Idle {
    ByteStreamPtr stream;
    async::TimePoint since;
  };
  async::Executor executor;
  async::Clock* clock = nullptr;
  Url url;
  std::string server_name;
  std::optional<ProxyUrl> proxy;
  Resolve resolve;
  std::chrono::seconds connect_timeout{30};
  std::chrono::milliseconds retry_wait{1000};
  std::size_t max_body = 0;
  std::optional<TlsKeeper> tls;     // none: plain TCP
  bool credentials_change = false;  // they come from a source that may hand out others
  AddressBook addresses;            // of the server, or of the proxy
  std::vector<Idle> idle;
  std::vector<std::weak_ptr<RetirableStream>> live;  // where the credentials may change: all there are
  std::shared_ptr<void> alarm;                       // to look at the credentials again, and to drop what has been idle for too long
  async::TimePoint alarm_at{};
  bool closed = false;

  [[nodiscard]] ByteStreamPtr take_idle();  // the youngest that still seems good, or null
  void give_back(ByteStreamPtr stream);
  void refresh();         // credentials
  void close() noexcept;  // nothing waits here any more; what comes back is closed
  void arm();             // the alarm, where something needs it
  // A server that took the connection and then said nothing: another address is tried first for a while.
  void silent(const ByteStream& stream);
};
using PoolPtr = std::shared_ptr<Pool>;

// A new connection. Errors: Transient, Timeout, Canceled.
Awaitable<Result<ByteStreamPtr>> dial(PoolPtr pool, Deadline deadline);

}  // namespace slipway::net::detail
