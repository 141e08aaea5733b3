#include "cmd/slipway/process.h"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace slipway::cmd {
namespace {

void on_signal(boost::asio::signal_set& signals, async::Event& stop, bool second) {
  signals.async_wait([&signals, &stop, second](boost::system::error_code ec, int number) {
    if (ec) return;
    if (second) std::_Exit(128 + number);
    stop.set();
    on_signal(signals, stop, true);
  });
}

// What we hold in memory are credentials of whole clusters. Children inherit the limit; a core handler that is a program heeds the flag only.
void no_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // whose leak check looks into its own process from a child
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace

int Process::run(async::Awaitable<int> root) {
  no_core_dumps();
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  on_signal(signals, stop, false);
  int code = 1;
  boost::asio::co_spawn(io, std::move(root), [&](std::exception_ptr failure, int value) {
    signals.cancel();
    code = value;
    if (!failure) return;
    code = 1;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      std::cerr << "slipway: internal error: " << e.what() << "\n";
    }
  });
  io.run();
  return code;
}

}  // namespace slipway::cmd
