// What a process used so far, as the kernel counts it, and the line in which the benchmark's programs say what they measured:
//   RESULT key=value key=value ...
// Times are milliseconds, memory is KiB, latencies microseconds. The Go peer writes the same keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::bench {

[[nodiscard]] double cpu_ms();               // user and system time of this process (getrusage)
[[nodiscard]] double wall_ms();              // monotonic
[[nodiscard]] std::uint64_t monotonic_ns();  // CLOCK_MONOTONIC: the same in all processes of a machine

struct Usage {
  std::int64_t rss_kb = 0;   // VmRSS
  std::int64_t peak_kb = 0;  // VmHWM
  std::int64_t threads = 0;
  std::int64_t descriptors = 0;
};
[[nodiscard]] Usage usage();

class Report {
 public:
  void add(std::string_view key, double value);
  void add(std::string_view key, std::int64_t value);
  void add(const Usage& u);               // rss_kb, peak_kb, threads, fds
  void add_text(std::string_view pairs);  // already "key=value ..."
  [[nodiscard]] const std::string& text() const noexcept { return line_; }
  void print() const;

 private:
  std::string line_;
};

// The p-th quantile (0 to 1) of what was recorded; 0 where that is nothing. Sorts.
[[nodiscard]] double quantile(std::vector<double>& samples, double p);

}  // namespace slipway::bench
