// Lets writes through only while this process leads. A candidate that was stopped and woken again, or that lost its lease a moment ago, asks here before each
// write is issued, by the clock: no news needs to have arrived. close() is the news: it also cancels the writes in flight.
//
// Guarantees: after the renew deadline no write is issued; with close(), those in flight end with Canceled. What was sent before may still be carried out: the
// margin between renew deadline and lease duration is for that. Reads and watches always pass. Errors of writes: Canceled. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>

#include "pkg/kube/client.h"

namespace slipway::runtime {

class WriteGate {
 public:
  // `leads` is asked at every write.
  WriteGate(async::Executor executor, async::Clock& clock, std::function<bool()> leads);
  ~WriteGate();
  [[nodiscard]] std::shared_ptr<kube::Client> guard(std::shared_ptr<kube::Client> client) const;
  void close();  // for good
  [[nodiscard]] bool open() const;
  [[nodiscard]] std::size_t in_flight() const noexcept;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
