// The process collector of the Prometheus clients, from /proc/self; prometheus-cpp does not ship one. Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace slipway::metrics {

// process_* series in text format; what cannot be read is left out.
[[nodiscard]] std::string process_metrics();

// Of this process; nothing where there is not even one left to count them with.
[[nodiscard]] std::optional<std::size_t> open_descriptors();

}  // namespace slipway::metrics
