#include "pkg/kube/detail/caller.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <set>

#include "pkg/async/task_group.h"
#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kube/detail/breaker.h"
#include "pkg/kube/detail/client_metrics.h"
#include "pkg/kube/detail/write_lane.h"
#include "pkg/log/log.h"

namespace slipway::kube::detail {

struct Caller::State {
  State(std::shared_ptr<net::Transport> t, async::Clock& c, std::string h, const ClientOptions& options)
      : transport(std::move(t)),
        clock(&c),
        host(std::move(h)),
        metrics(host),
        lane(c, options.writes_in_flight),
        breaks(options.breaker.value_or(false)),
        random(random_seed()) {}
  std::shared_ptr<net::Transport> transport;
  async::Clock* clock;
  std::string host;
  ClientMetrics metrics;
  WriteLane lane;
  Breaker breaker;
  bool breaks;
  std::mt19937_64 random;
  std::set<std::string, std::less<>> warnings;  // that have been logged
};

namespace {

using StatePtr = std::shared_ptr<Caller::State>;

constexpr int kMaxRetries = 10;
constexpr auto kProbeTime = std::chrono::seconds(5);
constexpr double kJitter = 0.1;  // so that those who were told the same do not come back together
constexpr std::size_t kMaxWarnings = 256;
constexpr std::size_t kMaxWarning = 1024;
constexpr std::chrono::seconds kMaxRetryAfter{600};  // longer than any controller should stand still

std::string code_of(const Result<net::Response>& response) { return response ? std::to_string(response->status) : "<error>"; }

void log_warnings(Caller::State& state, const net::Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (to_lower(name) != "warning") continue;
    std::string text = warning_text(value);
    if (text.empty() || state.warnings.contains(text)) continue;
    if (state.warnings.size() >= kMaxWarnings) state.warnings.clear();  // a server of many words is heard again, not remembered without end
    log::warn("the API server warns", {{"server", state.host}, {"warning", text}});
    state.warnings.insert(std::move(text));
  }
}

std::optional<Error> refusal(Caller::State& state) {
  if (!state.breaks) return std::nullopt;
  const auto left = state.breaker.refuse(state.clock->now());
  if (!left) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*left).count();
  return Error(Disposition::Transient, state.host + " has not answered the last requests; it is asked again in " + std::to_string(seconds) + " s");
}

// What asks a cluster whether it is back is not given the time that a request has.
Deadline bounded(const Caller::State& state, Deadline deadline) { return state.breaker.open() ? min(deadline, state.clock->after(kProbeTime)) : deadline; }

void judge(Caller::State& state, const Result<net::Response>& response) {
  if (!state.breaks) return;
  const bool was_open = state.breaker.open();
  if (response)
    state.breaker.answered();
  else if (response.error().is(Disposition::Timeout))
    state.breaker.silent(state.clock->now());
  else
    state.breaker.abandoned();
  if (was_open == state.breaker.open()) return;
  if (was_open)
    log::info("a cluster answers again", {{"server", state.host}});
  else
    log::warn("a cluster does not answer; it is asked seldom until it does", {{"server", state.host}});
}

// "Not yet" for a resourceVersion of the future: each try takes the server three seconds, and the caller has a better question.
bool asks_the_future(const net::Response& response) {
  return response.status == 504 && (response.body.contains("\"ResourceVersionTooLarge\"") || response.body.contains("Too large resource version"));
}

std::optional<async::Duration> pause_before_retry(Caller::State& state, const Result<net::Response>& response) {
  if (!response || (response->status != 429 && (response->status < 500 || response->status > 599))) return std::nullopt;
  const auto after = retry_after_of(response->headers);
  if (!after || asks_the_future(*response)) return std::nullopt;
  std::uniform_real_distribution<double> jitter(1.0, 1.0 + kJitter);
  return std::chrono::duration_cast<async::Duration>(*after * jitter(state.random));
}

// A write that is cancelled while it waits for its answer leaves the lane too.
class Place {
 public:
  explicit Place(WriteLane* lane) : lane_(lane) {}
  ~Place() {
    if (lane_ != nullptr) lane_->leave(outcome);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  WriteLane::Outcome outcome = WriteLane::Outcome::Unknown;

 private:
  WriteLane* lane_;
};

Awaitable<Result<net::Response>> perform(StatePtr state, net::Request request, Deadline deadline, bool stream) {
  const std::string verb = request.method;
  const std::size_t size = request.body.size();
  const auto begun = state->clock->now();
  auto pending = stream ? state->transport->open(std::move(request), deadline) : state->transport->send(std::move(request), deadline);
  Result<net::Response> response = co_await std::move(pending);
  state->metrics.finished(verb, code_of(response), state->clock->now() - begun, size, response ? response->body.size() : 0);
  judge(*state, response);
  if (response) log_warnings(*state, response->headers);
  co_return response;
}

Awaitable<Result<net::Response>> write_once(StatePtr state, net::Request request, Deadline deadline) {
  const std::string verb = request.method;
  const auto begun = state->clock->now();
  Status entered = co_await state->lane.enter(deadline);
  state->metrics.waited(verb, state->clock->now() - begun);
  if (!entered) {
    state->breaker.abandoned();
    co_return fail(std::move(entered).error());
  }
  Place place(&state->lane);
  Result<net::Response> response = co_await perform(state, std::move(request), deadline, false);
  if (response) place.outcome = response->status == 429 ? WriteLane::Outcome::Throttled : WriteLane::Outcome::Done;
  co_return response;
}

Awaitable<Result<net::Response>> send_and_retry(StatePtr state, net::Request request, Deadline deadline) {
  const bool writes = request.method != "GET" && request.method != "HEAD";
  for (int retries = 0;; ++retries) {
    if (auto refused = refusal(*state)) co_return fail(std::move(*refused));
    net::Request copy = request;
    const Deadline until = bounded(*state, deadline);
    auto attempt = writes ? write_once(state, std::move(copy), until) : perform(state, std::move(copy), until, false);
    Result<net::Response> response = co_await std::move(attempt);
    const auto pause = pause_before_retry(*state, response);
    if (!pause) co_return response;
    const auto again_at = state->clock->now() + *pause;
    if (response->status == 429) state->lane.pause_until(again_at);
    if (retries == kMaxRetries || again_at >= deadline.at) co_return response;
    state->metrics.retried(request.method, code_of(response));
    co_await state->clock->sleep_until(again_at);
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  }
}

Awaitable<Result<net::Response>> open_stream(StatePtr state, net::Request request, Deadline deadline) {
  if (auto refused = refusal(*state)) co_return fail(std::move(*refused));
  const Deadline until = bounded(*state, deadline);
  co_return co_await perform(state, std::move(request), until, true);
}

}  // namespace

std::optional<std::chrono::seconds> retry_after_of(const net::Headers& headers) {
  const std::string_view text = trim(headers.get("Retry-After"));
  std::int64_t seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec != std::errc() || end != text.data() + text.size() || seconds <= 0) return std::nullopt;  // a date: no API server sends one
  return std::min(std::chrono::seconds(seconds), kMaxRetryAfter);
}

std::string warning_text(std::string_view header) {
  header = trim(header);
  if (!header.starts_with("299 ")) return {};
  const auto open = header.find('"');
  if (open == std::string_view::npos) return {};
  std::string text;
  for (std::size_t i = open + 1; i < header.size() && header[i] != '"'; ++i) {
    if (header[i] == '\\' && i + 1 < header.size()) ++i;
    text.push_back(static_cast<unsigned char>(header[i]) < 0x20 || header[i] == 0x7F ? ' ' : header[i]);
  }
  return is_utf8(text) ? shorten(trim(text), kMaxWarning) : std::string();
}

Caller::Caller(std::shared_ptr<net::Transport> transport, async::Clock& clock, std::string host, const ClientOptions& options)
    : state_(std::make_shared<State>(std::move(transport), clock, std::move(host), options)) {}

Awaitable<Result<net::Response>> Caller::send(net::Request request, Deadline deadline) { return send_and_retry(state_, std::move(request), deadline); }
Awaitable<Result<net::Response>> Caller::open(net::Request request, Deadline deadline) { return open_stream(state_, std::move(request), deadline); }
void Caller::close() { state_->transport->close(); }

}  // namespace slipway::kube::detail
