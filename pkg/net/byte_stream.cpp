#include "pkg/net/byte_stream.h"

namespace slipway::net {

DeadlineGuard::DeadlineGuard(async::Clock& clock, async::Executor executor, Deadline deadline, const ByteStreamPtr& stream) {
  if (deadline.is_never()) return;
  timer_ = clock.schedule(std::move(executor), deadline.at, [expired = expired_, weak = std::weak_ptr<ByteStream>(stream)] {
    *expired = true;
    if (const auto alive = weak.lock()) alive->close();
  });
}

Error DeadlineGuard::explain(Error error) const {
  if (!expired()) return error;
  return Error(Disposition::Timeout, "the deadline passed");
}

}  // namespace slipway::net
