#include "cmd/simulation/files.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <sys/stat.h>

namespace slipway::cmd {

Status make_private_folder(const std::string& path) {
  std::error_code ec;
  std::filesystem::create_directories(path, ec);
  if (!ec) std::filesystem::permissions(path, std::filesystem::perms::owner_all, ec);
  if (ec) return fail(Disposition::Terminal, path + ": " + ec.message());
  return {};
}

Status write_private_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(Disposition::Terminal, temporary + ": " + std::error_code(errno, std::generic_category()).message());
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  const bool synced = text.empty() && ::fsync(fd) == 0;
  const bool closed = ::close(fd) == 0;
  if (!synced || !closed || ::rename(temporary.c_str(), path.c_str()) != 0)
    return fail(Disposition::Terminal, path + ": " + std::error_code(errno, std::generic_category()).message());
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Disposition::NotFound, path + ": cannot be read");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > max_bytes)
    return fail(Disposition::Invalid, path + ": " + std::to_string(text.size()) + " bytes are over the limit of " + std::to_string(max_bytes));
  return text;
}

Result<std::string> find_config_dir(const std::string& flag) {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::vector<fs::path> candidates;
  if (!flag.empty()) {
    candidates.emplace_back(flag);
  } else {
    const fs::path self = fs::read_symlink("/proc/self/exe", ec);
    for (fs::path folder = self.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) candidates.push_back(folder / "config");
    candidates.emplace_back("/usr/share/slipway/config");
    candidates.emplace_back("config");
  }
  for (const fs::path& candidate : candidates)
    if (fs::is_directory(candidate / "crd", ec) && fs::is_directory(candidate / "samples", ec)) return candidate.string();
  return fail(Disposition::NotFound, flag.empty() ? "no config/ folder with crd/ and samples/ was found; name it with --config-dir"
                                                  : "--config-dir " + flag + ": holds no crd/ and samples/");
}

}  // namespace slipway::cmd
