// A client connected to a Handler without a socket. A handler that answers status 0 has closed the connection without an answer. The handler
// runs in the caller's coroutine, so the caller's cancellation is its own.
#include "pkg/async/task_group.h"
#include "pkg/net/client.h"

namespace slipway::net {
namespace {

constexpr std::size_t kMaxBody = 64UL << 20U;  // as TransportOptions

Awaitable<Result<Response>> call(std::shared_ptr<Handler> handler, Request request) {
  request.peer.address = "memory";
  const std::string what = request.method + " " + request.target;
  const bool stopped_before = co_await async::is_cancelled();
  if (stopped_before) co_return fail(Disposition::Canceled, what + ": stopped");
  Response response = co_await (*handler)(std::move(request));
  const bool stopped = co_await async::is_cancelled();
  if (stopped) co_return fail(Disposition::Canceled, what + ": stopped");
  if (response.status == 0) co_return fail(Disposition::Transient, what + ": the connection was closed without an answer");
  co_return response;
}

Awaitable<Result<Response>> call_and_collect(std::shared_ptr<Handler> handler, Request request, Deadline deadline) {
  auto response = co_await call(std::move(handler), std::move(request));
  if (!response || !response->stream) co_return response;
  for (;;) {
    auto piece = co_await response->stream->read(deadline);
    if (!piece) co_return fail(std::move(piece).error());
    if (piece->empty()) break;
    response->body += *piece;
    if (response->body.size() > kMaxBody) co_return fail(Disposition::Terminal, "the body is over the limit of " + std::to_string(kMaxBody) + " bytes");
  }
  response->stream.reset();
  co_return response;
}

class WholeBody final : public BodyStream {
 public:
  explicit WholeBody(std::string body) : body_(std::move(body)) {}
  Awaitable<Result<std::string>> read(Deadline) override { return give(std::exchange(body_, {})); }

 private:
  static Awaitable<Result<std::string>> give(std::string body) { co_return body; }
  std::string body_;
};

Awaitable<Result<Response>> call_and_stream(std::shared_ptr<Handler> handler, Request request) {
  auto response = co_await call(std::move(handler), std::move(request));
  if (response && !response->stream) response->stream = std::make_unique<WholeBody>(std::move(response->body));
  co_return response;
}

class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(Handler handler) : handler_(std::make_shared<Handler>(std::move(handler))) {}
  Awaitable<Result<Response>> send(Request request, Deadline deadline) override { return call_and_collect(handler_, std::move(request), deadline); }
  Awaitable<Result<Response>> open(Request request, Deadline) override { return call_and_stream(handler_, std::move(request)); }

 private:
  std::shared_ptr<Handler> handler_;
};

}  // namespace

std::shared_ptr<Transport> make_memory_transport(Handler handler) { return std::make_shared<MemoryTransport>(std::move(handler)); }

}  // namespace slipway::net
