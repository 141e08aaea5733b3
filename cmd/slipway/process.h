// What every long-running command does the same: a loop, signals, files of its own, addresses. Thread: main's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "pkg/async/clock.h"
#include "pkg/async/sync.h"
#include "pkg/base/error.h"

namespace slipway::cmd {

struct Process {
  boost::asio::io_context io{1};
  async::RealClock clock;
  async::Event stop{io.get_executor()};  // set on the first SIGTERM or SIGINT

  // Runs the coroutine as the process's root and the loop until it ends, without core dumps from now on; its value is the exit code. The first SIGTERM or
  // SIGINT sets `stop`, the second exits at once.
  int run(async::Awaitable<int> root);
};

}  // namespace slipway::cmd
