// A connection as bytes, whatever carries it: TCP, TLS, or a script in a test. One read and one write may be under way at once, on the loop's
// thread. Cancelling the coroutine that waits, or close(), ends an operation with Canceled. After any error a stream is only good for close().
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"
#include "pkg/net/http.h"

namespace slipway::net {

class ByteStream {
 public:
  virtual ~ByteStream() = default;  // closes
  // At least one byte; 0 is the peer's orderly end. `into` must live until the read has ended. Errors: Transient (reset, or a TLS stream that
  // was cut without its closing alert), Canceled.
  virtual Awaitable<Result<std::size_t>> read(std::span<char> into) = 0;
  virtual Awaitable<Status> write(std::string bytes) = 0;  // all of it. Errors: Transient, Canceled.
  // Tells the peer that nothing more will come, once everything is written. Only reads may follow. May wait for the peer: bound it.
  virtual Awaitable<void> finish() = 0;
  virtual void close() noexcept = 0;  // at once
  // False where an idle connection has been closed by the peer, or says something unasked.
  [[nodiscard]] virtual bool usable() noexcept = 0;
  [[nodiscard]] virtual Peer peer() const { return {}; }
};
using ByteStreamPtr = std::shared_ptr<ByteStream>;

// Closes the stream when the deadline passes: the one way in which time ends I/O here.
class DeadlineGuard {
 public:
  DeadlineGuard(async::Clock& clock, async::Executor executor, Deadline deadline, const ByteStreamPtr& stream);
  [[nodiscard]] bool expired() const noexcept { return *expired_; }
  // The error as the caller should see it: Timeout where the deadline closed the stream.
  [[nodiscard]] Error explain(Error error) const;

 private:
  std::shared_ptr<bool> expired_ = std::make_shared<bool>(false);
  std::shared_ptr<void> timer_;
};

}  // namespace slipway::net
