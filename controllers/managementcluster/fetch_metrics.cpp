#include "controllers/managementcluster/fetch_metrics.h"

#include <string>
#include <vector>

#include "pkg/metrics/metrics.h"
#include "pkg/providers/sources/local_repository.h"

namespace slipway::controllers::managementcluster {
namespace {

// From a folder to a server that is away for all attempts.
const std::vector<double> kSeconds{0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300};

}  // namespace

std::string_view source_kind(const providers::SourceSpec& source, bool bundled) noexcept {
  if (!source.path.empty() || providers::is_local(source.url)) return "folder";
  if (bundled) return "bundle";
  if (!source.oci.empty()) return "oci";
  return source.url.starts_with("https://github.com/") || source.url.starts_with("https://www.github.com/") ? "github" : "url";
}

std::string_view result_of(const Result<providers::Fetched>& fetched) noexcept {
  if (fetched) return "ok";
  switch (fetched.error().disposition()) {
    case Disposition::NotFound: return "not_found";
    case Disposition::Unauthorized:
    case Disposition::Forbidden: return "forbidden";
    case Disposition::TooManyRequests: return "rate_limited";
    case Disposition::Transient:
    case Disposition::Timeout: return "unreachable";
    default: return "refused";
  }
}

void count_fetch(std::string_view source, const Result<providers::Fetched>& fetched, async::Duration took) {
  if (!fetched && fetched.error().is(Disposition::Canceled)) return;
  metrics::Registry& registry = metrics::registry();
  const metrics::Labels labels{{"source", std::string(source)}, {"result", std::string(result_of(fetched))}};
  registry.counter("slipway_component_fetch_total", "Fetches of one set of components, with all their attempts.", labels).add();
  registry.histogram("slipway_component_fetch_duration_seconds", "How long fetches of one set of components took.", kSeconds, labels)
      .observe(std::chrono::duration<double>(took).count());
  if (!fetched) return;
  registry.counter("slipway_component_fetch_bytes_total", "Bytes of components and metadata that were fetched.", {{"source", std::string(source)}})
      .add(static_cast<double>(fetched->components.size() + fetched->metadata.size()));
}

}  // namespace slipway::controllers::managementcluster
