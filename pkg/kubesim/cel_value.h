// Values of CEL expressions over custom resources: scalars of their own, arrays and objects as views into the object that is validated.
// A value lives no longer than that object and its schema. Thread: the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim::cel {

class Value;
using Items = std::vector<Value>;
using Entries = std::vector<std::pair<Value, Value>>;

struct Duration {
  std::int64_t nanoseconds = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};
struct Timestamp {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};
// An array or object of the validated resource, with the schema that types its parts; schema may be null (then numbers are what JSON says).
struct View {
  const json::Value* json = nullptr;
  const Schema* schema = nullptr;
};
struct Null {};

enum class Kind : std::uint8_t { Null, Bool, Int, Double, String, Duration, Timestamp, List, Map };

class Value {
 public:
  using Data =
      std::variant<Null, bool, std::int64_t, double, std::string, Duration, Timestamp, View, std::shared_ptr<const Items>, std::shared_ptr<const Entries>>;

  Value() = default;
  explicit Value(Data data) : data_(std::move(data)) {}
  // A part of a resource: scalars are copied, by the type that the schema gives them (number: double; format date-time: timestamp; ...).
  static Value of(const json::Value& json, const Schema* schema);

  [[nodiscard]] Kind kind() const noexcept;
  template <class T>
  [[nodiscard]] const T* get() const noexcept {
    return std::get_if<T>(&data_);
  }
  [[nodiscard]] bool is_true() const noexcept { return get<bool>() != nullptr && *get<bool>(); }

  // Lists and maps; 0 and null values for anything else.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] Value at(std::size_t index) const;        // element of a list, key of a map
  [[nodiscard]] Value value_at(std::size_t index) const;  // value of a map
  [[nodiscard]] bool find(std::string_view key, Value& out) const;
  [[nodiscard]] bool find(const Value& key, Value& out) const;

  // Deep; 1 equals 1.0, values of different kinds do not equal.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Data data_;
};

// "int", "string", "map", ... as CEL names them.
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;
using Outcome = std::expected<Value, std::string>;                    // the error is CEL's: "no such key: x"
[[nodiscard]] bool is_time_format(std::string_view format) noexcept;  // strings of these formats are timestamps to rules
// Go's time.ParseDuration: signs, fractions and the units ns us ms s m h. False where the text is none.
[[nodiscard]] bool parse_go_duration(std::string_view text, Duration& out);

}  // namespace slipway::kubesim::cel
