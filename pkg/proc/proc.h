// Child processes: start a program, feed it, wait for it, keep the end of what it said. Nothing of it outlives the call: a child runs in a
// process group of its own, which is ended with it, and is always reaped. It inherits no descriptor, no environment, no signal mask.
// Thread: the loop's only. The loop is not blocked while it runs.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::proc {

struct Command {
  std::vector<std::string> argv;                      // argv[0]: an absolute path, or a name that is looked up in `path`
  std::string path = "/usr/local/bin:/usr/bin:/bin";  // absolute folders, colon-separated
  std::map<std::string, std::string> env;             // all that the child gets, besides PATH (= path, unless given here)
  std::string stdin_text;                             // empty: /dev/null
  std::string cwd;                                    // empty: ours
  async::Deadline deadline;
  async::Duration grace = std::chrono::seconds(5);  // between SIGTERM and SIGKILL
  std::size_t max_output = 1UL << 20U;              // bytes of each stream that are kept: the last ones
  std::size_t output_limit = 0;                     // a child that writes more on a stream is stopped; 0: no limit
};

struct Output {
  int exit_code = 0;  // -1 where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
  bool cut = false;  // out or err lost their beginning
  [[nodiscard]] bool ok() const noexcept { return exit_code == 0; }
};

// Any exit status is a success here. On deadline or cancellation the group gets SIGTERM, and SIGKILL after the grace; the call ends when the
// child has. Errors: NotFound (no such program), Invalid (names which part of the command), Timeout, Canceled, Terminal (over the output limit), Transient (no
// process to be had). Messages hold the program's name, never its arguments or output.
[[nodiscard]] async::Awaitable<Result<Output>> run(async::Executor executor, async::Clock& clock, Command command);

}  // namespace slipway::proc
