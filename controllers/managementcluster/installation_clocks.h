// How long an installation waits, and for what: a clock for each part that is waited for now, all side by side. A clock starts when its part is waited for
// first and ends when it is not any more, so that nobody's patience is spent by another. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pkg/async/clock.h"

namespace slipway::controllers::managementcluster {

struct Patience {
  async::Duration limit = std::chrono::minutes(5);
  std::string name = "the time-out";  // for sentences: "--wait-provider-timeout"
};

struct Waited {
  std::string what;  // whose clock it is: "CoreProvider cluster-api v1.14.0"
  std::string why;   // a sentence's end, which names it: the deepest thing that is missing
  Patience patience;
};

class InstallationClocks {
 public:
  // All that is waited for now.
  void see(async::TimePoint now, std::vector<Waited> waits);
  // When the first of them is over; never where nothing is waited for.
  [[nodiscard]] async::Deadline due() const noexcept;
  // "--wait-provider-timeout of 5m is over: ...", with every part whose time is; nothing where there is none.
  [[nodiscard]] std::optional<std::string> over(async::TimePoint now) const;

 private:
  struct Running {
    async::TimePoint since;
    Waited waited;
    [[nodiscard]] async::TimePoint end() const noexcept { return since + waited.patience.limit; }
  };
  std::map<std::string, Running, std::less<>> running_;
};

}  // namespace slipway::controllers::managementcluster
