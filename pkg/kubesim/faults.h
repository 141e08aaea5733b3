// Faults by rule, for tests and the demo: which requests are delayed, dropped, reset, truncated or answered with a Status. Thread: the loop's only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pkg/kubesim/request_info.h"
#include "pkg/kubesim/server.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

class Faults {
 public:
  void add(Fault fault);
  void clear() { rules_.clear(); }
  // Counts the request with every rule that matches it; the first rule that is due decides.
  [[nodiscard]] std::optional<Fault> take(const RequestInfo& info);

 private:
  struct Rule {
    Fault fault;
    std::uint64_t seen = 0;
    std::uint64_t done = 0;
  };
  std::vector<Rule> rules_;
};

[[nodiscard]] StatusError status_of_fault(const Fault& fault);
// Half of the body, then the connection breaks. Of a stream: half of its first piece.
[[nodiscard]] net::Response truncated(net::Response response);

}  // namespace slipway::kubesim
