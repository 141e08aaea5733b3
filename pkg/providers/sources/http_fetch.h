// Gets one file over HTTP from a server that is not trusted: redirects are followed with care, sizes are capped while they arrive, passing trouble is waited
// out, and every error is a sentence that names the address (without its query, which may hold a signature) and what to do.
//
// - Redirects: at most 10, https to https (http only on this machine); credentials go to the origin of the first address only, and never again once it was
// left.
// - Tried again: lost and cut connections, time-outs, 408, 429, 5xx and exhausted rate limits; 1 s doubling to 15 s with jitter, or as long as the server asks.
//   A wait that would pass the deadline is not begun: the error says when to try again.
// - Every attempt has 30 s for the head of an answer and 60 s for each piece of its body, within the deadline.
// Thread: the loop's only. Cancellation: a cancelled call returns Canceled. The fetcher may be dropped while a call runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/net/client.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// Makes the way to "https://host" or "https://host:port". Errors: Invalid, naming what is wrong with the CA or the proxy.
using TransportFactory = std::function<Result<std::shared_ptr<net::Transport>>(std::string origin, const Access& access)>;
// net::make_transport with the CA of the access, through its proxy or the environment's.
[[nodiscard]] TransportFactory network_transports(async::Executor executor, async::Clock& clock);

// An attempt that did not work and is made again, told before the wait.
struct FailedAttempt {
  const Error& error;
  int attempt = 1;  // from 1
  int attempts = 1;
  async::Duration wait{};  // until the next
};
using AttemptListener = std::function<void(const FailedAttempt&)>;

// The value of an Authorization field: Bearer for a token, Basic for a user and password; empty for neither. Secret.
[[nodiscard]] std::string authorization_of(const Access& access);

struct FetchRequest {
  explicit FetchRequest(std::string url_) : url(std::move(url_)) {}
  std::string url;
  std::string method = "GET";  // or HEAD
  net::Headers headers;        // sent to every hop, except Authorization, Cookie, Private-Token and Job-Token
  std::string authorization;   // secret; sent to the origin of url only
  bool any_status = false;     // hand back what is neither a redirect nor trouble that passes: 401 with WWW-Authenticate, 404, 206, ...
  std::size_t max_bytes = kMaxFileBytes;
  int attempts = 6;
};

struct FetchResponse {
  int status = 200;
  net::Headers headers;
  std::string body;       // whole; of another status than 2xx at most the first 64 KiB
  std::string final_url;  // after redirects; without the query
};

class HttpFetcher {
 public:
  // The clock outlives the calls. `transports` null: network_transports. `listener` may be null.
  HttpFetcher(async::Executor executor, async::Clock& clock, Access access, TransportFactory transports = nullptr, AttemptListener listener = nullptr);
  // Errors: Invalid (the address, a redirect, a status, a file over max_bytes), NotFound (404, 410), Forbidden (401, 403), TooManyRequests (with
  // status()->retry_after where the server said it), Transient and Timeout (after the attempts), Canceled.
  [[nodiscard]] Awaitable<Result<FetchResponse>> send(FetchRequest request, Deadline deadline) const;
  [[nodiscard]] const Access& access() const noexcept;

  struct State;  // private to http_fetch.cpp

 private:
  std::shared_ptr<State> state_;
};

}  // namespace slipway::providers
