// Runs a coroutine to its end on an io_context and returns its value: the bridge from a TEST_CASE to the loop. Throws when the loop runs dry
// before (a deadlock), so no test waits for ever. Under VirtualClock, time is advanced to the next sleeper whenever the loop is idle.
// Declare the Loop first in a test: what is declared after it is destroyed before it.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "pkg/async/clock.h"

namespace slipway::test {

struct Loop {
  boost::asio::io_context io{1};
  async::VirtualClock clock{io.get_executor()};

  [[nodiscard]] async::Executor executor() { return io.get_executor(); }

  // Virtual time: for everything that runs in memory.
  template <class T>
  T run(async::Awaitable<T> task) {
    return drive(std::move(task), [this] { return turn() > 0 || clock.advance_to_next(); });
  }
  // Real time, for sockets and child processes: blocks in epoll; gives up after `limit`. The virtual clock stands still meanwhile.
  template <class T>
  T run_real(async::Awaitable<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    return drive(std::move(task), [this, until] {
      io.restart();
      return io.run_one_until(until) > 0;
    });
  }
  // Runs whatever is ready, without moving time.
  void settle() {
    while (turn() > 0) continue;
  }
  // Lets `d` pass in virtual time, sleeper by sleeper, each seeing its own time; everything that becomes ready runs.
  void pass(async::Duration d) {
    const auto until = clock.now() + d;
    settle();
    for (auto next = clock.next_wake(); next && *next <= until; next = clock.next_wake()) {
      static_cast<void>(clock.advance_to_next());
      settle();
    }
    clock.advance(until - clock.now());
    settle();
  }

 private:
  template <class T>
  struct Outcome {
    std::optional<T> value;
    std::exception_ptr failure;
    bool finished = false;
  };
  struct Nothing {};
  template <class T>
  using Kept = std::conditional_t<std::is_void_v<T>, Nothing, T>;

  std::size_t turn() {
    io.restart();
    return io.poll();
  }

  template <class T>
  static async::Awaitable<void> keep(async::Awaitable<T> task, std::shared_ptr<Outcome<Kept<T>>> outcome) {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      outcome->value.emplace();
    } else {
      T value = co_await std::move(task);
      outcome->value.emplace(std::move(value));
    }
  }

  template <class T, class Step>
  T drive(async::Awaitable<T> task, Step step) {
    const auto outcome = std::make_shared<Outcome<Kept<T>>>();
    boost::asio::co_spawn(io, keep<T>(std::move(task), outcome), [outcome](std::exception_ptr failure) {
      outcome->failure = failure;
      outcome->finished = true;
    });
    while (!outcome->finished)
      if (!step() && !outcome->finished) throw std::runtime_error("the loop ran dry, or out of time, before the coroutine ended");
    if (outcome->failure) std::rethrow_exception(outcome->failure);
    if constexpr (!std::is_void_v<T>) return std::move(*outcome->value);
  }
};

}  // namespace slipway::test
