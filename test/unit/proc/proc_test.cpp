#include "pkg/proc/proc.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <sys/wait.h>

#include "pkg/async/task_group.h"
#include "test/support/loop.h"

namespace slipway::proc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct World {
  test::Loop loop;
  async::RealClock clock;
  Result<Output> run(Command command) { return loop.run_real(proc::run(loop.executor(), clock, std::move(command))); }
};

Command shell(std::string script) {
  Command command;
  command.argv = {"sh", "-c", std::move(script)};
  return command;
}

bool no_children_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

async::Awaitable<void> note(async::Executor executor, async::Clock* clock, Command command, std::optional<Result<Output>>* out) {
  *out = co_await run(executor, *clock, std::move(command));
}

}  // namespace

TEST_CASE("a program's output and exit status come back", "[proc]") {
  World world;
  const auto output = world.run(shell("echo out; echo err >&2; exit 7"));
  REQUIRE(output);
  CHECK(output->exit_code == 7);
  CHECK(output->signal == 0);
  CHECK(output->out == "out\n");
  CHECK(output->err == "err\n");
  CHECK_FALSE(output->ok());
  CHECK(no_children_left());
}

TEST_CASE("arguments reach the program as they are", "[proc]") {
  World world;
  Command command;
  command.argv = {"/bin/echo", "-n", "a b", "$HOME", "*", ""};
  const auto output = world.run(command);
  REQUIRE(output);
  CHECK(output->out == "a b $HOME * ");
}

TEST_CASE("standard input is the text, or empty", "[proc]") {
  World world;
  Command command;
  command.argv = {"cat"};
  const auto nothing = world.run(command);
  REQUIRE(nothing);
  CHECK(nothing->out.empty());
  command.stdin_text = std::string(300'000, 'x') + "end";
  const auto text = world.run(command);
  REQUIRE(text);
  CHECK(text->out == command.stdin_text);
  Command ignoring = shell("exit 0");
  ignoring.stdin_text = std::string(300'000, 'x');
  CHECK(world.run(ignoring));
}

TEST_CASE("the environment is what was given and no more", "[proc]") {
  World world;
  Command command;
  command.argv = {"env"};
  command.env = {{"A", "1"}, {"B", "two words"}};
  const auto output = world.run(command);
  REQUIRE(output);
  CHECK(output->out == "PATH=/usr/local/bin:/usr/bin:/bin\nA=1\nB=two words\n");
}

TEST_CASE("the child sees three descriptors, no blocked and no ignored signals, and a process group of its own", "[proc]") {
  World world;
  const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec on purpose
  REQUIRE(leak >= 0);
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto fds = world.run(shell("for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ -e /proc/$$/fd/$n ] && echo $n; done; true"));
  const auto status = world.run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f1,5 /proc/self/stat; echo $$"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(leak);
  REQUIRE(fds);
  CHECK(fds->out == "0\n1\n2\n");
  REQUIRE(status);
  CAPTURE(status->out);
  CHECK(status->out.starts_with("SigBlk:\t0000000000000000\n"));
  // glibc ignores its own two real-time signals, 32 and 33, in every child.
  const std::uint64_t ignored = std::stoull(status->out.substr(status->out.find("SigIgn:") + 8, 16), nullptr, 16);
  CHECK((ignored & 0x7fffffffULL) == 0);
  const std::string& out = status->out;
  const std::string shell_pid = out.substr(out.rfind('\n', out.size() - 2) + 1);
  CHECK(out.find(" " + shell_pid) != std::string::npos);
}

TEST_CASE("the working directory is the one asked for", "[proc]") {
  World world;
  Command command = shell("pwd");
  command.cwd = "/usr";
  const auto output = world.run(command);
  REQUIRE(output);
  CHECK(output->out == "/usr\n");
  command.cwd = "/nowhere-at-all";
  const auto failed = world.run(command);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().is(Disposition::Invalid));
}

TEST_CASE("the end of a long output is kept", "[proc]") {
  World world;
  Command command = shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; echo small >&2");
  command.max_output = 100;
  const auto output = world.run(command);
  REQUIRE(output);
  CHECK(output->out.size() == 100);
  CHECK(output->out.ends_with("line 19999\n"));
  CHECK(output->err == "small\n");
  CHECK(output->cut);
}

TEST_CASE("programs that are not there, or not programs, are refused before anything starts", "[proc]") {
  World world;
  const auto disposition = [&](std::vector<std::string> argv, std::string path = "/bin") {
    Command command;
    command.argv = std::move(argv);
    command.path = std::move(path);
    const auto output = world.run(command);
    return output ? std::string("started") : std::string(to_string(output.error().disposition()));
  };
  CHECK(disposition({"no-such-program"}) == "NotFound");
  CHECK(disposition({"/no/such/program"}) == "NotFound");
  CHECK(disposition({"/etc/passwd"}) == "NotFound");
  CHECK(disposition({"/bin"}) == "NotFound");
  CHECK(disposition({"sh"}, "") == "NotFound");
  CHECK(disposition({"sh"}, ".:relative") == "NotFound");
  CHECK(disposition({"./sh"}) == "Invalid");
  CHECK(disposition({}) == "Invalid");
  CHECK(disposition({""}) == "Invalid");
  CHECK(disposition({"sh", std::string("a\0b", 3)}) == "Invalid");
}

TEST_CASE("a deadline stops the whole group, and the error says so", "[proc]") {
  World world;
  Command command = shell("sh -c 'sleep 1000' & wait");
  command.deadline = world.clock.after(milliseconds(50));
  const auto output = world.run(command);
  REQUIRE_FALSE(output);
  CHECK(output.error().is(Disposition::Timeout));
  CHECK(no_children_left());
}

TEST_CASE("a child that ignores SIGTERM is killed after the grace", "[proc]") {
  World world;
  Command command = shell("trap '' TERM; echo ready; while :; do sleep 1000; done");
  command.deadline = world.clock.after(milliseconds(50));
  command.grace = milliseconds(50);
  const auto start = world.clock.now();
  const auto output = world.run(command);
  REQUIRE_FALSE(output);
  CHECK(output.error().is(Disposition::Timeout));
  CHECK(world.clock.now() - start < seconds(20));
  CHECK(no_children_left());
}

TEST_CASE("a signal that ends the child is told", "[proc]") {
  World world;
  const auto output = world.run(shell("kill -KILL $$"));
  REQUIRE(output);
  CHECK(output->exit_code == -1);
  CHECK(output->signal == SIGKILL);
}

TEST_CASE("cancelling the caller stops the child and waits for it", "[proc]") {
  World world;
  async::TaskGroup group(world.loop.executor());
  std::optional<Result<Output>> out;
  group.spawn("run", note(world.loop.executor(), &world.clock, shell("sleep 1000"), &out));
  world.loop.settle();
  world.loop.run_real(group.stop());
  REQUIRE(out);
  REQUIRE_FALSE(*out);
  CHECK(out->error().is(Disposition::Canceled));
  CHECK(no_children_left());
}

TEST_CASE("what a program leaves behind in its group ends with it and does not hold up the call", "[proc]") {
  World world;
  const auto start = world.clock.now();
  const auto output = world.run(shell("sleep 1000 & echo started"));
  REQUIRE(output);
  CHECK(output->out == "started\n");
  CHECK(world.clock.now() - start < seconds(20));
}

TEST_CASE("a descendant that left the group holds up the call for a second only", "[proc]") {
  if (!std::filesystem::exists("/usr/bin/setsid")) SKIP("setsid is not installed");
  World world;
  const auto start = world.clock.now();
  const auto output = world.run(shell("setsid sleep 5 & sleep 0.1; echo started"));
  REQUIRE(output);
  CHECK(output->out == "started\n");
  CHECK(world.clock.now() - start < seconds(4));
}

TEST_CASE("many children at once", "[proc]") {
  World world;
  async::TaskGroup group(world.loop.executor());
  std::vector<std::optional<Result<Output>>> outs(20);
  for (std::size_t i = 0; i < outs.size(); ++i) group.spawn("run", note(world.loop.executor(), &world.clock, shell("echo " + std::to_string(i)), &outs[i]));
  world.loop.run_real(group.join());
  for (std::size_t i = 0; i < outs.size(); ++i) {
    REQUIRE(outs[i]);
    REQUIRE(*outs[i]);
    CHECK((*outs[i])->out == std::to_string(i) + "\n");
  }
  CHECK(no_children_left());
}

TEST_CASE("a child that writes more than its limit is stopped, and one that stays under it is not") {
  World world;
  Command endless = shell("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done");
  endless.output_limit = 100'000;
  const auto stopped = world.run(std::move(endless));
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().is(Disposition::Terminal));
  Command modest = shell("echo a >&2; echo b");
  modest.output_limit = 2;
  const auto done = world.run(std::move(modest));
  REQUIRE(done);
  CHECK(done->out == "b\n");
  CHECK(no_children_left());
}

}  // namespace slipway::proc
