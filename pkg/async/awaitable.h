// The coroutine type of Slipway. Rules (docs/architecture.md, law 3): every co_await is its own statement into a named local; parameters
// by value; no capturing lambda as a coroutine; nothing detached: a TaskGroup owns its children.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace slipway::async {

namespace asio = boost::asio;
template <class T = void>
using Awaitable = asio::awaitable<T>;
using Executor = asio::any_io_executor;

}  // namespace slipway::async
