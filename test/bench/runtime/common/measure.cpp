#include "test/bench/runtime/common/measure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <sys/resource.h>

namespace slipway::bench {

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3; };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

double wall_ms() { return static_cast<double>(monotonic_ns()) / 1e6; }

Usage usage() {
  Usage u;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto value = [&] { return static_cast<std::int64_t>(std::stoll(line.substr(line.find(':') + 1))); };
    if (line.starts_with("VmRSS:")) u.rss_kb = value();
    if (line.starts_with("VmHWM:")) u.peak_kb = value();
    if (line.starts_with("Threads:")) u.threads = value();
  }
  std::error_code ec;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ec), end; it != end && !ec; it.increment(ec)) ++u.descriptors;
  --u.descriptors;  // the folder's own
  return u;
}

void Report::add(std::string_view key, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  add_text(std::string(key) + "=" + text.data());
}
void Report::add(std::string_view key, std::int64_t value) { add_text(std::string(key) + "=" + std::to_string(value)); }
void Report::add(const Usage& u) {
  add("rss_kb", u.rss_kb);
  add("peak_kb", u.peak_kb);
  add("threads", u.threads);
  add("fds", u.descriptors);
}
void Report::add_text(std::string_view pairs) {
  if (!line_.empty()) line_ += ' ';
  line_ += pairs;
}
void Report::print() const {
  std::printf("RESULT %s\n", line_.c_str());
  std::fflush(stdout);
}

double quantile(std::vector<double>& samples, double p) {
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  const auto at = static_cast<std::size_t>(std::ceil(p * static_cast<double>(samples.size())));
  return samples[std::min(at == 0 ? 0 : at - 1, samples.size() - 1)];
}

}  // namespace slipway::bench
