#include "pkg/proc/fd.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

#include <sys/mman.h>

namespace slipway::proc {
namespace {

std::unexpected<Error> failed(const char* what) { return fail(Disposition::Transient, std::string(what) + ": " + std::generic_category().message(errno)); }

// Descriptors 0 to 2 can be free in a daemon; a pipe there would be overwritten while the child's are put in place.
Result<Fd> above_standard(Fd fd) {
  if (fd.get() > 2) return fd;
  Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (moved.get() < 0) return failed("moving a descriptor");
  return moved;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<PipeEnds> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("making a pipe");
  Fd first(ends[0]);
  Fd second(ends[1]);
  auto read = above_standard(std::move(first));
  if (!read) return fail(std::move(read).error());
  auto write = above_standard(std::move(second));
  if (!write) return fail(std::move(write).error());
  return PipeEnds{std::move(*read), std::move(*write)};
}

Result<Fd> file_with(std::string_view text) {
  if (text.empty()) {
    Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null.get() < 0) return failed("opening /dev/null");
    return above_standard(std::move(null));
  }
  Fd file(::memfd_create("stdin", MFD_CLOEXEC));
  if (file.get() < 0) return failed("making a file in memory");
  while (!text.empty()) {
    const ssize_t n = ::write(file.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("writing a file in memory");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return failed("rewinding a file in memory");
  return above_standard(std::move(file));
}

}  // namespace slipway::proc
