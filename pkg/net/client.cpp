#include "pkg/net/client.h"

#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/detail/message_reader.h"
#include "pkg/net/detail/pool.h"
#include "pkg/net/tcp.h"

namespace slipway::net {
namespace {

using detail::Decoder;
using detail::MessageReader;
using detail::Pool;
using detail::PoolPtr;

constexpr int kMaxRetries = 10;  // client-go rest.Request

Decoder::Kind kind_of_answer(const Request& request) { return request.method == "HEAD" ? Decoder::Kind::ResponseToHead : Decoder::Kind::Response; }

// "not HTTP" from a server is a broken connection to us: there may be a proxy in between that is just starting.
Error as_transport_error(Error error) {
  return error.is(Disposition::Invalid) ? Error(Disposition::Transient, "the answer is no HTTP: " + error.message()) : error;
}

Response take_response(Decoder& decoder) {
  Response response;
  response.status = decoder.head().status;
  response.headers = std::move(decoder.head().headers);
  return response;
}

// The head of the final answer: interim ones (1xx) are skipped.
Awaitable<Status> read_final_head(MessageReader* reader, Decoder::Kind kind) {
  for (;;) {
    auto head = co_await reader->read_head();
    if (!head) co_return head;
    const int status = reader->decoder().head().status;
    if (status >= 200) co_return Status{};
    if (status == 101) co_return fail(Disposition::Invalid, "the server switched to another protocol, which nobody asked for");
    reader->next(kind);
  }
}

struct Exchange {
  Result<Response> response = fail(Disposition::Transient, "no answer");
  bool answered = false;  // a byte of an answer arrived
  bool lost = false;      // the connection was reset or ended before the answer did
};

// What an expired client certificate looks like from here is a connection that the server cuts: then the message says so.
Error with_complaint(const Pool& pool, Error error) {
  const std::string complaint = pool.tls ? pool.tls->complaint(pool.clock->wall()) : std::string();
  return complaint.empty() || !error.is(Disposition::Transient) ? error : std::move(error).in(complaint);
}

Exchange failed(const Pool& pool, const DeadlineGuard& guard, Error error, bool answered) {
  Exchange out;
  out.lost = !guard.expired() && error.is(Disposition::Transient);
  out.response = fail(with_complaint(pool, guard.explain(as_transport_error(std::move(error)))));
  out.answered = answered;
  return out;
}

// One request and its whole answer on one connection, which goes back to the pool if it can carry another.
Awaitable<Exchange> exchange(PoolPtr pool, ByteStreamPtr stream, std::string bytes, Decoder::Kind kind, Deadline deadline) {
  const DeadlineGuard guard(*pool->clock, pool->executor, deadline, stream);
  MessageReader reader(kind, stream);
  auto sent = co_await stream->write(std::move(bytes));
  // An answer may be there although the write failed: a server that refuses a body answers and closes.
  if (!sent && sent.error().is(Disposition::Canceled)) co_return failed(*pool, guard, std::move(sent).error(), false);
  auto head = co_await read_final_head(&reader, kind);
  if (!head && guard.expired() && !reader.decoder().started()) pool->silent(*stream);
  if (!head) co_return failed(*pool, guard, sent ? std::move(head).error() : std::move(sent).error(), reader.decoder().started());
  Exchange out;
  out.answered = true;
  Response response = take_response(reader.decoder());
  auto body = co_await reader.read_body(pool->max_body);
  if (!body) co_return failed(*pool, guard, std::move(body).error(), true);
  response.body = std::move(*body);
  out.response = std::move(response);
  if (sent && !guard.expired() && reader.decoder().keep_alive() && reader.decoder().take_rest().empty())
    pool->give_back(std::move(stream));
  else
    stream->close();
  co_return out;
}

std::string what_of(const Pool& pool, const Request& request) {
  return request.method + " " + pool.url.origin() + shorten(pool.url.prefix + request.target, 300);
}

// On a connection that waited, or a new one. The one that waited may have been closed by the server meanwhile; then it shows before the first byte of an
// answer, and what only reads is sent on a new one.
Awaitable<Exchange> send_once(PoolPtr pool, std::string bytes, Decoder::Kind kind, Deadline deadline, bool reads) {
  if (ByteStreamPtr pooled = pool->take_idle()) {
    std::string copy = reads ? bytes : std::move(bytes);
    Exchange done = co_await exchange(pool, std::move(pooled), std::move(copy), kind, deadline);
    if (done.response || !reads || !done.lost || done.answered) co_return done;
  }
  auto stream = co_await detail::dial(pool, deadline);
  if (stream) co_return co_await exchange(pool, std::move(*stream), std::move(bytes), kind, deadline);
  Exchange out;
  out.response = fail(std::move(stream).error());
  co_return out;
}

void count_retry(const Pool& pool) {
  metrics::registry()
      .counter("rest_client_request_retries_total", "Number of request retries, partitioned by status code, verb, and host.",
               {{"code", "<error>"}, {"verb", "GET"}, {"host", pool.url.host_header()}})
      .add();
}

Awaitable<Result<Response>> send_request(PoolPtr pool, Request request, Deadline deadline) {
  const std::string what = what_of(*pool, request);
  const Decoder::Kind kind = kind_of_answer(request);
  auto head = detail::request_head(request, pool->url.host_header(), pool->url.prefix);
  if (!head) co_return fail(std::move(head).error());
  if (deadline.at <= pool->clock->now()) co_return fail(Disposition::Timeout, what + ": the deadline passed before the request was sent");
  const bool reads = request.method == "GET";
  const std::string bytes = std::move(*head) + std::exchange(request.body, {});
  for (int retries = 0;; ++retries) {
    std::string copy = bytes;
    Exchange done = co_await send_once(pool, std::move(copy), kind, deadline, reads);
    if (done.response) co_return std::move(done.response);
    const auto again_at = pool->clock->now() + pool->retry_wait;
    if (!reads || !done.lost || retries == kMaxRetries || again_at >= deadline.at) co_return fail(std::move(done.response).error().in(what));
    count_retry(*pool);
    co_await pool->clock->sleep_until(again_at);
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, what + ": stopped");
  }
}

// The body of an opened response: owns its connection and closes it when dropped, which also ends a read under way.
class ResponseStream final : public BodyStream {
 public:
  ResponseStream(PoolPtr pool, ByteStreamPtr stream, std::shared_ptr<MessageReader> reader, std::string what)
      : state_(std::make_shared<State>(std::move(pool), std::move(stream), std::move(reader), std::move(what))) {}
  ~ResponseStream() override { state_->stream->close(); }
  Awaitable<Result<std::string>> read(Deadline deadline) override { return read_piece(state_, deadline); }

 private:
  struct State {
    PoolPtr pool;
    ByteStreamPtr stream;
    std::shared_ptr<MessageReader> reader;
    std::string what;
    std::optional<Error> broken;  // after an error, always the same
  };
  static Awaitable<Result<std::string>> read_piece(std::shared_ptr<State> state, Deadline deadline) {
    if (state->broken) co_return fail(*state->broken);
    const DeadlineGuard guard(*state->pool->clock, state->pool->executor, deadline, state->stream);
    auto piece = co_await state->reader->read_piece();
    if (piece && piece->empty()) state->stream->close();
    if (piece) co_return piece;
    state->stream->close();
    state->broken = with_complaint(*state->pool, guard.explain(as_transport_error(std::move(piece).error()))).in(state->what);
    co_return fail(*state->broken);
  }
  std::shared_ptr<State> state_;
};

Awaitable<Result<Response>> open_stream(PoolPtr pool, Request request, Deadline deadline) {
  std::string what = what_of(*pool, request);
  const Decoder::Kind kind = kind_of_answer(request);
  auto head = detail::request_head(request, pool->url.host_header(), pool->url.prefix);
  if (!head) co_return fail(std::move(head).error());
  auto stream = co_await detail::dial(pool, deadline);
  if (!stream) co_return fail(std::move(stream).error().in(what));
  const DeadlineGuard guard(*pool->clock, pool->executor, deadline, *stream);
  auto sent = co_await (*stream)->write(std::move(*head) + std::exchange(request.body, {}));
  if (!sent) co_return fail(with_complaint(*pool, guard.explain(std::move(sent).error())).in(what));
  auto reader = std::make_shared<MessageReader>(kind, *stream);
  auto answered = co_await read_final_head(reader.get(), kind);
  if (!answered && guard.expired()) pool->silent(**stream);
  if (!answered) co_return fail(with_complaint(*pool, guard.explain(as_transport_error(std::move(answered).error()))).in(what));
  if (guard.expired()) co_return fail(Disposition::Timeout, what + ": the deadline passed");
  Response response = take_response(reader->decoder());
  response.stream = std::make_unique<ResponseStream>(std::move(pool), std::move(*stream), std::move(reader), std::move(what));
  co_return response;
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(PoolPtr pool) : pool_(std::move(pool)) {}
  ~HttpTransport() override { pool_->close(); }
  Awaitable<Result<Response>> send(Request request, Deadline deadline) override { return send_request(pool_, std::move(request), deadline); }
  Awaitable<Result<Response>> open(Request request, Deadline headers_deadline) override { return open_stream(pool_, std::move(request), headers_deadline); }
  void close() override { pool_->close(); }
  void refresh() override { pool_->refresh(); }

 private:
  PoolPtr pool_;
};

}  // namespace

Result<std::shared_ptr<Transport>> make_transport(async::Executor executor, async::Clock& clock, TransportOptions options) {
  auto url = detail::parse_url(options.url);
  if (!url) return fail(std::move(url).error());
  auto pool = std::make_shared<Pool>();
  pool->resolve = options.resolve ? std::move(options.resolve) : system_resolver(executor, clock);
  pool->executor = std::move(executor);
  pool->clock = &clock;
  pool->url = std::move(*url);
  pool->server_name = options.tls_server_name.empty() ? pool->url.host : options.tls_server_name;
  pool->connect_timeout = options.connect_timeout;
  pool->retry_wait = options.retry_wait;
  pool->max_body = options.max_body;
  if (!options.proxy.empty()) {
    auto proxy = parse_proxy(options.proxy);
    if (!proxy) return fail(std::move(proxy).error().in(pool->url.origin()));
    pool->proxy = std::move(*proxy);
  }
  if (pool->url.tls) {
    pool->credentials_change = options.tls_source != nullptr;
    const TlsIdentity fixed{std::move(options.ca_pem), std::move(options.client_cert_pem), std::move(options.client_key_pem)};
    if (!options.tls_source) options.tls_source = [fixed]() -> Result<TlsIdentity> { return fixed; };
    auto tls = detail::TlsKeeper::make(std::move(options.tls_source), pool->url.origin());
    if (!tls) return fail(std::move(tls).error().in(pool->url.origin()));
    pool->tls.emplace(std::move(*tls));
  }
  return std::make_shared<HttpTransport>(std::move(pool));
}

}  // namespace slipway::net
