// One JSON value: the tree that Kubernetes objects are held in. Members keep their order; numbers are int64 or double, as apimachinery's
// unstructured decoder makes them. Reading never throws and never inserts: a missing member reads as null, a value of another type as
// the fallback. Thread: a const Value may be read from any thread; there is no sharing inside.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::json {

class Value;
struct Member;
using Array = std::vector<Value>;

enum class Type : std::uint8_t { Null, Bool, Integer, Double, String, Array, Object };

class Object {
 public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;  // nullptr where absent
  [[nodiscard]] Value* find(std::string_view key) noexcept;
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  Value& operator[](std::string_view key);  // inserts null where absent
  void set(std::string_view key, Value value);
  bool erase(std::string_view key);           // true where it was there
  void append(std::string key, Value value);  // without looking for a duplicate: for parsers that checked

  [[nodiscard]] const Member* begin() const noexcept;
  [[nodiscard]] const Member* end() const noexcept;
  [[nodiscard]] Member* begin() noexcept;
  [[nodiscard]] Member* end() noexcept;

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  Value(std::same_as<bool> auto b) noexcept : data_(static_cast<bool>(b)) {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Value(I i) noexcept : data_(static_cast<std::int64_t>(i)) {}
  Value(double d) noexcept : data_(d) {}
  Value(std::string s) noexcept : data_(std::move(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(Array a) noexcept : data_(std::move(a)) {}
  Value(Object o) noexcept : data_(std::move(o)) {}

  [[nodiscard]] Type type() const noexcept { return static_cast<Type>(data_.index()); }
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::Null; }
  [[nodiscard]] bool is_bool() const noexcept { return type() == Type::Bool; }
  [[nodiscard]] bool is_integer() const noexcept { return type() == Type::Integer; }
  [[nodiscard]] bool is_number() const noexcept { return type() == Type::Integer || type() == Type::Double; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::String; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::Array; }
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::Object; }

  // Reading. `v["spec"]["replicas"].as_int(1)`: null where any part is missing.
  [[nodiscard]] const Value& operator[](std::string_view key) const noexcept;
  [[nodiscard]] const Value& operator[](std::size_t index) const noexcept;
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;  // nullptr where absent or not an object
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  [[nodiscard]] bool as_bool(bool fallback = false) const noexcept;
  [[nodiscard]] std::int64_t as_int(std::int64_t fallback = 0) const noexcept;  // a Double is converted where it is whole
  [[nodiscard]] double as_double(double fallback = 0) const noexcept;
  [[nodiscard]] std::string_view as_string(std::string_view fallback = {}) const noexcept;  // lives as long as this value
  [[nodiscard]] std::string str(std::string_view fallback = {}) const { return std::string(as_string(fallback)); }
  [[nodiscard]] const Array& array() const noexcept;    // empty where it is none
  [[nodiscard]] const Object& object() const noexcept;  // empty where it is none
  [[nodiscard]] std::size_t size() const noexcept;      // elements or members; 0 for scalars

  // Writing. A null becomes the container asked for; any other type is replaced by it.
  Array& make_array();
  Object& make_object();
  Value& ref(std::string_view key) { return make_object()[key]; }  // insert-or-get
  Value& ref(std::initializer_list<std::string_view> path);        // ref({"metadata", "labels", "a.b/c"})
  void set(std::string_view key, Value value) { make_object().set(key, std::move(value)); }
  bool erase(std::string_view key);
  void push_back(Value value) { make_array().push_back(std::move(value)); }
  [[nodiscard]] Value* find_mut(std::string_view key) noexcept;  // nullptr where absent or not an object
  [[nodiscard]] std::string* string_mut() noexcept { return std::get_if<std::string>(&data_); }

  // Deep equality; the order of members does not count, 1 equals 1.0.
  friend bool operator==(const Value& a, const Value& b) noexcept;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

struct Member {
  std::string key;
  Value value;
};

struct Limits {
  std::size_t max_bytes = 64UL << 20U;  // longer input is refused
  std::size_t max_depth = 128;          // nesting of arrays and objects
};

// Strict RFC 8259: UTF-8 validated, duplicate keys refused, iterative (no stack growth with nesting), nothing after the value.
// Errors: Invalid, with byte offset.
[[nodiscard]] Result<Value> parse(std::string_view text, Limits limits = {});
[[nodiscard]] std::string dump(const Value& value);         // compact, members in their order
[[nodiscard]] std::string dump_pretty(const Value& value);  // two spaces
// Compact with members sorted by key at every level: equal values give equal bytes. For hashes and comparisons.
[[nodiscard]] std::string dump_canonical(const Value& value);

// Splits a path of the form "spec.clusters[0].name" or {"a","b"}; nullptr where any part is missing.
[[nodiscard]] const Value* at_path(const Value& root, std::initializer_list<std::string_view> path) noexcept;

// RFC 7386.
void merge_patch(Value& target, const Value& patch);
// RFC 6902, all or nothing: target is unchanged where an operation fails. Errors: Invalid, naming the operation.
[[nodiscard]] Status json_patch(Value& target, const Value& operations);
// The merge patch that turns `from` into `to`; null where they are equal.
[[nodiscard]] Value diff(const Value& from, const Value& to);

}  // namespace slipway::json
