#include "pkg/providers/sources/files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <sys/stat.h>

#include "pkg/base/random.h"
#include "pkg/proc/fd.h"

namespace slipway::providers {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failed(const fs::path& path, int code, Disposition otherwise) {
  const Disposition disposition = code == ENOENT || code == ENOTDIR ? Disposition::NotFound
                                  : code == EACCES || code == EPERM ? Disposition::Forbidden
                                                                    : otherwise;
  return fail(disposition, path.string() + ": " + std::generic_category().message(code));
}

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, errno, Disposition::Transient);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return failed(path, errno, Disposition::Transient);
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::size_t max_bytes) {
  const proc::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));  // what is resolved has no symlink; a pipe does not hold us up
  if (fd.get() < 0 && errno == ELOOP) return fail(Disposition::Invalid, path.string() + ": is a symbolic link");
  if (fd.get() < 0) return failed(path, errno, Disposition::Terminal);
  struct stat about{};
  if (::fstat(fd.get(), &about) != 0) return failed(path, errno, Disposition::Terminal);
  if (!S_ISREG(about.st_mode)) return fail(Disposition::Invalid, path.string() + ": is no regular file");
  const auto too_large = [&] {
    return fail(Disposition::Invalid, path.string() + ": is larger than " + std::to_string(max_bytes) + " bytes, which is the most that is accepted");
  };
  if (static_cast<std::size_t>(about.st_size) > max_bytes) return too_large();
  std::string out(static_cast<std::size_t>(about.st_size) + 1, '\0');  // one more, to see the end
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = ::read(fd.get(), out.data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, errno, Disposition::Terminal);
    size += static_cast<std::size_t>(n);
    if (size > max_bytes) return too_large();
    if (n == 0) break;
    if (size == out.size()) out.resize(out.size() * 2);  // it grows while we read
  }
  out.resize(size);
  return out;
}

Result<fs::path> resolve_inside(const fs::path& folder, const fs::path& relative) {
  std::error_code ec;
  const fs::path base = fs::canonical(folder, ec);
  if (ec) return failed(folder, ec.value(), Disposition::Terminal);
  fs::path target = fs::canonical(folder / relative, ec);
  if (ec) return failed(folder / relative, ec.value(), Disposition::Terminal);
  if (std::mismatch(base.begin(), base.end(), target.begin(), target.end()).first == base.end()) return target;
  return fail(Disposition::Invalid, (folder / relative).string() + ": a symbolic link leads out of " + folder.string());
}

Status write_file(const fs::path& path, std::string_view bytes, const fs::path& temporary) {
  const fs::path unfinished = temporary / (std::to_string(::getpid()) + "-" + random_uuid());
  proc::Fd fd(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return failed(unfinished, errno, Disposition::Transient);
  auto written = write_all(fd.get(), bytes, path);
  fd.reset();
  if (written && ::rename(unfinished.c_str(), path.c_str()) != 0) written = failed(path, errno, Disposition::Transient);
  if (!written) {
    ::unlink(unfinished.c_str());
    return written;
  }
  const proc::Fd folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed(path.parent_path(), errno, Disposition::Transient);
  return {};
}

}  // namespace slipway::providers
