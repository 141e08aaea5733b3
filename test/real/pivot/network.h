// The network between a mover and one server: a TCP proxy on loopback that fails once, when so many bytes have gone to the server. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "pkg/async/clock.h"
#include "pkg/async/task_group.h"

namespace slipway::test {

enum class Loss : std::uint8_t {
  Reset,      // all connections end at once: what was on its way may have arrived or not
  Unheard,    // the server goes on hearing, but nothing comes back; then all connections end
  Blackhole,  // nothing goes either way for a while, then all connections end
};

class Network {
 public:
  Network(async::Executor executor, async::Clock& clock, std::uint16_t server_port);
  ~Network();  // stop() first
  [[nodiscard]] std::uint16_t port() const;
  // `then` is called when `bytes` more have been sent to the server.
  void after(std::uint64_t bytes, std::function<void()> then);
  void lose(Loss loss);
  [[nodiscard]] std::uint64_t sent() const;  // bytes to the server so far
  [[nodiscard]] bool triggered() const;
  async::Awaitable<void> stop();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace slipway::test
