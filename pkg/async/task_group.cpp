#include "pkg/async/task_group.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

namespace slipway::async {
namespace {

struct Child {
  std::string name;
  asio::cancellation_signal signal;
  bool started = false;  // a signal before the first step would be thrown out of the loop by Asio's own entry point
  bool cancelled = false;

  void cancel() {
    cancelled = true;
    if (started) signal.emit(asio::cancellation_type::terminal);
  }
};

Awaitable<void> guard(std::shared_ptr<Child> child, Awaitable<void> task) {
  child->started = true;
  co_await asio::this_coro::throw_if_cancelled(false);
  if (child->cancelled) co_return;
  co_await std::move(task);
}

[[noreturn]] void die(const std::string& name, const char* what) {
  std::fprintf(stderr, "slipway: task \"%s\" ended by an exception: %s\n", name.c_str(), what);
  std::abort();
}

void check(const std::string& name, const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) die(name, e.what());
  } catch (const std::exception& e) {
    die(name, e.what());
  } catch (...) {
    die(name, "unknown");
  }
}

}  // namespace

struct TaskGroup::State {
  explicit State(Executor e) : executor(std::move(e)) {}
  Executor executor;
  bool cancelled = false;
  std::list<std::shared_ptr<Child>> children;
  std::list<std::shared_ptr<asio::steady_timer>> joiners;

  void ended(const std::shared_ptr<Child>& child) {
    children.remove(child);
    if (!children.empty()) return;
    for (const auto& joiner : joiners) joiner->cancel();
  }
};

TaskGroup::TaskGroup(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
  if (state_->children.empty()) return;
  std::fprintf(stderr, "slipway: a task group died before its tasks: %s\n", running().c_str());
  std::abort();
}

void TaskGroup::spawn(std::string name, Awaitable<void> task) {
  if (state_->cancelled) return;
  auto child = std::make_shared<Child>();
  child->name = std::move(name);
  state_->children.push_back(child);
  asio::co_spawn(state_->executor, guard(child, std::move(task)),
                 asio::bind_cancellation_slot(child->signal.slot(), [state = state_, child](std::exception_ptr failure) {
                   check(child->name, failure);
                   state->ended(child);
                 }));
}

void TaskGroup::cancel() {
  state_->cancelled = true;
  // A copy: a child may end, and leave the list, while it is being told.
  const std::vector<std::shared_ptr<Child>> children(state_->children.begin(), state_->children.end());
  for (const auto& child : children) child->cancel();
}

bool TaskGroup::cancelled() const noexcept { return state_->cancelled; }
std::size_t TaskGroup::size() const noexcept { return state_->children.size(); }
Executor TaskGroup::executor() const noexcept { return state_->executor; }

std::string TaskGroup::running() const {
  std::string names;
  for (const auto& child : state_->children) names.append(names.empty() ? "" : ", ").append(child->name);
  return names;
}

Awaitable<void> TaskGroup::join() {
  const auto state = state_;
  while (!state->children.empty()) {
    const auto timer = std::make_shared<asio::steady_timer>(state->executor, asio::steady_timer::time_point::max());
    state->joiners.push_back(timer);
    const auto done = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(done);
    state->joiners.remove(timer);
  }
}

Awaitable<void> TaskGroup::stop() {
  cancel();
  co_await join();
}

Awaitable<bool> is_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Awaitable<void> no_throw_on_cancel() { co_await asio::this_coro::throw_if_cancelled(false); }

}  // namespace slipway::async
