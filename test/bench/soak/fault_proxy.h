// A TCP proxy on loopback that fails as networks do: by one seed it resets, delays, cuts and silences the connections that go through it. It looks at no
// bytes, so TLS goes through it end to end. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/async/task_group.h"
#include "pkg/base/error.h"

namespace slipway::soak {

class FaultProxy {
 public:
  // Errors: Transient (no port to listen on).
  static Result<std::unique_ptr<FaultProxy>> listen(async::Executor executor, async::Clock& clock, std::string host, std::uint16_t port, std::uint64_t seed);
  ~FaultProxy();  // stop() first
  [[nodiscard]] std::uint16_t port() const noexcept;
  void set_faulty(bool faulty) noexcept;  // false: lets everything through; what is silent stays so until cut
  void cut_all();                         // as a server's restart does
  [[nodiscard]] std::uint64_t faults() const noexcept;
  async::Awaitable<void> stop();

  struct State;

 private:
  FaultProxy() = default;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::soak
