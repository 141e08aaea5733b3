#include "pkg/net/detail/http_codec.h"

#include <array>
#include <charconv>
#include <optional>
#include <variant>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "pkg/base/strings.h"

namespace slipway::net::detail {
namespace {

namespace http = boost::beast::http;
namespace asio = boost::asio;

bool header_safe(std::string_view text) noexcept { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

template <class Fields>
Headers headers_of(const Fields& fields) {
  Headers out;
  for (const auto& field : fields) out.add(std::string(field.name_string()), std::string(field.value()));
  return out;
}

std::string hex_size(std::size_t n) { return hex(n); }

}  // namespace

Result<std::string> serialize_request(const Request& request, const std::string& host, const std::string& path_prefix) {
  if (!header_safe(request.method) || !header_safe(request.target) || request.target.find(' ') != std::string::npos)
    return fail(Disposition::Invalid, "a request target may not hold spaces or line breaks");
  std::string out = request.method + " " + path_prefix + request.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : request.headers.all()) {
    if (!header_safe(name) || !header_safe(value)) return fail(Disposition::Invalid, "header " + shorten(name, 40) + " holds a line break");
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  return out.append("\r\n").append(request.body);
}

std::string serialize_response_head(const Response& response, bool keep_alive, bool with_body) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers.all())
    if (header_safe(name) && header_safe(value)) out.append(name).append(": ").append(value).append("\r\n");
  if (response.stream) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (with_body) {
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  if (!keep_alive) out += "Connection: close\r\n";
  return out + "\r\n";
}

std::string chunk(const std::string& bytes) { return hex_size(bytes.size()) + "\r\n" + bytes + "\r\n"; }

struct MessageReader::State {
  using RequestParser = http::request_parser<http::string_body>;
  using ResponseParser = http::response_parser<http::string_body>;

  State(Kind k, ByteStreamPtr s, std::size_t limit) : kind(k), stream(std::move(s)), max_body(limit) { reset(); }

  void reset() {
    request.reset();
    response.reset();
    if (kind == Kind::Request) {
      request.emplace();
      configure(*request);
    } else {
      response.emplace();
      configure(*response);
    }
    started = !input.empty();
  }
  template <class Parser>
  static void configure(Parser& parser) {
    parser.eager(true);
    parser.header_limit(static_cast<std::uint32_t>(kHeaderLimit));
    parser.body_limit(boost::none);  // counted by us: Beast's limit counts a whole stream, and would end every long watch
  }
  template <class F>
  decltype(auto) with(F f) {
    return kind == Kind::Request ? f(*request) : f(*response);
  }

  // Feeds what has arrived. Errors: Invalid.
  Status feed() {
    boost::system::error_code ec;
    std::size_t used = 0;
    while (!input.empty() && !with([](auto& p) { return p.is_done(); })) {
      used = with([&](auto& p) { return p.put(asio::const_buffer(input.data(), input.size()), ec); });
      input.erase(0, used);
      if (ec == http::error::need_more || (!ec && used == 0)) break;
      if (ec) return fail(Disposition::Invalid, "not HTTP: " + ec.message());
    }
    return {};
  }
  Status end_of_input() {
    boost::system::error_code ec;
    with([&](auto& p) { p.put_eof(ec); });
    if (ec || !with([](auto& p) { return p.is_done(); })) return fail(Disposition::Transient, "the connection closed in the middle of a message");
    return {};
  }
  std::string take_body() {
    return with([](auto& p) { return std::exchange(p.get().body(), std::string()); });
  }

  // One read from the stream into the parser.
  static Awaitable<Status> more(std::shared_ptr<State> self) {
    const auto buffer = std::make_unique<std::array<char, 16384>>();
    auto n = co_await self->stream->read(std::span<char>(*buffer));
    if (!n) co_return fail(std::move(n).error());
    if (*n == 0) {
      if (!self->started) {
        self->closed_early = true;
        co_return fail(Disposition::Transient, "the peer closed the connection");
      }
      co_return self->end_of_input();
    }
    self->started = true;
    self->input.append(buffer->data(), *n);
    co_return self->feed();
  }

  Kind kind;
  ByteStreamPtr stream;
  std::size_t max_body;
  std::string input;
  std::optional<RequestParser> request;
  std::optional<ResponseParser> response;
  bool started = false;
  bool closed_early = false;
};

MessageReader::MessageReader(Kind kind, ByteStreamPtr stream, std::size_t max_body) : state_(std::make_shared<State>(kind, std::move(stream), max_body)) {}
MessageReader::~MessageReader() = default;

Awaitable<Status> MessageReader::read_header() {
  const auto state = state_;
  auto fed = state->feed();
  if (!fed) co_return fed;
  while (!state->with([](auto& p) { return p.is_header_done(); })) {
    auto read = co_await State::more(state);
    if (!read) co_return read;
  }
  co_return Status{};
}

Awaitable<Result<std::string>> MessageReader::read_body() {
  const auto state = state_;
  std::string body = state->take_body();
  while (!state->with([](auto& p) { return p.is_done(); })) {
    auto read = co_await State::more(state);
    if (!read) co_return fail(std::move(read).error());
    body += state->take_body();
    if (body.size() > state->max_body) co_return fail(Disposition::Invalid, "the body is over the limit of " + std::to_string(state->max_body) + " bytes");
  }
  co_return body;
}

Awaitable<Result<std::string>> MessageReader::read_some_body() {
  const auto state = state_;
  for (;;) {
    std::string piece = state->take_body();
    if (!piece.empty()) co_return piece;
    if (state->with([](auto& p) { return p.is_done(); })) co_return std::string();
    auto read = co_await State::more(state);
    if (!read) co_return fail(std::move(read).error());
  }
}

bool MessageReader::got_bytes() const noexcept { return state_->started; }
bool MessageReader::closed_between_messages() const noexcept { return state_->closed_early; }
bool MessageReader::keep_alive() const noexcept {
  return state_->with([](auto& p) { return p.keep_alive(); });
}

bool MessageReader::expects_continue() const noexcept {
  if (!state_->request) return false;
  return to_lower(std::string_view((*state_->request).get()[http::field::expect])) == "100-continue" && !state_->request->is_done();
}

Request MessageReader::take_request() {
  const auto& message = state_->request->get();
  Request out(std::string(message.method_string()), std::string(message.target()));
  out.headers = headers_of(message);
  return out;
}

Response MessageReader::take_response() {
  const auto& message = state_->response->get();
  Response out;
  out.status = message.result_int() > 999 ? 500 : static_cast<int>(message.result_int());
  out.headers = headers_of(message);
  return out;
}

void MessageReader::next() {
  state_->closed_early = false;
  state_->reset();
}

}  // namespace slipway::net::detail
