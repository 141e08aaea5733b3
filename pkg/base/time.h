// Time as Kubernetes writes it: RFC 3339 in UTC. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

[[nodiscard]] std::string to_rfc3339(WallTime t);        // metav1.Time: "2026-01-10T20:09:27Z", truncated to seconds
[[nodiscard]] std::string to_rfc3339_micro(WallTime t);  // metav1.MicroTime: six fractional digits
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);
// Go duration syntax as users write it in specs: "90s", "1h30m", "2h", "500ms". Nothing for anything else, or for a negative one.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The age column of kubectl: "45s", "3m12s", "26m", "5h3m", "4d" (apimachinery util/duration HumanDuration).
[[nodiscard]] std::string human_duration(std::chrono::milliseconds d);

}  // namespace slipway
