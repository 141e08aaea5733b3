// Histogram bounds of controller-runtime and client-go, to the last digit: dashboards and recording rules name them in `le`. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>

namespace slipway::metrics {

// n bounds from `start`, each `factor` times the one before, multiplied up one by one as Prometheus's Go client does: 9.999999999999999e-06 is on purpose.
template <std::size_t n>
[[nodiscard]] constexpr std::array<double, n> exponential_buckets(double start, double factor) noexcept {
  std::array<double, n> out{};
  for (double& bound : out) {
    bound = start;
    start *= factor;
  }
  return out;
}

// controller_runtime_reconcile_time_seconds (controller-runtime pkg/internal/controller/metrics).
inline constexpr std::array kReconcileSeconds{.005, .01, .025, .05, .1,  .15, .2,  .25, .3,  .35, .4,  .45, .5,   .6,   .7,   .8,   .9,   1.0,  1.25, 1.5,
                                              1.75, 2.0, 2.5,  3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0};

// workqueue_queue_duration_seconds and workqueue_work_duration_seconds: 1e-8 s to 1000 s (controller-runtime pkg/internal/metrics/workqueue.go; client-go's own
// stop at 10 s).
inline constexpr std::array kWorkQueueSeconds = exponential_buckets<12>(10e-9, 10);

// rest_client_request_duration_seconds, rest_client_rate_limiter_duration_seconds, rest_client_dns_resolution_duration_seconds (component-base).
inline constexpr std::array kRestClientSeconds{.005, .025, .1, .25, .5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0};

// rest_client_request_size_bytes and rest_client_response_size_bytes (component-base).
inline constexpr std::array kRestClientBytes{64.0, 256.0, 512.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0};

// informer_processing_latency_seconds (component-base).
inline constexpr std::array kInformerSeconds{.001, .005, .01, .025, .05, .1, .25, .5, 1.0, 2.5, 5.0, 10.0};

}  // namespace slipway::metrics
