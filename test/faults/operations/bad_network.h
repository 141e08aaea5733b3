// A transport that fails as networks and servers do, by one random source: refused connections, lost answers, delays, throttling, errors, streams that break,
// end or fall silent. Virtual time only.
#pragma once

#include <memory>
#include <random>

#include "pkg/async/clock.h"
#include "pkg/json/value.h"
#include "pkg/net/http.h"

namespace slipway::test {

struct BadNetwork {
  BadNetwork(async::Clock& c, std::uint64_t seed) : clock(c), random(seed) {}
  async::Clock& clock;
  std::mt19937_64 random;
  bool bad = true;
  std::uint64_t faults = 0;

  std::uint64_t roll(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random); }
  bool chance(std::uint64_t one_in) { return bad && roll(one_in) == 0 && ++faults > 0; }
};

class BadStream final : public net::BodyStream {
 public:
  BadStream(std::shared_ptr<BadNetwork> network, std::unique_ptr<net::BodyStream> inner) : network_(std::move(network)), inner_(std::move(inner)) {}

  net::Awaitable<Result<std::string>> read(net::Deadline deadline) override {
    if (network_->chance(15)) {
      switch (network_->roll(3)) {
        case 0: co_return fail(Disposition::Transient, "connection reset by peer");
        case 1: co_return std::string();
        default: break;
      }
      const auto silence = min(network_->clock.after(std::chrono::minutes(20)), deadline);
      co_await network_->clock.sleep_until(silence.at);
      co_return fail(Disposition::Timeout, "nothing came");
    }
    auto piece = co_await inner_->read(deadline);
    co_return piece;
  }

 private:
  std::shared_ptr<BadNetwork> network_;
  std::unique_ptr<net::BodyStream> inner_;
};

class BadTransport final : public net::Transport {
 public:
  BadTransport(std::shared_ptr<BadNetwork> network, std::shared_ptr<net::Transport> inner) : network_(std::move(network)), inner_(std::move(inner)) {}

  net::Awaitable<Result<net::Response>> send(net::Request request, net::Deadline deadline) override {
    auto before = co_await trouble(deadline);
    if (!before || before->status != 0) co_return before;
    auto response = co_await inner_->send(std::move(request), deadline);
    if (network_->chance(20)) co_return fail(Disposition::Transient, "connection lost before the answer");
    co_return response;
  }

  net::Awaitable<Result<net::Response>> open(net::Request request, net::Deadline deadline) override {
    auto before = co_await trouble(deadline);
    if (!before || before->status != 0) co_return before;
    auto response = co_await inner_->open(std::move(request), deadline);
    if (response && response->stream) response->stream = std::make_unique<BadStream>(network_, std::move(response->stream));
    co_return response;
  }

 private:
  // Status 0: none.
  net::Awaitable<Result<net::Response>> trouble(net::Deadline deadline) {
    net::Response none;
    none.status = 0;
    if (!network_->chance(6)) co_return none;
    switch (network_->roll(6)) {
      case 0: co_return fail(Disposition::Transient, "connection refused");
      case 1: co_return status(500, "InternalError");
      case 2: co_return status(503, "ServiceUnavailable");
      case 3: co_return status(429, "TooManyRequests");
      default: break;
    }
    const auto until = min(network_->clock.after(std::chrono::milliseconds(network_->roll(40'000))), deadline);
    co_await network_->clock.sleep_until(until.at);
    if (until.at == deadline.at) co_return fail(Disposition::Timeout, "no answer in time");
    co_return none;
  }

  static net::Response status(int code, std::string_view reason) {
    const json::Value body =
        json::Object{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"}, {"code", code}, {"reason", reason}, {"message", "injected"}};
    net::Response response(code, "application/json", json::dump(body));
    if (code == 429 || code == 503) response.headers.set("Retry-After", "1");
    return response;
  }

  std::shared_ptr<BadNetwork> network_;
  std::shared_ptr<net::Transport> inner_;
};

}  // namespace slipway::test
