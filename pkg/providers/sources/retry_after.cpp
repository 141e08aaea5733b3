#include "pkg/providers/sources/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

using std::chrono::seconds;

constexpr seconds kMost = std::chrono::hours(24 * 365);

std::optional<long> number(std::string_view text) {
  long out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kMost.count();
  return error == std::errc{} ? std::optional(out) : std::nullopt;
}

seconds until(WallTime at, WallTime now) { return std::clamp(std::chrono::ceil<seconds>(at - now), seconds(0), kMost); }

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view kForm = "day, 00 mon 0000 00:00:00 GMT";
  if (text.size() != kForm.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end() || text[7] != ' ' || text[11] != ' ' || text[16] != ' ') return std::nullopt;
  std::string iso(text.substr(12, 4));
  const auto m = static_cast<int>(month - kMonths.begin()) + 1;
  iso.append(m < 10 ? "-0" : "-").append(std::to_string(m)).append("-").append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  return parse_rfc3339(iso);
}

std::optional<seconds> asked_wait(int status, const net::Headers& headers, WallTime now) {
  if (status != 403 && status != 408 && status != 429 && status < 500) return std::nullopt;
  if (const auto text = trim(headers.get("Retry-After")); !text.empty()) {
    if (const auto n = number(text)) return std::min(seconds(*n), kMost);
    if (const auto at = parse_http_date(text)) return until(*at, now);
  }
  if (trim(headers.get("x-ratelimit-remaining")) != "0") return std::nullopt;
  const auto reset = number(trim(headers.get("x-ratelimit-reset")));
  if (!reset || *reset > 1'000'000'000'000) return std::nullopt;
  return until(WallTime(seconds(*reset)), now);
}

}  // namespace slipway::providers
