#include "pkg/async/clock.h"

#include <algorithm>
#include <cstdint>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace slipway::async {
namespace {

// A wait that somebody ends by cancel(), or the coroutine's own cancellation does. An operation that starts after the cancellation was
// emitted would not hear of it, hence the question first.
Awaitable<void> wait_on(std::shared_ptr<asio::steady_timer> timer) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return;
  const auto done = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(done);
}

}  // namespace

WallTime RealClock::wall() const noexcept { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

Awaitable<void> RealClock::sleep_until(TimePoint at) {
  if (at <= std::chrono::steady_clock::now()) co_return;
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, at);
  co_await wait_on(timer);
}

std::shared_ptr<void> RealClock::schedule(Executor executor, TimePoint at, std::function<void()> callback) {
  struct Handle {
    asio::steady_timer timer;
    std::function<void()> callback;
  };
  auto handle = std::make_shared<Handle>(Handle{asio::steady_timer(executor, at), std::move(callback)});
  handle->timer.async_wait([weak = std::weak_ptr<Handle>(handle)](boost::system::error_code ec) {
    if (const auto alive = weak.lock(); alive && !ec) alive->callback();
  });
  return handle;
}

// Sleepers and callbacks alike are entries that are woken in order of time, then of arrival.
struct VirtualClock::State {
  using Key = std::pair<TimePoint, std::uint64_t>;
  explicit State(Executor e) : executor(std::move(e)) {}
  Executor executor;
  TimePoint now{std::chrono::hours(1)};
  std::uint64_t arrivals = 0;
  std::map<Key, std::function<void()>> entries;

  Key add(TimePoint at, std::function<void()> wake) {
    const Key key{at, arrivals++};
    entries.emplace(key, std::move(wake));
    return key;
  }
  void wake_due() {
    while (!entries.empty() && entries.begin()->first.first <= now) {
      const auto wake = std::move(entries.begin()->second);
      entries.erase(entries.begin());
      wake();
    }
  }
};

VirtualClock::VirtualClock(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}
VirtualClock::~VirtualClock() { state_->entries.clear(); }

TimePoint VirtualClock::now() const noexcept { return state_->now; }

WallTime VirtualClock::wall() const noexcept {
  constexpr std::chrono::sys_days kStart = std::chrono::year(2026) / 1 / 1;
  return kStart + std::chrono::duration_cast<std::chrono::microseconds>(state_->now.time_since_epoch() - std::chrono::hours(1));
}

namespace {

// Takes an entry out when its owner goes, whichever way it goes.
template <class State>
class Entry {
 public:
  Entry(std::shared_ptr<State> state, TimePoint at, std::function<void()> wake) : state_(std::move(state)), key_(state_->add(at, std::move(wake))) {}
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { state_->entries.erase(key_); }

 private:
  std::shared_ptr<State> state_;
  typename State::Key key_;
};

}  // namespace

Awaitable<void> VirtualClock::sleep_until(TimePoint at) {
  const auto state = state_;
  if (at <= state->now) co_return;
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
  const Entry<State> entry(state, at, [timer] { timer->cancel(); });
  co_await wait_on(timer);
}

std::shared_ptr<void> VirtualClock::schedule(Executor executor, TimePoint at, std::function<void()> callback) {
  struct Handle {
    std::function<void()> callback;
    std::optional<Entry<State>> entry;
  };
  auto handle = std::make_shared<Handle>();
  handle->callback = std::move(callback);
  const auto wake = [executor, weak = std::weak_ptr<Handle>(handle)] {
    asio::post(executor, [weak] {
      if (const auto alive = weak.lock()) alive->callback();
    });
  };
  if (at <= state_->now)
    wake();
  else
    handle->entry.emplace(state_, at, wake);
  return handle;
}

void VirtualClock::advance(Duration d) {
  state_->now += d;
  state_->wake_due();
}

bool VirtualClock::advance_to_next() {
  if (state_->entries.empty()) return false;
  state_->now = std::max(state_->now, state_->entries.begin()->first.first);
  state_->wake_due();
  return true;
}

std::optional<TimePoint> VirtualClock::next_wake() const noexcept {
  if (state_->entries.empty()) return std::nullopt;
  return state_->entries.begin()->first.first;
}

std::size_t VirtualClock::sleepers() const noexcept { return state_->entries.size(); }

}  // namespace slipway::async
