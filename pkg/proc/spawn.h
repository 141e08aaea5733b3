// The system calls of starting and ending a child. No coroutines, no loop.
#pragma once

#include <sys/types.h>

#include "pkg/base/error.h"
#include "pkg/proc/fd.h"
#include "pkg/proc/proc.h"

namespace slipway::proc {

// A child that has not been reaped. Whoever drops it kills its group and reaps it, which waits for the kernel.
class Child {
 public:
  Child() = default;
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
  Child& operator=(Child&& other) = delete;
  ~Child();

  // Descriptors of the child's standard streams stay the caller's. Errors: NotFound, Invalid, Transient.
  [[nodiscard]] static Result<Child> start(const Command& command, const Fd& in, const Fd& out, const Fd& err);

  [[nodiscard]] int release_pidfd() noexcept { return pidfd_.release(); }  // readable when the child has ended; the caller closes it
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal_group(int signal) const noexcept;
  // Of a child that has ended: ends what is left of its group, takes its status, and is empty then.
  void reap(Output& output) noexcept;

 private:
  pid_t pid_ = 0;
  Fd pidfd_;
};

// The program's absolute path. Errors: NotFound, Invalid.
[[nodiscard]] Result<std::string> find_program(const Command& command);

}  // namespace slipway::proc
