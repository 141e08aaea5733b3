// A clock around a program: wall time, what the kernel says that it used, and its largest resident set.
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <spawn.h>
#include <unistd.h>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>

#include "test/bench/move/bench.h"

namespace slipway::bench {
namespace {

double ms(const timeval& t) { return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3; }

pid_t start(const char* output, char** args) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, args[0], &actions, nullptr, args, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) die(std::string(args[0]) + ": " + std::strerror(error));
  return pid;
}

}  // namespace

int measure(int argc, char** argv) {
  if (argc < 2) die("measure OUTPUT PROGRAM ARGS...");
  const double began = wall_ms();
  const pid_t pid = start(argv[0], argv + 1);
  int status = 0;
  rusage used{};
  while (::wait4(pid, &status, 0, &used) < 0)
    if (errno != EINTR) die(std::strerror(errno));
  Report report;
  report.add("wall_ms", wall_ms() - began);
  report.add("cpu_ms", ms(used.ru_utime) + ms(used.ru_stime));
  report.add("peak_kb", std::int64_t{used.ru_maxrss});
  report.print();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace slipway::bench
