#include "pkg/base/time.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace slipway {
namespace {

std::string format(WallTime t, bool micro) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  std::array<char, 64> buffer{};
  int n = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                        static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                        static_cast<int>(time.seconds().count()));
  std::string out(buffer.data(), static_cast<std::size_t>(n));
  if (micro) {
    n = std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(time.subseconds().count()));
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out + "Z";
}

bool number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc{} || end != text.data() + digits || out < 0) return false;
  text.remove_prefix(digits);
  return true;
}

bool literal(std::string_view& text, char c) {
  if (text.empty() || (text.front() | 0x20) != (c | 0x20)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_rfc3339(WallTime t) { return format(t, false); }
std::string to_rfc3339_micro(WallTime t) { return format(t, true); }

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!number(text, 4, year) || !literal(text, '-') || !number(text, 2, month) || !literal(text, '-') || !number(text, 2, day) || !literal(text, 'T') ||
      !number(text, 2, hour) || !literal(text, ':') || !number(text, 2, minute) || !literal(text, ':') || !number(text, 2, second))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  std::int64_t micros = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    std::int64_t unit = 100'000;
    std::size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits, unit /= 10) micros += (text.front() - '0') * unit;
    if (digits == 0) return std::nullopt;
  }
  std::chrono::minutes offset{0};
  if (!literal(text, 'Z')) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '+' ? 1 : -1;
    text.remove_prefix(1);
    int offset_hours = 0, offset_minutes = 0;
    if (!number(text, 2, offset_hours) || !literal(text, ':') || !number(text, 2, offset_minutes)) return std::nullopt;
    offset = std::chrono::minutes(sign * (offset_hours * 60 + offset_minutes));
  }
  if (!text.empty()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
                  std::chrono::microseconds(micros) - offset);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;  // milliseconds
  while (!text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    struct Unit {
      std::string_view name;
      double ms;
    };
    static constexpr std::array<Unit, 6> kUnits{{{"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}}};
    const Unit* found = nullptr;
    for (const auto& unit : kUnits)
      if (text.starts_with(unit.name)) {
        found = &unit;
        break;
      }
    if (found == nullptr) return std::nullopt;
    text.remove_prefix(found->name.size());
    total += value * found->ms;
    if (total > 1e13) return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string human_duration(std::chrono::milliseconds d) {
  using std::to_string;
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(d).count();
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 120) return to_string(s) + "s";
  const auto m = s / 60;
  if (m < 10) return s % 60 == 0 ? to_string(m) + "m" : to_string(m) + "m" + to_string(s % 60) + "s";
  if (m < 180) return to_string(m) + "m";
  const auto h = m / 60;
  if (h < 8) return m % 60 == 0 ? to_string(h) + "h" : to_string(h) + "h" + to_string(m % 60) + "m";
  if (h < 48) return to_string(h) + "h";
  const auto days = h / 24;
  if (h < 24 * 8) return h % 24 == 0 ? to_string(days) + "d" : to_string(days) + "d" + to_string(h % 24) + "h";
  if (h < 24 * 365 * 2) return to_string(days) + "d";
  const auto years = days / 365;
  if (h < 24 * 365 * 8) return days % 365 == 0 ? to_string(years) + "y" : to_string(years) + "y" + to_string(days % 365) + "d";
  return to_string(years) + "y";
}

}  // namespace slipway
