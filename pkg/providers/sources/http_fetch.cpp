#include "pkg/providers/sources/http_fetch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <vector>

#include "pkg/async/backoff.h"
#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/net/proxy.h"
#include "pkg/providers/sources/http_url.h"
#include "pkg/providers/sources/retry_after.h"

namespace slipway::providers {

using std::chrono::seconds;

struct HttpFetcher::State {
  async::Clock* clock;
  Access access;
  TransportFactory transports;
  AttemptListener listener;
  std::map<std::string, std::shared_ptr<net::Transport>> open;  // by origin
};

namespace {

using StatePtr = std::shared_ptr<HttpFetcher::State>;

constexpr std::size_t kMaxHops = 10;
constexpr std::size_t kMaxOrigins = 32;             // a server that redirects to ever new hosts does not fill the memory
constexpr std::size_t kMaxErrorBody = 64UL << 10U;  // what a registry says about an error
constexpr seconds kHeadLimit{30};                   // clusterctl's for GitLab
constexpr seconds kPieceLimit{60};

Result<std::shared_ptr<net::Transport>> transport_to(HttpFetcher::State& state, const std::string& origin) {
  if (const auto found = state.open.find(origin); found != state.open.end()) return found->second;
  auto made = state.transports(origin, state.access);
  if (!made) return made;
  if (state.open.size() >= kMaxOrigins) state.open.clear();
  state.open.emplace(origin, *made);
  return made;
}

std::string status_text(int status) { return std::to_string(status) + " " + std::string(net::reason_phrase(status)); }
bool is_redirect(int status) noexcept { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// What a transport says names the whole target; a query may be a signature that opens the file to whoever reads it.
Error without_query(const Error& error, const HttpUrl& url, const std::string& what) {
  std::string message = error.message();
  const std::string whole = shorten(url.target(), 300);  // as pkg/net cuts it
  for (auto at = message.find(whole); !url.query.empty() && at != std::string::npos; at = message.find(whole, at + 1))
    message.replace(at, whole.size(), shorten(url.path, 300));
  const bool named = message.find(url.origin()) != std::string::npos;
  return {error.disposition(), named ? message : what + ": " + message};
}

std::optional<std::size_t> content_length(const net::Headers& headers) {
  const auto text = trim(headers.get("Content-Length"));
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

Error too_large(std::size_t max) {
  return {Disposition::Invalid, "the file is larger than " + std::to_string(max) + " bytes, which is the most that is accepted"};
}

// The whole body, or of an error's the beginning.
Awaitable<Result<std::string>> read_body(StatePtr state, std::shared_ptr<net::BodyStream> stream, bool is_error, std::size_t max, Deadline deadline) {
  std::string body;
  for (;;) {
    auto piece = co_await stream->read(min(deadline, state->clock->after(kPieceLimit)));
    if (!piece) co_return fail(std::move(piece).error());
    if (piece->empty()) co_return body;
    if (body.size() + piece->size() > max) {
      if (!is_error) co_return fail(too_large(max));
      body += piece->substr(0, max - body.size());
      co_return body;
    }
    body += *piece;
  }
}

Status check_body(const FetchRequest& request, const net::Response& answer) {
  const auto length = content_length(answer.headers);
  if (length && *length > request.max_bytes) return fail(too_large(request.max_bytes));
  const auto coding = to_lower(trim(answer.headers.get("Content-Encoding")));
  if (!coding.empty() && coding != "identity")
    return fail(Disposition::Invalid, "the server sends the file compressed (Content-Encoding), which was not asked for");
  return {};
}

// One request to one server.
Awaitable<Result<FetchResponse>> exchange(StatePtr state, FetchRequest request, HttpUrl url, Deadline deadline) {
  const std::string what = request.method + " " + url.shown();
  auto transport = transport_to(*state, url.origin());
  if (!transport) co_return fail(std::move(transport).error().in(what));
  net::Request wire(request.method, url.target());
  wire.headers = request.headers;
  wire.headers.set("User-Agent", "slipway");
  wire.headers.set("Accept-Encoding", "identity");
  if (!request.authorization.empty()) wire.headers.set("Authorization", request.authorization);
  auto opened = co_await (*transport)->open(std::move(wire), min(deadline, state->clock->after(kHeadLimit)));
  if (!opened) co_return fail(without_query(opened.error(), url, what));
  FetchResponse out{opened->status, opened->headers, {}, url.shown()};
  if (is_redirect(out.status) || request.method == "HEAD") co_return out;
  const bool is_error = out.status < 200 || out.status > 299;
  if (is_error && !request.any_status) co_return out;
  if (auto fits = check_body(request, *opened); !fits && !is_error) co_return fail(std::move(fits).error().in(what));
  const std::shared_ptr<net::BodyStream> stream = std::move(opened->stream);
  auto body = co_await read_body(state, stream, is_error, is_error ? kMaxErrorBody : request.max_bytes, deadline);
  if (!body) co_return fail(without_query(body.error(), url, what));
  const auto length = content_length(out.headers);
  if (!is_error && length && *length != body->size())
    co_return fail(Disposition::Transient,
                   what + ": the download broke off after " + std::to_string(body->size()) + " of " + std::to_string(*length) + " bytes");
  out.body = std::move(*body);
  co_return out;
}

net::Headers without_secrets(const net::Headers& headers) {
  static constexpr std::array<std::string_view, 4> kSecret{"authorization", "cookie", "private-token", "job-token"};
  net::Headers out;
  for (const auto& [name, value] : headers.all())
    if (std::ranges::find(kSecret, to_lower(name)) == kSecret.end()) out.add(name, value);
  return out;
}

// From the first address through its redirects to what is no redirect.
Awaitable<Result<FetchResponse>> follow(StatePtr state, FetchRequest request, HttpUrl url, Deadline deadline) {
  const std::string what = request.method + " " + url.shown();
  std::vector<std::string> seen;
  std::vector<std::string> hosts;
  for (;;) {
    seen.push_back(url.origin() + url.target());
    hosts.push_back(url.host);
    FetchRequest copy = request;
    auto answer = co_await exchange(state, std::move(copy), url, deadline);
    if (!answer || !is_redirect(answer->status)) co_return answer;
    const auto location = trim(answer->headers.get("Location"));
    if (location.empty()) co_return fail(Disposition::Invalid, what + ": " + status_text(answer->status) + " without a Location to go to");
    auto next = resolve_location(url, location);
    if (!next) co_return fail(std::move(next).error().in(what));
    hosts.push_back(next->host);
    if (std::ranges::find(seen, next->origin() + next->target()) != seen.end())
      co_return fail(Disposition::Invalid, what + ": redirected in a circle: " + join(hosts, " -> "));
    if (seen.size() > kMaxHops)
      co_return fail(Disposition::Invalid, what + ": redirected more than " + std::to_string(kMaxHops) + " times: " + join(hosts, " -> "));
    hosts.pop_back();
    if (next->origin() != url.origin()) {
      request.headers = without_secrets(request.headers);
      request.authorization.clear();
    }
    url = std::move(*next);
  }
}

struct Verdict {
  std::optional<Error> error;
  bool passes = false;           // worth another attempt
  std::optional<seconds> asked;  // and not before
};

Verdict judge(const FetchRequest& request, const Result<FetchResponse>& answer, WallTime now) {
  if (!answer) return {answer.error(), answer.error().is(Disposition::Transient) || answer.error().is(Disposition::Timeout), std::nullopt};
  const int status = answer->status;
  const std::string what = request.method + " " + answer->final_url + ": " + status_text(status);
  const auto asked = asked_wait(status, answer->headers, now);
  if (status == 429 || (status == 403 && asked)) return {Error(Disposition::TooManyRequests, what), true, asked};
  if (status == 408 || status >= 500) return {Error(Disposition::Transient, what), true, asked};
  if (status == 200 || request.any_status) return {};
  if (status == 404 || status == 410) return {Error(Disposition::NotFound, what), false, std::nullopt};
  if (status != 401 && status != 403) return {Error(Disposition::Invalid, what), false, std::nullopt};
  const bool anonymous = request.authorization.empty();
  return {Error(Disposition::Forbidden, what + (anonymous ? ": give the source credentials" : ": the source's credentials are not accepted")), false,
          std::nullopt};
}

// The error of a wait that is not begun.
Error too_long(const FetchRequest& request, const Error& error, seconds asked, WallTime now) {
  std::string message =
      error.message() + ": the server asks to wait " + human_duration(asked) + ", longer than the deadline allows; try again after " + to_rfc3339(now + asked);
  if (request.authorization.empty() && error.is(Disposition::TooManyRequests)) message += ", or give the source credentials, which often raises the limit";
  ApiStatus status;
  status.retry_after = asked;
  return {error.disposition(), std::move(message), std::move(status)};
}

Awaitable<Result<FetchResponse>> fetch(StatePtr state, FetchRequest request, Deadline deadline) {
  auto url = parse_http_url(request.url);
  if (!url) co_return fail(std::move(url).error());
  async::Backoff backoff({.initial = seconds(1), .cap = seconds(15)});
  for (int attempt = 1;; ++attempt) {
    if (deadline.at <= state->clock->now()) co_return fail(Disposition::Timeout, request.method + " " + url->shown() + ": the deadline passed");
    FetchRequest copy = request;
    auto answer = co_await follow(state, std::move(copy), *url, deadline);
    Verdict verdict = judge(request, answer, state->clock->wall());
    if (!verdict.error) co_return answer;
    if (!verdict.passes) co_return fail(std::move(*verdict.error));
    const auto now = state->clock->now();
    const auto at = now + (verdict.asked ? async::Duration(*verdict.asked) : backoff.next(now));
    if (verdict.asked && at >= deadline.at) co_return fail(too_long(request, *verdict.error, *verdict.asked, state->clock->wall()));
    if (attempt >= request.attempts || at >= deadline.at) {
      if (attempt == 1) co_return fail(std::move(*verdict.error));
      co_return fail(std::move(*verdict.error).in("after " + std::to_string(attempt) + " attempts"));
    }
    if (state->listener) state->listener({.error = *verdict.error, .attempt = attempt, .attempts = request.attempts, .wait = at - now});
    co_await state->clock->sleep_until(at);
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, request.method + " " + url->shown() + ": stopped");
  }
}

}  // namespace

TransportFactory network_transports(async::Executor executor, async::Clock& clock) {
  return [executor = std::move(executor), c = &clock](const std::string& origin, const Access& access) {
    net::TransportOptions options;
    options.url = origin;
    options.ca_pem = access.ca_pem;
    options.proxy = access.proxy.empty() ? net::proxy_from_environment(origin) : access.proxy;
    return net::make_transport(executor, *c, std::move(options));
  };
}

std::string authorization_of(const Access& access) {
  if (!access.token.empty()) return "Bearer " + access.token;
  if (access.username.empty() && access.password.empty()) return {};
  return "Basic " + base64_encode(access.username + ":" + access.password);
}

HttpFetcher::HttpFetcher(async::Executor executor, async::Clock& clock, Access access, TransportFactory transports, AttemptListener listener) {
  if (!transports) transports = network_transports(std::move(executor), clock);
  state_ = std::make_shared<State>(State{&clock, std::move(access), std::move(transports), std::move(listener), {}});
}

Awaitable<Result<FetchResponse>> HttpFetcher::send(FetchRequest request, Deadline deadline) const { return fetch(state_, std::move(request), deadline); }

const Access& HttpFetcher::access() const noexcept { return state_->access; }

}  // namespace slipway::providers
