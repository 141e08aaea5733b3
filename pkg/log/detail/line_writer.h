// Writes lines to a descriptor that may be a file on a full disk, a pipe that nobody reads or a stopped terminal, without ever waiting long for it.
//
// A line that cannot be written now waits for at most 10 ms, and all of them together for at most 100 ms of any second; then it is lost, and counted. When
// writing goes on, a line says how many are missing. A line longer than a pipe takes at once goes in parts; where it gets stuck its rest is lost, and the next
// line begins on a fresh one. Never throws. Thread: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::log::detail {

class LineWriter {
 public:
  using MakeNotice = std::function<std::string(std::uint64_t lost)>;  // the line that says so, without its end
  LineWriter(int fd, MakeNotice notice) : fd_(fd), notice_(std::move(notice)) {}

  bool write(std::string_view line);                                   // without its end. False: lost
  void redirect(int fd) noexcept { fd_ = fd; }                         // the caller keeps it open
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }  // since the beginning

 private:
  bool send(std::string_view text);
  bool ready();

  int fd_;
  MakeNotice notice_;
  std::uint64_t lost_ = 0;
  std::uint64_t told_ = 0;
  bool torn_ = false;  // the last line has no end
  std::chrono::steady_clock::time_point window_{};
  std::chrono::milliseconds waited_{0};
};

}  // namespace slipway::log::detail
