// bench_launch: how long a program takes from exec until it says that it is ready.
//   bench_launch PROGRAM ARGS...     "{port}" in an argument becomes a free port; GET http://127.0.0.1:{port}/readyz is asked until it says 200, two minutes at
//   most
// Then the program gets SIGTERM. Prints a RESULT line: ready_ms, and cpu_ms, rss_kb, peak_kb at that moment.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "test/bench/runtime/common/flags.h"
#include "test/bench/runtime/common/measure.h"

namespace {

using namespace slipway::bench;

constexpr int kStepMs = 1;
constexpr double kLimitMs = 120'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

bool ready(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  std::array<char, 64> answer{};
  constexpr std::string_view kRequest = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  const bool asked = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size());
  const ssize_t n = asked ? ::recv(fd, answer.data(), answer.size(), MSG_WAITALL) : 0;
  ::close(fd);
  return n > 12 && std::string_view(answer.data(), 12) == "HTTP/1.1 200";
}

std::int64_t status_kb(pid_t pid, std::string_view key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stoll(line.substr(key.size() + 1));
  return 0;
}

std::vector<std::string> arguments(int argc, char** argv, std::uint16_t port) {
  std::vector<std::string> out(argv + 1, argv + argc);
  for (std::string& arg : out) {
    const std::size_t at = arg.find("{port}");
    if (at != std::string::npos) arg.replace(at, 6, std::to_string(port));
  }
  return out;
}

pid_t start(std::vector<std::string>& args) {
  std::vector<char*> pointers;
  for (std::string& arg : args) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, pointers[0], nullptr, nullptr, pointers.data(), environ);
  if (error != 0) die(args[0] + ": " + std::strerror(error));
  return pid;
}

// User and system time of another process, in ticks of 10 ms.
double cpu_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  for (int field = 1; field <= 15 && stat >> word; ++field)
    if (field >= 14) ticks += std::stod(word);
  return ticks * 1e3 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) die("bench_launch PROGRAM ARGS...");
  const std::uint16_t port = free_port();
  std::vector<std::string> args = arguments(argc, argv, port);
  const double began = wall_ms();
  const pid_t pid = start(args);
  while (!ready(port)) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) die("the program ended before it was ready");
    if (wall_ms() - began > kLimitMs) {
      ::kill(pid, SIGKILL);
      die("the program did not become ready in two minutes");
    }
    ::poll(nullptr, 0, kStepMs);
  }
  Report report;
  report.add("ready_ms", wall_ms() - began);
  report.add("cpu_ms", cpu_of(pid));
  report.add("rss_kb", status_kb(pid, "VmRSS:"));
  report.add("peak_kb", status_kb(pid, "VmHWM:"));
  ::kill(pid, SIGTERM);
  ::waitpid(pid, nullptr, 0);
  report.print();
}
