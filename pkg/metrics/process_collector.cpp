#include "pkg/metrics/process_collector.h"

#include <array>
#include <cstdint>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>
#include <vector>

#include <sys/resource.h>

#include "pkg/metrics/detail/text_format.h"

namespace slipway::metrics {
namespace {

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void series(std::string& out, const char* name, const char* type, const char* help, double value) {
  detail::append_head(out, name, help, type);
  detail::append_sample(out, name, {}, {}, value);
}

// Fields of /proc/self/stat from the third on: the second, the command, may hold spaces and parentheses.
std::vector<double> stat_fields() {
  const std::string stat = read_file("/proc/self/stat");
  const auto end = stat.rfind(')');
  std::vector<double> fields;
  if (end == std::string::npos || end + 4 > stat.size()) return fields;
  std::istringstream rest(stat.substr(end + 4));  // after ") S "
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double boot_time() {
  std::istringstream stat(read_file("/proc/stat"));
  for (std::string line; std::getline(stat, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

}  // namespace

std::optional<std::size_t> open_descriptors() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  std::size_t entries = 0;
  while (readdir(directory) != nullptr) ++entries;
  closedir(directory);
  return entries - 3;  // ".", ".." and the directory's own
}

std::string process_metrics() {
  std::string out;
  // Field numbers of proc(5), less the three that stat_fields() leaves out: utime 14, stime 15, starttime 22, vsize 23, rss 24.
  const std::vector<double> fields = stat_fields();
  const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (fields.size() > 20 && tick > 0) {
    series(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", (fields[10] + fields[11]) / tick);
    series(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", boot_time() + fields[18] / tick);
    series(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", fields[19]);
    series(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", fields[20] * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  if (const auto open = open_descriptors()) series(out, "process_open_fds", "gauge", "Number of open file descriptors.", static_cast<double>(*open));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0)
    series(out, "process_virtual_memory_max_bytes", "gauge", "Maximum amount of virtual memory available in bytes.", static_cast<double>(limit.rlim_cur));
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    series(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.", static_cast<double>(limit.rlim_cur));
  return out;
}

}  // namespace slipway::metrics
