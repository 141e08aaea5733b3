#include "pkg/kubesim/cel_functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <compare>
#include <optional>
#include <string>

#include <arpa/inet.h>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/json/value.h"
#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/utf8.h"

namespace slipway::kubesim::cel {

const std::string_view kNoOverload = "no such overload";

namespace {

using Args = std::span<const Value>;

std::unexpected<std::string> failed(std::string_view message) { return std::unexpected(std::string(message)); }

const std::string* text(const Value& v) { return v.get<std::string>(); }
const std::int64_t* integer(const Value& v) { return v.get<std::int64_t>(); }
Value number(std::int64_t n) { return Value(n); }
Value boolean(bool b) { return Value(b); }

// ------------------------------------------------------------------------------------------------------------------------------ equality, order

Outcome equals(Args a, Budget& budget) {
  budget.charge(a[0].size() + 1);
  return boolean(a[0] == a[1]);
}
Outcome differs(Args a, Budget& budget) {
  budget.charge(a[0].size() + 1);
  return boolean(!(a[0] == a[1]));
}

std::optional<std::partial_ordering> order(const Value& a, const Value& b) {
  if (text(a) != nullptr && text(b) != nullptr) return *text(a) <=> *text(b);
  const auto as_double = [](const Value& v) -> std::optional<double> {
    if (integer(v) != nullptr) return static_cast<double>(*integer(v));
    if (v.get<double>() != nullptr) return *v.get<double>();
    return std::nullopt;
  };
  if (integer(a) != nullptr && integer(b) != nullptr) return *integer(a) <=> *integer(b);
  if (const auto x = as_double(a), y = as_double(b); x && y) return *x <=> *y;
  if (a.get<bool>() != nullptr && b.get<bool>() != nullptr) return static_cast<int>(*a.get<bool>()) <=> static_cast<int>(*b.get<bool>());
  if (a.get<Duration>() != nullptr && b.get<Duration>() != nullptr) return *a.get<Duration>() <=> *b.get<Duration>();
  if (a.get<Timestamp>() != nullptr && b.get<Timestamp>() != nullptr) return *a.get<Timestamp>() <=> *b.get<Timestamp>();
  return std::nullopt;
}

template <bool (*Test)(std::partial_ordering)>
Outcome compares(Args a, Budget& /*budget*/) {
  const auto result = order(a[0], a[1]);
  if (!result) return failed(kNoOverload);
  return boolean(Test(*result));
}

Outcome contained_in(Args a, Budget& budget) {
  budget.charge(a[1].size() + 1);
  if (a[1].kind() == Kind::Map) {
    Value ignored;
    return boolean(a[1].find(a[0], ignored));
  }
  if (a[1].kind() != Kind::List) return failed(kNoOverload);
  for (std::size_t i = 0; i < a[1].size(); ++i) {
    if (a[1].at(i) == a[0]) return boolean(true);
  }
  return boolean(false);
}

// ------------------------------------------------------------------------------------------------------------------------------------ arithmetic

Outcome add(Args a, Budget& budget) {
  std::int64_t sum = 0;
  if (integer(a[0]) != nullptr && integer(a[1]) != nullptr) {
    if (__builtin_add_overflow(*integer(a[0]), *integer(a[1]), &sum)) return failed("integer overflow");
    return number(sum);
  }
  if (a[0].get<double>() != nullptr && a[1].get<double>() != nullptr) return Value(*a[0].get<double>() + *a[1].get<double>());
  if (text(a[0]) != nullptr && text(a[1]) != nullptr) {
    if (!budget.charge((text(a[0])->size() + text(a[1])->size()) / 10)) return failed("");
    return Value(*text(a[0]) + *text(a[1]));
  }
  if (a[0].get<Duration>() != nullptr && a[1].get<Duration>() != nullptr) {
    if (__builtin_add_overflow(a[0].get<Duration>()->nanoseconds, a[1].get<Duration>()->nanoseconds, &sum)) return failed("integer overflow");
    return Value(Duration{sum});
  }
  if (a[0].kind() == Kind::List && a[1].kind() == Kind::List) {
    if (!budget.charge(a[0].size() + a[1].size())) return failed("");
    auto items = std::make_shared<Items>();
    for (const Value& list : a) {
      for (std::size_t i = 0; i < list.size(); ++i) items->push_back(list.at(i));
    }
    return Value(std::shared_ptr<const Items>(std::move(items)));
  }
  return failed(kNoOverload);
}

Outcome subtract(Args a, Budget& /*budget*/) {
  std::int64_t difference = 0;
  if (integer(a[0]) != nullptr && integer(a[1]) != nullptr) {
    if (__builtin_sub_overflow(*integer(a[0]), *integer(a[1]), &difference)) return failed("integer overflow");
    return number(difference);
  }
  if (a[0].get<double>() != nullptr && a[1].get<double>() != nullptr) return Value(*a[0].get<double>() - *a[1].get<double>());
  if (a[0].get<Duration>() != nullptr && a[1].get<Duration>() != nullptr) {
    if (__builtin_sub_overflow(a[0].get<Duration>()->nanoseconds, a[1].get<Duration>()->nanoseconds, &difference)) return failed("integer overflow");
    return Value(Duration{difference});
  }
  return failed(kNoOverload);
}

Outcome multiply(Args a, Budget& /*budget*/) {
  if (integer(a[0]) != nullptr && integer(a[1]) != nullptr) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(*integer(a[0]), *integer(a[1]), &product)) return failed("integer overflow");
    return number(product);
  }
  if (a[0].get<double>() != nullptr && a[1].get<double>() != nullptr) return Value(*a[0].get<double>() * *a[1].get<double>());
  return failed(kNoOverload);
}

Outcome divide(Args a, Budget& /*budget*/) {
  if (integer(a[0]) != nullptr && integer(a[1]) != nullptr) {
    if (*integer(a[1]) == 0) return failed("division by zero");
    if (*integer(a[0]) == INT64_MIN && *integer(a[1]) == -1) return failed("integer overflow");
    return number(*integer(a[0]) / *integer(a[1]));
  }
  if (a[0].get<double>() != nullptr && a[1].get<double>() != nullptr) {
    if (*a[1].get<double>() == 0) return Value(std::copysign(HUGE_VAL, *a[0].get<double>()));
    return Value(*a[0].get<double>() / *a[1].get<double>());
  }
  return failed(kNoOverload);
}

Outcome modulo(Args a, Budget& /*budget*/) {
  if (integer(a[0]) == nullptr || integer(a[1]) == nullptr) return failed(kNoOverload);
  if (*integer(a[1]) == 0) return failed("modulus by zero");
  if (*integer(a[1]) == -1) return number(0);
  return number(*integer(a[0]) % *integer(a[1]));
}

Outcome negate(Args a, Budget& /*budget*/) {
  if (a[0].get<double>() != nullptr) return Value(-*a[0].get<double>());
  if (integer(a[0]) == nullptr) return failed(kNoOverload);
  if (*integer(a[0]) == INT64_MIN) return failed("integer overflow");
  return number(-*integer(a[0]));
}

// ------------------------------------------------------------------------------------------------------------------------------------ conversions

Outcome size(Args a, Budget& budget) {
  if (const std::string* s = text(a[0])) {
    budget.charge(s->size() / 10);
    return number(static_cast<std::int64_t>(utf8_length(*s)));
  }
  if (a[0].kind() != Kind::List && a[0].kind() != Kind::Map) return failed(kNoOverload);
  return number(static_cast<std::int64_t>(a[0].size()));
}

Outcome to_string(Args a, Budget& /*budget*/) {
  if (text(a[0]) != nullptr) return a[0];
  if (integer(a[0]) != nullptr) return Value(std::to_string(*integer(a[0])));
  if (a[0].get<bool>() != nullptr) return Value(std::string(*a[0].get<bool>() ? "true" : "false"));
  if (a[0].get<double>() != nullptr) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *a[0].get<double>()).ptr;
    return Value(std::string(buffer.data(), end));
  }
  if (const auto* t = a[0].get<Timestamp>()) return Value(to_rfc3339(WallTime(std::chrono::microseconds(t->microseconds))));
  if (const auto* d = a[0].get<Duration>()) {
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<double>(d->nanoseconds) / 1e9, std::chars_format::fixed).ptr;
    return Value(std::string(buffer.data(), end) + "s");
  }
  return failed(kNoOverload);
}

Outcome to_int(Args a, Budget& /*budget*/) {
  if (integer(a[0]) != nullptr) return a[0];
  if (const auto* d = a[0].get<double>()) {
    if (!(*d > -9.2233720368547e18 && *d < 9.2233720368547e18)) return failed("integer overflow");
    return number(static_cast<std::int64_t>(*d));
  }
  if (const auto* t = a[0].get<Timestamp>()) return number(t->microseconds / 1'000'000);
  if (const std::string* s = text(a[0])) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(s->data(), s->data() + s->size(), value);
    if (error != std::errc{} || end != s->data() + s->size()) return failed("type conversion error from 'string' to 'int'");
    return number(value);
  }
  return failed(kNoOverload);
}

Outcome to_double(Args a, Budget& /*budget*/) {
  if (a[0].get<double>() != nullptr) return a[0];
  if (integer(a[0]) != nullptr) return Value(static_cast<double>(*integer(a[0])));
  if (const std::string* s = text(a[0])) {
    double value = 0;
    const auto [end, error] = std::from_chars(s->data(), s->data() + s->size(), value);
    if (error != std::errc{} || end != s->data() + s->size()) return failed("type conversion error from 'string' to 'double'");
    return Value(value);
  }
  return failed(kNoOverload);
}

Outcome to_bool(Args a, Budget& /*budget*/) {
  if (a[0].get<bool>() != nullptr) return a[0];
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  const std::string& s = *text(a[0]);
  if (s == "true" || s == "True" || s == "TRUE" || s == "t" || s == "1") return boolean(true);
  if (s == "false" || s == "False" || s == "FALSE" || s == "f" || s == "0") return boolean(false);
  return failed("type conversion error from 'string' to 'bool'");
}

Outcome to_duration(Args a, Budget& /*budget*/) {
  if (a[0].get<Duration>() != nullptr) return a[0];
  Duration duration;
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  if (!parse_go_duration(*text(a[0]), duration)) return failed("type conversion error from 'string' to 'google.protobuf.Duration'");
  return Value(duration);
}

Outcome to_timestamp(Args a, Budget& /*budget*/) {
  if (a[0].get<Timestamp>() != nullptr) return a[0];
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  const auto time = parse_rfc3339(*text(a[0]));
  if (!time) return failed("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  return Value(Timestamp{time->time_since_epoch().count()});
}

Outcome to_dyn(Args a, Budget& /*budget*/) { return a[0]; }

template <std::int64_t Unit>
Outcome duration_in(Args a, Budget& /*budget*/) {
  if (a[0].get<Duration>() == nullptr) return failed(kNoOverload);
  return number(a[0].get<Duration>()->nanoseconds / Unit);
}

// ---------------------------------------------------------------------------------------------------------------------------------------- strings

template <bool (*Test)(const std::string&, const std::string&)>
Outcome string_test(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || text(a[1]) == nullptr) return failed(kNoOverload);
  budget.charge(text(a[0])->size() / 10);
  return boolean(Test(*text(a[0]), *text(a[1])));
}
bool starts(const std::string& s, const std::string& t) { return s.starts_with(t); }
bool ends(const std::string& s, const std::string& t) { return s.ends_with(t); }
bool holds(const std::string& s, const std::string& t) { return s.find(t) != std::string::npos; }

Outcome matches(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || text(a[1]) == nullptr) return failed(kNoOverload);
  if (!budget.charge(text(a[0])->size() / 10 * (text(a[1])->size() / 4 + 1) + 1)) return failed("");
  const auto pattern = Pattern::compile(*text(a[1]));
  if (!pattern) return failed(pattern.error().message());
  return boolean(pattern->matches(*text(a[0])));
}

template <char From, char To, int Shift>
Outcome ascii_case(Args a, Budget& budget) {
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  budget.charge(text(a[0])->size() / 10);
  std::string out = *text(a[0]);
  for (char& c : out) {
    if (c >= From && c <= To) c = static_cast<char>(c + Shift);
  }
  return Value(std::move(out));
}

Outcome trimmed(Args a, Budget& /*budget*/) {
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  return Value(std::string(slipway::trim(*text(a[0]))));
}

Outcome split_string(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || text(a[1]) == nullptr) return failed(kNoOverload);
  if (!budget.charge(text(a[0])->size())) return failed("");
  const std::string& s = *text(a[0]);
  const std::string& separator = *text(a[1]);
  auto items = std::make_shared<Items>();
  std::size_t at = 0;
  while (at < s.size() && separator.empty()) {  // into characters
    const std::size_t start = at;
    (void)utf8_next(s, at);
    items->emplace_back(s.substr(start, at - start));
  }
  while (!separator.empty()) {
    const std::size_t end = s.find(separator, at);
    items->emplace_back(s.substr(at, end == std::string::npos ? end : end - at));
    if (end == std::string::npos) break;
    at = end + separator.size();
  }
  return Value(std::shared_ptr<const Items>(std::move(items)));
}

Outcome join_strings(Args a, Budget& budget) {
  if (a[0].kind() != Kind::List || (a.size() == 2 && text(a[1]) == nullptr)) return failed(kNoOverload);
  std::string out;
  for (std::size_t i = 0; i < a[0].size(); ++i) {
    const Value item = a[0].at(i);
    if (text(item) == nullptr) return failed(kNoOverload);
    if (i > 0 && a.size() == 2) out += *text(a[1]);
    out += *text(item);
    if (!budget.charge(text(item)->size() / 10 + 1)) return failed("");
  }
  return Value(std::move(out));
}

Outcome replaced(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || text(a[1]) == nullptr || text(a[2]) == nullptr) return failed(kNoOverload);
  const std::string& s = *text(a[0]);
  if (text(a[1])->empty()) return failed("replace of an empty string is not supported");
  if (!budget.charge(s.size() * (text(a[2])->size() / 10 + 1))) return failed("");
  std::string out;
  std::size_t at = 0;
  for (std::size_t hit = s.find(*text(a[1])); hit != std::string::npos; hit = s.find(*text(a[1]), at)) {
    out.append(s, at, hit - at).append(*text(a[2]));
    at = hit + text(a[1])->size();
  }
  return Value(out.append(s, at));
}

Outcome index_of(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || text(a[1]) == nullptr) return failed(kNoOverload);
  budget.charge(text(a[0])->size() / 10);
  const std::size_t hit = text(a[0])->find(*text(a[1]));
  return number(hit == std::string::npos ? -1 : static_cast<std::int64_t>(utf8_length(text(a[0])->substr(0, hit))));
}

Outcome substring(Args a, Budget& budget) {
  if (text(a[0]) == nullptr || integer(a[1]) == nullptr || (a.size() == 3 && integer(a[2]) == nullptr)) return failed(kNoOverload);
  const std::string& s = *text(a[0]);
  budget.charge(s.size() / 10);
  const auto length = static_cast<std::int64_t>(utf8_length(s));
  const std::int64_t from = *integer(a[1]);
  const std::int64_t to = a.size() == 3 ? *integer(a[2]) : length;
  if (from < 0 || from > length) return failed("index out of range: " + std::to_string(from));
  if (to < from || to > length) return failed("index out of range: " + std::to_string(to));
  std::size_t at = 0;
  for (std::int64_t i = 0; i < from; ++i) (void)utf8_next(s, at);
  const std::size_t start = at;
  for (std::int64_t i = from; i < to; ++i) (void)utf8_next(s, at);
  return Value(s.substr(start, at - start));
}

// -------------------------------------------------------------------------------------------------------------------------------------- addresses

int address_bits(const std::string& s) {
  std::array<unsigned char, 16> buffer{};
  if (s.find('%') != std::string::npos || s.size() > 64) return 0;
  if (inet_pton(AF_INET, s.c_str(), buffer.data()) == 1) return 32;
  return inet_pton(AF_INET6, s.c_str(), buffer.data()) == 1 ? 128 : 0;
}

Outcome is_ip(Args a, Budget& /*budget*/) {
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  return boolean(address_bits(*text(a[0])) != 0);
}

Outcome is_cidr(Args a, Budget& /*budget*/) {
  if (text(a[0]) == nullptr) return failed(kNoOverload);
  const std::string& s = *text(a[0]);
  const std::size_t slash = s.find('/');
  if (slash == std::string::npos) return boolean(false);
  const std::string_view length = std::string_view(s).substr(slash + 1);
  int bits = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool plain = error == std::errc{} && end == length.data() + length.size() && (length.size() == 1 || length.front() != '0');
  const int width = address_bits(s.substr(0, slash));
  return boolean(plain && width != 0 && bits >= 0 && bits <= width);
}

constexpr bool less(std::partial_ordering o) { return o == std::partial_ordering::less; }
constexpr bool greater(std::partial_ordering o) { return o == std::partial_ordering::greater; }
constexpr bool less_equal(std::partial_ordering o) { return less(o) || o == std::partial_ordering::equivalent; }
constexpr bool greater_equal(std::partial_ordering o) { return greater(o) || o == std::partial_ordering::equivalent; }

constexpr std::string_view kOrdered = "bb:b ii:b dd:b id:b di:b ss:b DD:b TT:b";

constexpr Function kFunctions[] = {
    {"_==_", false, "bb:b ii:b dd:b ss:b DD:b TT:b ll:b mm:b oo:b", equals},
    {"_!=_", false, "bb:b ii:b dd:b ss:b DD:b TT:b ll:b mm:b oo:b", differs},
    {"_<_", false, kOrdered, compares<less>},
    {"_<=_", false, kOrdered, compares<less_equal>},
    {"_>_", false, kOrdered, compares<greater>},
    {"_>=_", false, kOrdered, compares<greater_equal>},
    {"@in", false, "*l:b *m:b", contained_in},
    {"_+_", false, "ii:i dd:d ss:s ll:l DD:D", add},
    {"_-_", false, "ii:i dd:d DD:D", subtract},
    {"_*_", false, "ii:i dd:d", multiply},
    {"_/_", false, "ii:i dd:d", divide},
    {"_%_", false, "ii:i", modulo},
    {"-_", false, "i:i d:d", negate},
    {"size", false, "s:i l:i m:i", size},
    {"size", true, "s:i l:i m:i", size},
    {"string", false, "s:s i:s b:s d:s T:s D:s", to_string},
    {"int", false, "i:i d:i s:i T:i", to_int},
    {"double", false, "d:d i:d s:d", to_double},
    {"bool", false, "b:b s:b", to_bool},
    {"duration", false, "s:D D:D", to_duration},
    {"timestamp", false, "s:T T:T", to_timestamp},
    {"dyn", false, "*:*", to_dyn},
    {"getHours", true, "D:i", duration_in<3'600'000'000'000>},
    {"getMinutes", true, "D:i", duration_in<60'000'000'000>},
    {"getSeconds", true, "D:i", duration_in<1'000'000'000>},
    {"startsWith", true, "ss:b", string_test<starts>},
    {"endsWith", true, "ss:b", string_test<ends>},
    {"contains", true, "ss:b", string_test<holds>},
    {"matches", true, "ss:b", matches},
    {"matches", false, "ss:b", matches},
    {"lowerAscii", true, "s:s", ascii_case<'A', 'Z', 'a' - 'A'>},
    {"upperAscii", true, "s:s", ascii_case<'a', 'z', 'A' - 'a'>},
    {"trim", true, "s:s", trimmed},
    {"split", true, "ss:l", split_string},
    {"join", true, "l:s", join_strings},
    {"join", true, "ls:s", join_strings},
    {"replace", true, "sss:s", replaced},
    {"indexOf", true, "ss:i", index_of},
    {"substring", true, "si:s", substring},
    {"substring", true, "sii:s", substring},
    {"isIP", false, "s:b", is_ip},
    {"isCIDR", false, "s:b", is_cidr},
};

}  // namespace

const Function* find_function(std::string_view name, bool member, std::size_t arguments) {
  for (const Function& f : kFunctions) {
    if (f.name == name && f.member == member && f.overloads.find(':') == arguments) return &f;
  }
  return nullptr;
}

}  // namespace slipway::kubesim::cel
