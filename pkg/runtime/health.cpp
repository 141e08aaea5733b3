#include "pkg/runtime/health.h"

#include <algorithm>
#include <atomic>
#include <set>

#include <sys/resource.h>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/metrics/process_collector.h"

namespace slipway::runtime {
namespace {

net::Response text(int status, std::string body) {
  net::Response response(status, "text/plain; charset=utf-8", std::move(body));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Cache-Control", "no-cache, private");
  return response;
}

// What is asked for comes from outside: short, and in one line.
std::string unknown(const std::set<std::string_view>& names) {
  if (names.empty()) return {};
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : ",") + json::dump(json::Value(shorten(name, 64)));
  return "warn: some health checks cannot be excluded: no matches for " + shorten(all, 512) + "\n";
}

// pkg/log stands below pkg/metrics, so it is asked.
void count_lost_lines() {
  static std::atomic<std::uint64_t> counted{0};
  const std::uint64_t lost = log::lost_lines();
  metrics::registry().counter("slipway_log_lines_lost_total", "Log lines that could not be written.").add(static_cast<double>(lost - counted.exchange(lost)));
}

async::Awaitable<net::Response> answer(std::shared_ptr<const Health> health, net::Request request) { co_return health->respond(request); }

}  // namespace

Status descriptors_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  const auto open = metrics::open_descriptors();
  if (open && *open <= limit.rlim_cur - limit.rlim_cur / 20) return {};
  return fail(Disposition::Transient, (open ? std::to_string(*open) : "all") + " of " + std::to_string(limit.rlim_cur) + " file descriptors are in use");
}

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
    count_lost_lines();
    return {200, metrics::kContentType, metrics::registry().expose()};
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
  lines += unknown(excluded);
  if (failed) return text(500, lines + std::string(endpoint) + " check failed\n");
  return target.has("verbose") ? text(200, lines + std::string(endpoint) + " check passed\n") : text(200, "ok");
}

}  // namespace slipway::runtime
