#include "pkg/net/detail/codec.h"

#include <algorithm>
#include <variant>

#include <boost/beast/http/basic_parser.hpp>

#include "pkg/base/strings.h"

namespace slipway::net::detail {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Code = beast::error_code;

// Collects one message. Beast calls back with views into what is being fed, so everything is copied.
template <bool kRequest>
class Parser final : public http::basic_parser<kRequest> {
 public:
  static constexpr std::size_t kLimit = kRequest ? kServerHeaderLimit : kHeaderLimit;
  Parser() {
    this->header_limit(static_cast<std::uint32_t>(kLimit));
    this->body_limit(boost::none);  // ours to cap: Beast's limit counts a whole stream
    this->eager(true);
  }
  Head head;
  std::string body;

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version, Code& ec) override {
    ec = {};
    head.method = method;
    head.target = target;
    head.http_1_0 = version < 11;
  }
  void on_response_impl(int code, beast::string_view, int version, Code& ec) override {
    ec = {};
    head.status = code;
    head.http_1_0 = version < 11;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, Code& ec) override {
    ec = {};
    if (!this->is_header_done()) head.headers.add(name, value);  // trailers are dropped
  }
  void on_header_impl(Code& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Code& ec) override { ec = {}; }
  std::size_t on_body_impl(beast::string_view bytes, Code& ec) override { return take(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, Code& ec) override { return take(bytes, ec); }
  void on_finish_impl(Code& ec) override { ec = {}; }

  std::size_t take(beast::string_view bytes, Code& ec) {
    ec = {};
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
};

// What Beast lets pass although two readers could disagree on where the message ends (RFC 9112, 6.1 and 6.3).
Status check_framing(const Head& head, bool request) {
  std::size_t hosts = 0;
  std::size_t codings = 0;
  for (const auto& [name, value] : head.headers.all()) {
    const std::string lower = to_lower(name);
    hosts += lower == "host" ? 1U : 0U;
    if (lower != "transfer-encoding") continue;
    ++codings;
    if (to_lower(trim(value)) != "chunked") return fail(Disposition::Invalid, "Transfer-Encoding must be chunked");
  }
  if (codings > 1) return fail(Disposition::Invalid, "Transfer-Encoding is given twice");
  if (codings > 0 && head.headers.contains("Content-Length")) return fail(Disposition::Invalid, "both Transfer-Encoding and Content-Length are given");
  if (codings > 0 && head.http_1_0) return fail(Disposition::Invalid, "HTTP/1.0 has no Transfer-Encoding");
  if (request && (hosts > 1 || (hosts == 0 && !head.http_1_0))) return fail(Disposition::Invalid, "exactly one Host is required");
  return {};
}

}  // namespace

struct Decoder::State {
  std::variant<Parser<true>, Parser<false>> parser;
  std::string input;  // what the parser has not taken yet
  bool framing_checked = false;
  bool too_large = false;

  template <class F>
  decltype(auto) with(F&& f) {
    return std::visit(std::forward<F>(f), parser);
  }
};

Decoder::Decoder(Kind kind) : state_(std::make_unique<State>()) {
  if (kind == Kind::Request) return;
  auto& parser = state_->parser.emplace<Parser<false>>();
  if (kind == Kind::ResponseToHead) parser.skip(true);
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Status Decoder::feed(std::string_view bytes) {
  State& state = *state_;
  state.input.append(bytes);
  return state.with([&](auto& parser) -> Status {
    std::size_t taken = 0;
    Code ec;
    while (!parser.is_done() && taken < state.input.size()) {
      const std::size_t n = parser.put(boost::asio::buffer(state.input.data() + taken, state.input.size() - taken), ec);
      taken += n;
      if (parser.is_header_done() && !std::exchange(state.framing_checked, true))
        if (auto framing = check_framing(parser.head, std::holds_alternative<Parser<true>>(state.parser)); !framing) return framing;
      if (ec || n == 0) break;
    }
    state.input.erase(0, taken);
    // Behind the head only chunks' headers and trailers are held back.
    const std::size_t limit = parser.is_header_done() ? kHeaderLimit : parser.kLimit;
    state.too_large = ec == http::error::header_limit || (!parser.is_done() && state.input.size() > limit);
    if (state.too_large) return fail(Disposition::Invalid, "a head, a chunk's header or a trailer of more than " + std::to_string(limit >> 10U) + " KiB");
    if (ec && ec != http::error::need_more) return fail(Disposition::Invalid, "not HTTP/1.1: " + ec.message());
    return {};
  });
}

Status Decoder::feed_end() {
  if (done()) return {};
  if (!started()) return fail(Disposition::Transient, "the connection ended before the message");
  return state_->with([&](auto& parser) -> Status {
    Code ec;
    parser.put_eof(ec);
    if (!ec && parser.is_done()) return {};
    return fail(Disposition::Transient,
                parser.is_header_done() ? "the connection ended in the middle of the body" : "the connection ended in the middle of the head");
  });
}

bool Decoder::started() const noexcept {
  return state_->with([](auto& parser) { return parser.got_some(); });
}
bool Decoder::head_done() const noexcept {
  return state_->with([](auto& parser) { return parser.is_header_done(); });
}
bool Decoder::done() const noexcept {
  return state_->with([](auto& parser) { return parser.is_done(); });
}
bool Decoder::keep_alive() const noexcept {
  return state_->with([](auto& parser) { return parser.is_header_done() && parser.keep_alive(); });
}
bool Decoder::too_large() const noexcept { return state_->too_large; }

std::optional<std::uint64_t> Decoder::content_length() const noexcept {
  return state_->with([](auto& parser) -> std::optional<std::uint64_t> {
    if (!parser.is_header_done()) return std::nullopt;
    const auto length = parser.content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
  });
}

Head& Decoder::head() noexcept {
  return state_->with([](auto& parser) -> Head& { return parser.head; });
}
std::string Decoder::take_body() {
  return state_->with([](auto& parser) { return std::exchange(parser.body, {}); });
}
std::size_t Decoder::body_size() const noexcept {
  return state_->with([](auto& parser) { return parser.body.size(); });
}
std::string Decoder::take_rest() { return std::exchange(state_->input, {}); }

}  // namespace slipway::net::detail
