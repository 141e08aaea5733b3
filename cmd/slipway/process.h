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

// Writes for this user only (0600), through a temporary file and rename. Errors: Terminal.
[[nodiscard]] Status write_private_file(const std::string& path, std::string_view text);
[[nodiscard]] Status make_private_folder(const std::string& path);
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// The repository's config/ folder: the flag, then beside the binary's build tree, then /usr/share/slipway/config, then ./config. Errors: NotFound.
[[nodiscard]] Result<std::string> find_config_dir(const std::string& flag);

}  // namespace slipway::cmd
