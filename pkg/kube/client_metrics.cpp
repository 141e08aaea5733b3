#include "pkg/kube/detail/client_metrics.h"

#include "pkg/metrics/buckets.h"

namespace slipway::kube::detail {
namespace {

double seconds(async::Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

ClientMetrics::Verb& ClientMetrics::of(const std::string& verb) {
  Verb& v = verbs_[verb];
  if (v.duration != nullptr) return v;
  const metrics::Labels labels{{"verb", verb}, {"host", host_}};
  v.duration = &group_.histogram("rest_client_request_duration_seconds", "Request latency in seconds. Broken down by verb, and host.",
                                 metrics::kRestClientSeconds, labels);
  v.sent = &group_.histogram("rest_client_request_size_bytes", "Request size in bytes. Broken down by verb and host.", metrics::kRestClientBytes, labels);
  v.received = &group_.histogram("rest_client_response_size_bytes", "Response size in bytes. Broken down by verb and host.", metrics::kRestClientBytes, labels);
  v.waited = &group_.histogram("rest_client_rate_limiter_duration_seconds", "Client side rate limiter latency in seconds. Broken down by verb, and host.",
                               metrics::kRestClientSeconds, labels);
  return v;
}

void ClientMetrics::finished(const std::string& verb, const std::string& code, async::Duration took, std::size_t sent, std::size_t received) {
  metrics::Counter*& counter = requests_[{code, verb}];
  if (counter == nullptr)
    counter = &group_.counter("rest_client_requests_total", "Number of HTTP requests, partitioned by status code, method, and host.",
                              {{"code", code}, {"method", verb}, {"host", host_}});
  counter->add();
  Verb& v = of(verb);
  v.duration->observe(seconds(took));
  if (sent > 0) v.sent->observe(static_cast<double>(sent));
  if (received > 0) v.received->observe(static_cast<double>(received));
}

void ClientMetrics::retried(const std::string& verb, const std::string& code) {
  metrics::Counter*& counter = retries_[{code, verb}];
  if (counter == nullptr)
    counter = &group_.counter("rest_client_request_retries_total", "Number of request retries, partitioned by status code, verb, and host.",
                              {{"code", code}, {"verb", verb}, {"host", host_}});
  counter->add();
}

void ClientMetrics::waited(const std::string& verb, async::Duration took) { of(verb).waited->observe(seconds(took)); }

}  // namespace slipway::kube::detail
