// A file descriptor with an owner. All that are made here are close-on-exec and above the standard three.
#pragma once

#include <string_view>
#include <utility>

#include "pkg/base/error.h"

namespace slipway::proc {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept { *this = Fd(); }

 private:
  int fd_ = -1;
};

struct PipeEnds {
  Fd read;
  Fd write;
};
// Errors of all: Transient (out of descriptors or memory).
[[nodiscard]] Result<PipeEnds> make_pipe();
[[nodiscard]] Result<Fd> file_with(std::string_view text);  // in memory, read from its beginning; /dev/null for an empty text

}  // namespace slipway::proc
