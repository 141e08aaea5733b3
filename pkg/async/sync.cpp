#include "pkg/async/sync.h"

#include <cstdint>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pkg/async/task_group.h"

namespace slipway::async {
namespace {

enum class Woken : std::uint8_t { No, Yes, Deadline };

struct Waiter {
  explicit Waiter(const Executor& executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  Woken woken = Woken::No;
  void wake(Woken how) {
    if (woken == Woken::No) woken = how;
    timer.cancel();
  }
};
using WaiterPtr = std::shared_ptr<Waiter>;

std::unexpected<Error> stopped() { return fail(Disposition::Canceled, "stopped while waiting"); }

// A place in a queue of waiters, given up when the wait ends, whichever way it ends.
template <class State>
class Place {
 public:
  Place(std::shared_ptr<State> state, WaiterPtr waiter) : state_(std::move(state)), waiter_(std::move(waiter)) { state_->waiters.push_back(waiter_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { state_->waiters.remove(waiter_); }

 private:
  std::shared_ptr<State> state_;
  WaiterPtr waiter_;
};

// Waits until woken. Errors: Canceled, Timeout. Nothing may suspend between the caller's question for cancellation and this call.
Awaitable<Status> wait_for(WaiterPtr waiter) {
  const auto done = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(done);
  if (waiter->woken == Woken::Yes) co_return Status{};
  if (waiter->woken == Woken::Deadline) co_return fail(Disposition::Timeout, "the deadline passed");
  co_return stopped();
}

}  // namespace

struct Event::State {
  explicit State(Executor e) : executor(std::move(e)) {}
  Executor executor;
  bool set = false;
  std::list<WaiterPtr> waiters;
};

Event::Event(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

Event::~Event() {
  for (const WaiterPtr& waiter : state_->waiters) waiter->timer.cancel();
}

void Event::set() {
  state_->set = true;
  notify_all();
}
void Event::reset() noexcept { state_->set = false; }
bool Event::is_set() const noexcept { return state_->set; }

void Event::notify_all() {
  for (const WaiterPtr& waiter : state_->waiters) waiter->wake(Woken::Yes);
}

void Event::notify_one() {
  for (const WaiterPtr& waiter : state_->waiters) {
    if (waiter->woken != Woken::No) continue;
    waiter->wake(Woken::Yes);
    return;
  }
}

Awaitable<Status> Event::wait(Clock& clock, Deadline deadline) {
  const auto state = state_;
  // Before the level: a loop around an event that stays set must still end.
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return stopped();
  if (state->set) co_return Status{};
  if (deadline.at <= clock.now()) co_return fail(Disposition::Timeout, "the deadline passed");
  const auto waiter = std::make_shared<Waiter>(state->executor);
  const Place<State> place(state, waiter);
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock.schedule(state->executor, deadline.at, [weak = std::weak_ptr<Waiter>(waiter)] {
      if (const auto alive = weak.lock()) alive->wake(Woken::Deadline);
    });
  auto result = co_await wait_for(waiter);
  co_return result;
}

struct Semaphore::State {
  State(Executor e, std::size_t n) : executor(std::move(e)), permits(n) {}
  Executor executor;
  std::size_t permits;  // the size
  std::size_t taken = 0;
  std::list<WaiterPtr> waiters;

  void hand_out() {
    while (taken < permits && !waiters.empty()) {
      const WaiterPtr next = waiters.front();
      waiters.pop_front();
      ++taken;
      next->wake(Woken::Yes);
    }
  }
};

Semaphore::Semaphore(Executor executor, std::size_t permits) : state_(std::make_shared<State>(std::move(executor), permits)) {}

Awaitable<Status> Semaphore::acquire() {
  const auto state = state_;
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_return stopped();
  if (state->taken < state->permits && state->waiters.empty()) {
    ++state->taken;
    co_return Status{};
  }
  const auto waiter = std::make_shared<Waiter>(state->executor);
  const Place<State> place(state, waiter);
  auto result = co_await wait_for(waiter);
  co_return result;
}

Semaphore::~Semaphore() {
  for (const WaiterPtr& waiter : state_->waiters) waiter->timer.cancel();
}

void Semaphore::release() {
  if (state_->taken > 0) --state_->taken;
  state_->hand_out();
}

void Semaphore::resize(std::size_t permits) {
  state_->permits = permits;
  state_->hand_out();
}

std::size_t Semaphore::available() const noexcept { return state_->permits > state_->taken ? state_->permits - state_->taken : 0; }

}  // namespace slipway::async
