#include "pkg/net/detail/connection.h"

#include <array>
#include <exception>

#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/net/detail/message_reader.h"

namespace slipway::net::detail {
namespace {

using ServicePtr = std::shared_ptr<const Service>;

constexpr std::size_t kMaxUnasked = 64UL << 10U;  // what a peer may send while it is being streamed to

Awaitable<Status> write_within(ServicePtr service, ByteStreamPtr stream, std::string bytes) {
  const DeadlineGuard guard(*service->clock, service->executor, service->clock->after(kWriteLimit), stream);
  co_return co_await stream->write(std::move(bytes));
}

Awaitable<void> finish_within(ServicePtr service, ByteStreamPtr stream) {
  const DeadlineGuard guard(*service->clock, service->executor, service->clock->after(kGoodbyeLimit), stream);
  co_await stream->finish();
}

// Whole answers, errors included. False where the connection is of no more use.
Awaitable<bool> send_whole(ServicePtr service, ByteStreamPtr stream, Response response, bool head_only, bool keep_alive) {
  const bool bodiless = response.status == 204 || response.status == 304;
  const Framing framing = bodiless ? Framing::None : Framing::Length;
  auto head = response_head(response, framing, !keep_alive);
  if (!head) {
    log::error("a handler's answer cannot be sent", {{"error", head.error().message()}});
    response = Response(500, "text/plain; charset=utf-8", "the answer cannot be sent\n");
    keep_alive = false;
    head = response_head(response, Framing::Length, true);
  }
  auto sent = co_await write_within(service, stream, head_only || bodiless ? std::move(*head) : *head + response.body);
  co_return sent.has_value() && keep_alive;
}

// Sends a stream until it ends, the peer is gone, or the server stops. Where the stream fails there is no last chunk, so the client sees a
// broken message, as it should.
Awaitable<void> pump(ServicePtr service, ByteStreamPtr stream, BodyStream* body, Framing framing, bool* ended) {
  for (;;) {
    auto piece = co_await body->read(Deadline::never());
    if (!piece) co_return;
    *ended = piece->empty();
    if (*ended && framing == Framing::UntilClose) co_return;
    std::string bytes = *ended ? std::string(kLastChunk) : framing == Framing::Chunked ? chunk(*piece) : std::move(*piece);
    auto written = co_await write_within(service, stream, std::move(bytes));
    if (!written || *ended) co_return;
  }
}

// While the pump writes, all there is to read is the peer's end. Then the pump is cancelled, wherever it waits.
Awaitable<void> watch_peer(ByteStreamPtr stream, async::TaskGroup* pumping) {
  const auto buffer = std::make_unique<std::array<char, 512>>();
  for (std::size_t unasked = 0; unasked < kMaxUnasked;) {
    auto n = co_await stream->read(std::span<char>(*buffer));
    if (!n || *n == 0) break;
    unasked += *n;
  }
  pumping->cancel();
}

// A stream is always the last on its connection.
Awaitable<void> send_stream(ServicePtr service, ByteStreamPtr stream, Response response, bool http_1_0, bool head_only) {
  const Framing framing = http_1_0 ? Framing::UntilClose : Framing::Chunked;
  const std::unique_ptr<BodyStream> body = std::move(response.stream);
  auto head = response_head(response, framing, true);
  if (!head) {
    const bool sent = co_await send_whole(service, stream, std::move(response), head_only, false);
    static_cast<void>(sent);
    co_return;
  }
  auto sent = co_await write_within(service, stream, std::move(*head));
  if (!sent || head_only) co_return;
  bool ended = false;
  async::TaskGroup pumping(service->executor);
  async::TaskGroup watching(service->executor);
  pumping.spawn("stream to " + stream->peer().address, pump(service, stream, body.get(), framing, &ended));
  watching.spawn("watch " + stream->peer().address, watch_peer(stream, &pumping));
  co_await pumping.join();
  co_await watching.stop();
  if (!ended || framing != Framing::UntilClose) co_return;
  co_await finish_within(service, stream);
}

Awaitable<Response> call_handler(ServicePtr service, Request request) {
  std::string thrown;
  try {
    co_return co_await service->handler(std::move(request));
  } catch (const std::exception& e) {
    thrown = e.what();
  }
  log::error("a handler threw", {{"error", thrown}});
  co_return Response(500, "text/plain; charset=utf-8", "internal error\n");
}

Awaitable<bool> answer(ServicePtr service, ByteStreamPtr stream, Request request, bool http_1_0, bool keep_alive) {
  const bool head_only = request.method == "HEAD";
  Response response = co_await call_handler(service, std::move(request));
  if (response.status == 0) co_return false;
  if (response.stream) {
    co_await send_stream(service, stream, std::move(response), http_1_0, head_only);
    co_return false;
  }
  co_return co_await send_whole(service, stream, std::move(response), head_only, keep_alive);
}

// Tells the peer what is wrong with its request, where there is something to tell.
Awaitable<void> refuse(ServicePtr service, ByteStreamPtr stream, Error error, bool head_too_large) {
  if (!error.is(Disposition::Invalid) && !error.is(Disposition::Terminal)) co_return;
  const int status = head_too_large ? 431 : error.is(Disposition::Terminal) ? 413 : 400;
  Response response(status, "text/plain; charset=utf-8", error.message() + "\n");
  const bool sent = co_await send_whole(service, stream, std::move(response), false, false);
  static_cast<void>(sent);
  co_await finish_within(service, stream);
}

Awaitable<Status> read_head_within(ServicePtr service, ByteStreamPtr stream, MessageReader* reader) {
  {
    const DeadlineGuard idle(*service->clock, service->executor, service->clock->after(kIdleLimit), stream);
    auto first = co_await reader->read_first_byte();
    if (!first) co_return first;
  }
  const DeadlineGuard reading(*service->clock, service->executor, service->clock->after(kHeadLimit), stream);
  co_return co_await reader->read_head();
}

Awaitable<Result<std::string>> read_body_within(ServicePtr service, ByteStreamPtr stream, MessageReader* reader) {
  const DeadlineGuard guard(*service->clock, service->executor, service->clock->after(kBodyLimit), stream);
  Decoder& decoder = reader->decoder();
  const bool fits = decoder.content_length().value_or(0) <= service->max_body;
  if (fits && !decoder.done() && to_lower(decoder.head().headers.get("Expect")) == "100-continue") {
    auto sent = co_await stream->write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return fail(std::move(sent).error());
  }
  co_return co_await reader->read_body(service->max_body);
}

Awaitable<bool> serve_one(ServicePtr service, ByteStreamPtr stream, MessageReader* reader) {
  auto head = co_await read_head_within(service, stream, reader);
  if (!head) {
    co_await refuse(service, stream, std::move(head).error(), reader->decoder().too_large());
    co_return false;
  }
  auto body = co_await read_body_within(service, stream, reader);
  if (!body) {
    co_await refuse(service, stream, std::move(body).error(), false);
    co_return false;
  }
  Decoder& decoder = reader->decoder();
  Request request(std::move(decoder.head().method), std::move(decoder.head().target));
  request.headers = std::move(decoder.head().headers);
  request.body = std::move(*body);
  request.peer = stream->peer();
  const bool http_1_0 = decoder.head().http_1_0;
  const bool keep_alive = !http_1_0 && decoder.keep_alive();
  reader->next(Decoder::Kind::Request);
  co_return co_await answer(service, stream, std::move(request), http_1_0, keep_alive);
}

}  // namespace

Awaitable<void> serve_connection(ServicePtr service, ByteStreamPtr stream) {
  MessageReader reader(Decoder::Kind::Request, stream);
  for (bool more = true; more;) {
    const bool again = co_await serve_one(service, stream, &reader);
    more = again;
  }
  stream->close();
}

}  // namespace slipway::net::detail
