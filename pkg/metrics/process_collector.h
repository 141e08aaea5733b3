// The process collector of the Prometheus clients, from /proc/self; prometheus-cpp does not ship one. Thread: any.
#pragma once

#include <string>

namespace slipway::metrics {

// process_* series in text format; what cannot be read is left out.
[[nodiscard]] std::string process_metrics();

}  // namespace slipway::metrics
