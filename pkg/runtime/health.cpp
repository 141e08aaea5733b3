#include "pkg/runtime/health.h"

#include <algorithm>
#include <set>

#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {
namespace {

net::Response text(int status, std::string body) {
  net::Response response(status, "text/plain; charset=utf-8", std::move(body));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control", "no-cache, private");
  return response;
}

async::Awaitable<net::Response> answer(std::shared_ptr<const Health> health, net::Request request) { co_return health->respond(request); }

}  // namespace

Health::Health() {
  live_.emplace_back("ping", [] { return Status(); });
  ready_.emplace_back("ping", [] { return Status(); });
}

void Health::add_live(std::string name, HealthCheck check) { live_.emplace_back(std::move(name), std::move(check)); }
void Health::add_ready(std::string name, HealthCheck check) { ready_.emplace_back(std::move(name), std::move(check)); }
void Health::before_scrape(std::function<void()> refresh) { refreshes_.push_back(std::move(refresh)); }

bool Health::ready() const {
  return std::ranges::all_of(ready_, [](const auto& named) { return named.second().has_value(); });
}

net::Handler Health::handler(std::shared_ptr<const Health> health) {
  return [health = std::move(health)](net::Request request) { return answer(health, std::move(request)); };
}

net::Response Health::respond(const net::Request& request) const {
  const auto target = net::parse_target(request.target);
  if (!target) return text(400, "bad request\n");
  if (request.method != "GET" && request.method != "HEAD") return text(405, "method not allowed\n");
  if (target->path == "/metrics") {
    for (const auto& refresh : refreshes_) refresh();
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics::registry().expose()};
  }
  for (const auto* endpoint : {"healthz", "livez", "readyz"}) {
    const std::string root = "/" + std::string(endpoint);
    if (target->path == root || target->path == root + "/" || target->path.starts_with(root + "/"))
      return run(endpoint, std::string_view(endpoint) == "readyz" ? ready_ : live_, *target);
  }
  return text(404, "404 page not found\n");
}

// The wording is kube-apiserver's (staging/src/k8s.io/apiserver/pkg/server/healthz), which people and scripts know.
net::Response Health::run(std::string_view endpoint, const Checks& checks, const net::Target& target) const {
  const std::string_view rest = std::string_view(target.path).substr(std::min(target.path.size(), endpoint.size() + 2));
  if (!rest.empty()) {
    const auto one = std::ranges::find(checks, rest, [](const auto& named) { return std::string_view(named.first); });
    if (one == checks.end()) return text(404, "404 page not found\n");
    const Status result = one->second();
    return result ? text(200, "ok") : text(500, "internal server error: " + result.error().message() + "\n");
  }
  std::set<std::string_view> excluded;
  for (const auto& [key, value] : target.query)
    if (key == "exclude") excluded.insert(value);
  std::string lines;
  bool failed = false;
  for (const auto& [name, check] : checks) {
    if (excluded.erase(name) > 0) {
      lines += "[+]" + name + " excluded: ok\n";
      continue;
    }
    const Status result = check();
    lines += result ? "[+]" + name + " ok\n" : "[-]" + name + " failed: reason withheld\n";
    if (result) continue;
    failed = true;
    log::info("health check failed", {{"endpoint", endpoint}, {"check", name}, {"error", result.error().message()}});
  }
  for (const auto& name : excluded) lines += "warn: some health checks cannot be excluded: no matches for \"" + std::string(name) + "\"\n";
  if (failed) return text(500, lines + std::string(endpoint) + " check failed\n");
  return target.has("verbose") ? text(200, lines + std::string(endpoint) + " check passed\n") : text(200, "ok");
}

}  // namespace slipway::runtime
