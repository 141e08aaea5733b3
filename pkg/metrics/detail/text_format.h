// The pieces of the text format 0.0.4, as Prometheus's Go client writes them. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace slipway::metrics::detail {

inline constexpr std::size_t kMaxLabelValue = 256;

[[nodiscard]] bool is_metric_name(std::string_view name) noexcept;  // [a-zA-Z_:][a-zA-Z0-9_:]*
[[nodiscard]] bool is_label_name(std::string_view name) noexcept;   // [a-zA-Z_][a-zA-Z0-9_]*, and not starting with "__"
// Valid UTF-8 of at most kMaxLabelValue bytes.
[[nodiscard]] std::string usable_label_value(std::string_view value);

// Go's strconv 'g' with the fewest digits: 0.005, 1e-08, 262144, 1.048576e+06, +Inf, NaN.
[[nodiscard]] std::string number(double value);

// "# HELP name help" and "# TYPE name type".
void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type);
// "name{a="b"} value"; `le` comes last where there is one.
void append_sample(std::string& out, std::string_view name, const std::map<std::string, std::string>& labels, std::string_view le, double value);

}  // namespace slipway::metrics::detail
