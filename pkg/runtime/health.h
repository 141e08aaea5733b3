// Health checks by name, and the HTTP answers that kube-apiserver and its probes use: /healthz, /livez, /readyz, each with ?verbose, ?exclude=name and
// /<check>; /metrics beside them. A check is a function that answers at once from what is known. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pkg/net/http.h"

namespace slipway::runtime {

using HealthCheck = std::function<Status()>;

// A check: fails where fewer than 5 % of the descriptors that the process may have are left. Then new connections fail, and only a restart gets back what
// leaks.
[[nodiscard]] Status descriptors_left();

class Health {
 public:
  Health();  // with "ping", which is always well
  void add_live(std::string name, HealthCheck check);
  void add_ready(std::string name, HealthCheck check);
  // Before each scrape: gauges that nobody moves while nothing happens.
  void before_scrape(std::function<void()> refresh);

  // The answer to GET `target`; 404 for what is not ours. Why a check failed goes to the log, not to the caller ("reason withheld"), except on the check's own
  // path.
  [[nodiscard]] net::Response respond(const net::Request& request) const;
  // /healthz, /livez, /readyz, /metrics. The object must live as long as the handler.
  [[nodiscard]] static net::Handler handler(std::shared_ptr<const Health> health);
  [[nodiscard]] bool ready() const;

 private:
  using Checks = std::vector<std::pair<std::string, HealthCheck>>;
  [[nodiscard]] net::Response run(std::string_view endpoint, const Checks& checks, const net::Target& target) const;
  Checks live_;
  Checks ready_;
  std::vector<std::function<void()>> refreshes_;
};

}  // namespace slipway::runtime
