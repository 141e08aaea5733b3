#include "pkg/net/client.h"

#include <charconv>

#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/net/detail/http_codec.h"
#include "pkg/net/tcp.h"
#include "pkg/net/tls.h"

namespace slipway::net {
namespace {

using detail::MessageReader;

constexpr std::size_t kMaxIdle = 8;
constexpr auto kIdleLimit = std::chrono::seconds(60);  // kube-apiserver closes idle connections at 90 s

struct Url {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string prefix;
  [[nodiscard]] std::string host_header() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
  }
};

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) { return fail(Disposition::Invalid, "server URL \"" + shorten(text, 200) + "\": " + std::string(why)); };
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return wrong("must start with https://");
  }
  if (rest.find_first_of(" @?#\r\n\t") != std::string_view::npos) return wrong("may hold a host, a port and a path only");
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) {
    url.prefix = rest.substr(slash);
    while (url.prefix.ends_with('/')) url.prefix.pop_back();
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong("has no ] after the address");
    url.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const auto colon = rest.find(':');
    url.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
  }
  if (url.host.empty()) return wrong("has no host");
  if (port.empty()) return url;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc{} || end != port.data() + port.size() || url.port == 0) return wrong("the port must be a number from 1 to 65535");
  return url;
}

struct Shared {
  async::Executor executor;
  async::Clock* clock = nullptr;
  Url url;
  std::string server_name;
  std::chrono::seconds connect_timeout{30};
  std::size_t max_body = 0;
  TlsContextPtr tls;
  struct Idle {
    ByteStreamPtr stream;
    async::TimePoint since;
  };
  std::vector<Idle> idle;
  bool closed = false;

  ByteStreamPtr take_idle() {
    while (!idle.empty()) {
      Idle last = std::move(idle.back());
      idle.pop_back();
      if (clock->now() - last.since < kIdleLimit && last.stream->usable()) return last.stream;
    }
    return nullptr;
  }
  void give_back(ByteStreamPtr stream) {
    if (!closed && idle.size() < kMaxIdle) idle.push_back({std::move(stream), clock->now()});
  }
};
using SharedPtr = std::shared_ptr<Shared>;

Awaitable<Result<ByteStreamPtr>> dial(SharedPtr shared, Deadline deadline) {
  const Deadline until = min(deadline, shared->clock->after(shared->connect_timeout));
  auto socket = co_await tcp_connect(shared->executor, shared->clock, shared->url.host, shared->url.port, until);
  if (!socket) co_return fail(std::move(socket).error());
  if (!shared->tls) co_return make_tcp_stream(std::move(*socket));
  co_return co_await tls_client_handshake(std::move(*socket), shared->tls, shared->server_name, shared->clock, until);
}

struct Exchange {
  Result<Response> response;
  bool answered = false;  // a byte of an answer arrived
};

Awaitable<Exchange> exchange(SharedPtr shared, ByteStreamPtr stream, std::string bytes, Deadline deadline) {
  const DeadlineGuard guard(*shared->clock, shared->executor, deadline, stream);
  MessageReader reader(MessageReader::Kind::Response, stream, shared->max_body);
  auto sent = co_await stream->write(std::move(bytes));
  // An answer may be there although the write failed: a server that refuses a body answers and closes.
  if (!sent && sent.error().is(Disposition::Canceled)) co_return Exchange{fail(guard.explain(std::move(sent).error())), false};
  auto header = co_await reader.read_header();
  if (!header) co_return Exchange{fail(guard.explain(std::move(header).error())), reader.got_bytes()};
  Response response = reader.take_response();
  auto body = co_await reader.read_body();
  if (!body) co_return Exchange{fail(guard.explain(std::move(body).error())), true};
  response.body = std::move(*body);
  if (reader.keep_alive() && sent) {
    shared->give_back(std::move(stream));
  } else {
    stream->close();
  }
  co_return Exchange{std::move(response), true};
}

Awaitable<Result<Response>> send_request(SharedPtr shared, Request request, Deadline deadline) {
  const std::string what = request.method + " " + request.target;
  auto bytes = detail::serialize_request(request, shared->url.host_header(), shared->url.prefix);
  if (!bytes) co_return fail(std::move(bytes).error());
  if (ByteStreamPtr pooled = shared->take_idle()) {
    Exchange done = co_await exchange(shared, pooled, *bytes, deadline);
    const bool stale = !done.response && done.response.error().is(Disposition::Transient) && !done.answered;
    if (!stale || request.method != "GET") {
      if (!done.response) co_return fail(std::move(done.response).error().in(what));
      co_return std::move(done.response);
    }
  }
  auto stream = co_await dial(shared, deadline);
  if (!stream) co_return fail(std::move(stream).error());
  Exchange done = co_await exchange(shared, *stream, std::move(*bytes), deadline);
  if (!done.response) co_return fail(std::move(done.response).error().in(what));
  co_return std::move(done.response);
}

// The body of an opened response: owns its connection and closes it when dropped.
class ResponseStream final : public BodyStream {
 public:
  ResponseStream(SharedPtr shared, ByteStreamPtr stream, std::shared_ptr<MessageReader> reader)
      : shared_(std::move(shared)), stream_(std::move(stream)), reader_(std::move(reader)) {}
  ~ResponseStream() override { stream_->close(); }
  Awaitable<Result<std::string>> read(Deadline deadline) override { return read_piece(shared_, stream_, reader_, deadline); }

 private:
  static Awaitable<Result<std::string>> read_piece(SharedPtr shared, ByteStreamPtr stream, std::shared_ptr<MessageReader> reader, Deadline deadline) {
    const DeadlineGuard guard(*shared->clock, shared->executor, deadline, stream);
    auto piece = co_await reader->read_some_body();
    if (!piece) co_return fail(guard.explain(std::move(piece).error()));
    co_return piece;
  }
  SharedPtr shared_;
  ByteStreamPtr stream_;
  std::shared_ptr<MessageReader> reader_;
};

Awaitable<Result<Response>> open_stream(SharedPtr shared, Request request, Deadline deadline) {
  const std::string what = request.method + " " + request.target;
  auto bytes = detail::serialize_request(request, shared->url.host_header(), shared->url.prefix);
  if (!bytes) co_return fail(std::move(bytes).error());
  auto stream = co_await dial(shared, deadline);
  if (!stream) co_return fail(std::move(stream).error());
  const DeadlineGuard guard(*shared->clock, shared->executor, deadline, *stream);
  auto sent = co_await (*stream)->write(std::move(*bytes));
  if (!sent) co_return fail(guard.explain(std::move(sent).error()).in(what));
  auto reader = std::make_shared<MessageReader>(MessageReader::Kind::Response, *stream, shared->max_body);
  auto header = co_await reader->read_header();
  if (!header) co_return fail(guard.explain(std::move(header).error()).in(what));
  Response response = reader->take_response();
  response.stream = std::make_unique<ResponseStream>(shared, *stream, reader);
  co_return response;
}

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(SharedPtr shared) : shared_(std::move(shared)) {}
  ~HttpTransport() override { shutdown(); }
  Awaitable<Result<Response>> send(Request request, Deadline deadline) override { return send_request(shared_, std::move(request), deadline); }
  Awaitable<Result<Response>> open(Request request, Deadline headers_deadline) override { return open_stream(shared_, std::move(request), headers_deadline); }
  void close() override { shutdown(); }

 private:
  void shutdown() {
    shared_->closed = true;
    for (auto& idle : shared_->idle) idle.stream->close();
    shared_->idle.clear();
  }
  SharedPtr shared_;
};

}  // namespace

Result<std::shared_ptr<Transport>> make_transport(async::Executor executor, async::Clock& clock, TransportOptions options) {
  auto url = parse_url(options.url);
  if (!url) return fail(std::move(url).error());
  auto shared = std::make_shared<Shared>();
  shared->executor = std::move(executor);
  shared->clock = &clock;
  shared->url = std::move(*url);
  shared->server_name = options.tls_server_name.empty() ? shared->url.host : options.tls_server_name;
  shared->connect_timeout = options.connect_timeout;
  shared->max_body = options.max_body;
  if (shared->url.tls) {
    auto tls = make_client_tls(options.ca_pem, options.client_cert_pem, options.client_key_pem);
    if (!tls) return fail(std::move(tls).error());
    shared->tls = std::move(*tls);
  }
  return std::make_shared<HttpTransport>(std::move(shared));
}

}  // namespace slipway::net
