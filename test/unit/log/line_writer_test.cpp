#include "pkg/log/detail/line_writer.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "pkg/log/log.h"

using namespace slipway;

namespace {

// A pipe that nobody reads until drain().
struct Pipe {
  std::array<int, 2> ends{};
  Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int fd : ends)
      if (fd >= 0) ::close(fd);
  }
  void hang_up() {
    ::close(ends[0]);
    ends[0] = -1;
  }
  std::string drain() {
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string all;
    std::array<char, 65536> buffer{};
    for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) all.append(buffer.data(), static_cast<std::size_t>(n));
    ::fcntl(ends[0], F_SETFL, 0);
    return all;
  }
};

std::string notice(std::uint64_t lost) { return "lost " + std::to_string(lost); }

}  // namespace

TEST_CASE("lines come out as they were written") {
  Pipe pipe;
  log::detail::LineWriter writer(pipe.ends[1], notice);
  CHECK(writer.write("one"));
  CHECK(writer.write(std::string(20'000, 'x')));
  CHECK(writer.write("two"));
  CHECK(pipe.drain() == "one\n" + std::string(20'000, 'x') + "\ntwo\n");
  CHECK(writer.lost() == 0);
}

TEST_CASE("a pipe that nobody reads costs lines, which are counted and named when somebody does") {
  Pipe pipe;
  log::detail::LineWriter writer(pipe.ends[1], notice);
  const std::string line(999, 'x');
  std::size_t kept = 0;
  while (writer.write(line)) ++kept;
  for (int i = 0; i < 999; ++i) CHECK_FALSE(writer.write(line));
  CHECK(writer.lost() == 1000);
  const std::string first = pipe.drain();
  CHECK(first.size() >= kept * 1000);
  CHECK(writer.write("on again"));
  CHECK(pipe.drain().ends_with("lost 1000\non again\n"));
  CHECK(writer.write("and no more of it"));
  CHECK(pipe.drain() == "and no more of it\n");
}

TEST_CASE("a line that got stuck does not swallow the next") {
  Pipe pipe;
  log::detail::LineWriter writer(pipe.ends[1], notice);
  CHECK_FALSE(writer.write(std::string(200'000, 'x')));
  const std::string part = pipe.drain();
  CHECK(part.size() > 4096);
  CHECK(writer.write("next"));
  CHECK(pipe.drain() == "\nlost 1\nnext\n");
}

TEST_CASE("a full disk and a reader that is gone are the same: lines are lost, and nothing else happens") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  log::detail::LineWriter writer(full, notice);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(writer.write("line"));
  CHECK(writer.lost() == 100);
  Pipe pipe;
  pipe.hang_up();
  writer.redirect(pipe.ends[1]);
  CHECK_FALSE(writer.write("line"));
  writer.redirect(-1);
  CHECK_FALSE(writer.write("line"));
  Pipe good;
  writer.redirect(good.ends[1]);
  CHECK(writer.write("line"));
  CHECK(good.drain() == "lost 102\nline\n");
  ::close(full);
}

TEST_CASE("the log itself counts what it lost, and says so in its own format") {
  const std::uint64_t before = log::lost_lines();
  log::configure(log::Level::Info, log::Format::Text);
  {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    const log::Redirect redirect(full);
    log::info("lost to the disk", {{"name", "x"}});
    ::close(full);
  }
  CHECK(log::lost_lines() == before + 1);
  Pipe pipe;
  const log::Redirect redirect(pipe.ends[1]);
  log::info("on again");
  const std::string text = pipe.drain();
  CHECK(text.find("warn  log lines were lost count=1\n") != std::string::npos);
  CHECK(text.ends_with("info  on again\n"));
}
