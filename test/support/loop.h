// Runs a coroutine to its end on an io_context and returns its value: the bridge from a TEST_CASE to the loop. Aborts the test when the loop
// runs dry before (a deadlock), so no test waits for ever. Under VirtualClock, time is advanced to the next sleeper whenever the loop is idle.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "pkg/async/clock.h"

namespace slipway::test {

struct Loop {
  boost::asio::io_context io{1};
  async::VirtualClock clock{io.get_executor()};

  // Virtual time: for everything that runs in memory.
  template <class T>
  T run(async::Awaitable<T> task) {
    return drive(std::move(task), [this] {
      io.restart();
      if (io.poll() > 0) return true;
      return clock.advance_to_next();
    });
  }
  // Real time, for sockets and child processes: blocks in epoll; gives up after `limit`.
  template <class T>
  T run_real(async::Awaitable<T> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    return drive(std::move(task), [this, until] {
      io.restart();
      return io.run_one_until(until) > 0;
    });
  }

 private:
  template <class T, class Step>
  T drive(async::Awaitable<T> task, Step step) {
    bool finished = false;
    std::exception_ptr failure;
    if constexpr (std::is_void_v<T>) {
      boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e) { failure = e, finished = true; });
      while (!finished)
        if (!step() && !finished) throw std::runtime_error("the loop ran dry before the coroutine ended");
      if (failure) std::rethrow_exception(failure);
    } else {
      std::optional<T> value;
      boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T v) {
        failure = e;
        if (!e) value.emplace(std::move(v));
        finished = true;
      });
      while (!finished)
        if (!step() && !finished) throw std::runtime_error("the loop ran dry before the coroutine ended");
      if (failure) std::rethrow_exception(failure);
      return std::move(*value);
    }
  }
};

}  // namespace slipway::test
