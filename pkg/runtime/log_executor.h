// An executor that keeps a log context in force while it runs something: a coroutine that is spawned on it, and all that this awaits, says in every line which
// reconcile it belongs to, however often it suspends. What it spawns on other executors does not.
#pragma once

#include <utility>

#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include "pkg/async/awaitable.h"
#include "pkg/log/log.h"

namespace slipway::runtime {

class LogExecutor {
 public:
  LogExecutor(async::Executor inner, log::Context context) noexcept : inner_(std::move(inner)), context_(std::move(context)) {}

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute([context = context_, work = std::forward<Function>(function)]() mutable {
      const log::Scope scope(std::move(context));
      std::move(work)();
    });
  }
  // All else is the inner executor's.
  template <class Property>
    requires boost::asio::can_query<async::Executor, Property>::value
  decltype(auto) query(const Property& property) const {
    return boost::asio::query(inner_, property);
  }
  template <class Property>
    requires boost::asio::can_require<async::Executor, Property>::value
  [[nodiscard]] LogExecutor require(const Property& property) const {
    return {boost::asio::require(inner_, property), context_};
  }
  template <class Property>
    requires boost::asio::can_prefer<async::Executor, Property>::value
  [[nodiscard]] LogExecutor prefer(const Property& property) const {
    return {boost::asio::prefer(inner_, property), context_};
  }
  friend bool operator==(const LogExecutor& a, const LogExecutor& b) noexcept { return a.context_ == b.context_ && a.inner_ == b.inner_; }
  friend bool operator!=(const LogExecutor& a, const LogExecutor& b) noexcept { return !(a == b); }

 private:
  async::Executor inner_;
  log::Context context_;
};

}  // namespace slipway::runtime
