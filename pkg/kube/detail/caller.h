// How one request of a client gets its answer: past the breaker, in the lane for writes, again where the server says when, and counted.
//
// Rules (client-go rest.Request, but for the lane and the breaker): 429 and 5xx with a Retry-After header are sent again, whatever the verb, after that time
// and up to a tenth more, at most ten times, and only where the deadline leaves room for it; otherwise the answer is the caller's. Streams are not sent again:
// who reads them knows better when. Transport errors are not repeated here (net does, for GETs).
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/client.h"

namespace slipway::kube::detail {

class Caller {
 public:
  Caller(std::shared_ptr<net::Transport> transport, async::Clock& clock, std::string host, const ClientOptions& options);
  Awaitable<Result<net::Response>> send(net::Request request, Deadline deadline);
  Awaitable<Result<net::Response>> open(net::Request request, Deadline headers_deadline);
  void close();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

// The text of a Warning header of code 299, which API servers send (KEP-1693); empty for anything else. At most 1 KiB, one line.
[[nodiscard]] std::string warning_text(std::string_view header);
// Whole seconds from a Retry-After header, at most ten minutes; nothing where there is none, or a date.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after_of(const net::Headers& headers);

}  // namespace slipway::kube::detail
