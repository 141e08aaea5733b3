// One JSON value: the tree that Kubernetes objects are held in. Members keep their order; numbers are int64 or double, as apimachinery's
// unstructured decoder makes them. Reading never throws and never inserts: a missing member reads as null, a value of another type as
// the fallback. Thread: a const Value may be read from any thread; what is shared inside (names of members) is
// counted atomically.
//
// A Value is one word (detail/word.h), a Member two: names of members are kept once a process (keys.cpp). What is cached for long is frozen: one block of
// the exact size an object (freeze()).
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/json/detail/word.h"

namespace slipway::json {

class Value;
struct Member;

enum class Type : std::uint8_t { Null, Bool, Integer, Double, String, Array, Object };

// As std::vector<Value>, in one word.
class Array {
 public:
  using value_type = Value;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = Value&;
  using const_reference = const Value&;
  using iterator = Value*;
  using const_iterator = const Value*;

  Array() noexcept = default;
  Array(std::initializer_list<Value> values);
  template <std::input_iterator I>
  Array(I first, I last) {
    for (; first != last; ++first) push_back(*first);
  }
  Array(const Array& other);
  Array(Array&& other) noexcept : word_(std::exchange(other.word_, detail::kEmptyArray)) {}
  Array& operator=(const Array& other);
  Array& operator=(Array&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Array() {
    if (word_ != detail::kEmptyArray) drop();
  }

  [[nodiscard]] std::size_t size() const noexcept { return word_ == detail::kEmptyArray ? 0 : detail::block(word_)->size; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] const Value* data() const noexcept { return reinterpret_cast<const Value*>(detail::payload(word_)); }
  [[nodiscard]] Value* data() noexcept { return reinterpret_cast<Value*>(detail::payload(word_)); }
  [[nodiscard]] inline const Value* begin() const noexcept;
  [[nodiscard]] inline const Value* end() const noexcept;
  [[nodiscard]] inline Value* begin() noexcept;
  [[nodiscard]] inline Value* end() noexcept;
  [[nodiscard]] inline std::reverse_iterator<const Value*> rbegin() const noexcept;
  [[nodiscard]] inline std::reverse_iterator<const Value*> rend() const noexcept;
  [[nodiscard]] inline const Value& operator[](std::size_t i) const noexcept;
  [[nodiscard]] inline Value& operator[](std::size_t i) noexcept;
  [[nodiscard]] inline const Value& at(std::size_t i) const;  // throws std::out_of_range
  [[nodiscard]] inline const Value& front() const noexcept;
  [[nodiscard]] inline Value& front() noexcept;
  [[nodiscard]] inline const Value& back() const noexcept;
  [[nodiscard]] inline Value& back() noexcept;

  void reserve(std::size_t n);
  void clear() noexcept;
  inline void push_back(Value value);
  template <class... Args>
  Value& emplace_back(Args&&... args);
  inline void pop_back() noexcept;
  Value* insert(const Value* at, Value value);
  template <std::input_iterator I>
  Value* insert(const Value* at, I first, I last);
  inline Value* erase(const Value* at);
  Value* erase(const Value* first, const Value* last);

  friend bool operator==(const Array& a, const Array& b) noexcept;

 private:
  friend class Value;
  void drop() noexcept;
  Value* grow();  // room for one more at the end; counts it

  detail::Word word_ = detail::kEmptyArray;
};

class Object {
 public:
  Object() noexcept = default;
  Object(std::initializer_list<Member> members);
  Object(const Object& other);
  Object(Object&& other) noexcept : word_(std::exchange(other.word_, detail::kEmptyObject)) {}
  Object& operator=(const Object& other);
  Object& operator=(Object&& other) noexcept {
    std::swap(word_, other.word_);
    return *this;
  }
  ~Object() {
    if (word_ != detail::kEmptyObject) drop();
  }

  [[nodiscard]] std::size_t size() const noexcept { return word_ == detail::kEmptyObject ? 0 : detail::block(word_)->size; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;  // nullptr where absent
  [[nodiscard]] Value* find(std::string_view key) noexcept;
  [[nodiscard]] bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  Value& operator[](std::string_view key);  // inserts null where absent
  void set(std::string_view key, Value value);
  bool erase(std::string_view key);                // true where it was there
  void append(std::string_view key, Value value);  // without looking for a duplicate: for parsers that checked

  [[nodiscard]] inline const Member* begin() const noexcept;
  [[nodiscard]] inline const Member* end() const noexcept;
  [[nodiscard]] inline Member* begin() noexcept;
  [[nodiscard]] inline Member* end() noexcept;

 private:
  friend class Value;
  void drop() noexcept;
  void* grow();  // room for one more at the end; counts it

  detail::Word word_ = detail::kEmptyObject;
};

class Value {
 public:
  Value() noexcept : raw_{detail::kNull} {}
  Value(std::nullptr_t) noexcept : Value() {}
  Value(std::same_as<bool> auto b) noexcept : raw_{b ? detail::kTrue : detail::kFalse} {}
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Value(I i) : raw_{detail::integer_word(static_cast<std::int64_t>(i))} {}
  Value(double d) : raw_{detail::double_word(d)} {}
  Value(const std::string& s) : raw_{detail::string_word(s)} {}
  Value(std::string_view s) : raw_{detail::string_word(s)} {}
  Value(const char* s) : raw_{detail::string_word(s)} {}
  Value(Array a) noexcept : array_(std::move(a)) {}
  Value(Object o) noexcept : object_(std::move(o)) {}

  Value(const Value& other) : raw_{detail::plain(other.word()) ? other.word() : copy_of(other)} {}
  Value(Value&& other) noexcept : raw_{std::exchange(other.raw_.word, detail::kNull)} {}
  Value& operator=(const Value& other) {
    Value copy(other);
    std::swap(raw_.word, copy.raw_.word);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value taken(std::move(other));  // `other` may be a part of this value
    std::swap(raw_.word, taken.raw_.word);
    return *this;
  }
  ~Value() {
    if (!detail::plain(word())) drop();
  }

  [[nodiscard]] Type type() const noexcept;
  [[nodiscard]] bool is_null() const noexcept { return word() == detail::kNull; }
  [[nodiscard]] bool is_bool() const noexcept { return type() == Type::Bool; }
  [[nodiscard]] bool is_integer() const noexcept { return type() == Type::Integer; }
  [[nodiscard]] bool is_number() const noexcept { return type() == Type::Integer || type() == Type::Double; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::String; }
  [[nodiscard]] bool is_array() const noexcept { return detail::tag(word()) == detail::Tag::Array; }
  [[nodiscard]] bool is_object() const noexcept { return detail::tag(word()) == detail::Tag::Object; }

  // Reading. `v["spec"]["replicas"].as_int(1)`: null where any part is missing.
  [[nodiscard]] const Value& operator[](std::string_view key) const noexcept;
  [[nodiscard]] const Value& operator[](std::size_t index) const noexcept;
  [[nodiscard]] const Value* find(std::string_view key) const noexcept { return is_object() ? object_.find(key) : nullptr; }  // nullptr where absent
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
  bool erase(std::string_view key) { return is_object() && object_.erase(key); }
  void push_back(Value value) { make_array().push_back(std::move(value)); }
  [[nodiscard]] Value* find_mut(std::string_view key) noexcept { return is_object() ? object_.find(key) : nullptr; }  // nullptr where absent

  // Deep equality; the order of members does not count, 1 equals 1.0.
  friend bool operator==(const Value& a, const Value& b) noexcept;

 private:
  friend class Freezer;
  friend class Builder;
  struct Raw {
    detail::Word word;
  };
  [[nodiscard]] detail::Word word() const noexcept { return raw_.word; }
  static detail::Word copy_of(const Value& other);
  void drop() noexcept;

  // All three are one word with a tag in its low bits.
  union {
    Raw raw_;
    Array array_;
    Object object_;
  };
};

struct Member {
  Member(std::string_view k, Value v) : key(detail::keep_key(k)), value(std::move(v)) {}
  Member(const Member& other) : key(detail::share_key(other.key)), value(other.value) {}
  Member(Member&& other) noexcept : key(detail::share_key(other.key)), value(std::move(other.value)) {}
  Member& operator=(const Member& other) {
    Member copy(other);
    return *this = std::move(copy);
  }
  Member& operator=(Member&& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~Member() { detail::drop_key(key); }

  const std::string& key;
  Value value;
};

static_assert(sizeof(Value) == 8 && sizeof(Member) == 16);

inline const Value* Array::begin() const noexcept { return data(); }
inline const Value* Array::end() const noexcept { return data() + size(); }
inline Value* Array::begin() noexcept { return data(); }
inline Value* Array::end() noexcept { return data() + size(); }
inline const Value& Array::operator[](std::size_t i) const noexcept { return data()[i]; }
inline Value& Array::operator[](std::size_t i) noexcept { return data()[i]; }
inline const Value& Array::at(std::size_t i) const {
  if (i >= size()) detail::throw_out_of_range();
  return data()[i];
}
inline const Value& Array::front() const noexcept { return *data(); }
inline Value& Array::front() noexcept { return *data(); }
inline const Value& Array::back() const noexcept { return data()[size() - 1]; }
inline Value& Array::back() noexcept { return data()[size() - 1]; }
inline void Array::push_back(Value value) { std::construct_at(grow(), std::move(value)); }
template <class... Args>
Value& Array::emplace_back(Args&&... args) {
  push_back(Value(std::forward<Args>(args)...));
  return back();
}
inline void Array::pop_back() noexcept { erase(end() - 1, end()); }
template <std::input_iterator I>
Value* Array::insert(const Value* at, I first, I last) {
  const auto offset = at - data();
  auto place = offset;
  for (; first != last; ++first, ++place) insert(data() + place, Value(*first));
  return data() + offset;
}

inline std::reverse_iterator<const Value*> Array::rbegin() const noexcept { return std::reverse_iterator<const Value*>(end()); }
inline std::reverse_iterator<const Value*> Array::rend() const noexcept { return std::reverse_iterator<const Value*>(begin()); }
inline Value* Array::erase(const Value* at) { return erase(at, at + 1); }
template <class Predicate>
std::size_t erase_if(Array& array, Predicate predicate) {
  const auto rest = std::remove_if(array.begin(), array.end(), std::move(predicate));
  const auto count = static_cast<std::size_t>(array.end() - rest);
  array.erase(rest, array.end());
  return count;
}

inline const Member* Object::begin() const noexcept { return reinterpret_cast<const Member*>(detail::payload(word_)); }
inline const Member* Object::end() const noexcept { return begin() + size(); }
inline Member* Object::begin() noexcept { return reinterpret_cast<Member*>(detail::payload(word_)); }
inline Member* Object::end() noexcept { return begin() + size(); }

struct Limits {
  std::size_t max_bytes = 64UL << 20U;  // longer input is refused
  std::size_t max_depth = 128;          // nesting of arrays and objects
};

// What to leave out while parsing: paths from the root, a name a step; "*" stands for every member or element.
class Projection {
 public:
  using Path = std::vector<std::string>;
  Projection() = default;
  explicit Projection(std::vector<Path> drop) : drop_(std::move(drop)) {}
  void drop(Path path) { drop_.push_back(std::move(path)); }
  [[nodiscard]] const std::vector<Path>& paths() const noexcept { return drop_; }
  [[nodiscard]] Projection below(std::string_view name) const;  // the same paths in the member `name`

 private:
  std::vector<Path> drop_;
};

// Strict RFC 8259: UTF-8 validated, duplicate keys refused, iterative (no stack growth with nesting), nothing after the value. Of what `drop` names only
// brackets and quotes are checked, and nothing is kept.
// Errors: Invalid, with byte offset.
[[nodiscard]] Result<Value> parse(std::string_view text, Limits limits = {}, const Projection* drop = nullptr);
[[nodiscard]] std::string dump(const Value& value);         // compact, members in their order
[[nodiscard]] std::string dump_pretty(const Value& value);  // two spaces
// Compact with members sorted by key at every level: equal values give equal bytes. For hashes and comparisons.
[[nodiscard]] std::string dump_canonical(const Value& value);

// An immutable copy in one allocation of the exact size; equal strings are stored once, and parts equal to those of other frozen values may be shared with
// them. Copies of it, and of its parts, are values as any other.
struct Frozen {
  std::shared_ptr<const Value> value;
  std::size_t bytes = 0;  // of the allocation
};
[[nodiscard]] Frozen freeze(const Value& value);

// Splits a path of the form "spec.clusters[0].name" or {"a","b"}; nullptr where any part is missing.
[[nodiscard]] const Value* at_path(const Value& root, std::initializer_list<std::string_view> path) noexcept;

// RFC 7386.
void merge_patch(Value& target, const Value& patch);
// RFC 6902, all or nothing: target is unchanged where an operation fails. Errors: Invalid, naming the operation.
[[nodiscard]] Status json_patch(Value& target, const Value& operations);
// The merge patch that turns `from` into `to`; null where they are equal.
[[nodiscard]] Value diff(const Value& from, const Value& to);

inline Type Value::type() const noexcept {
  switch (detail::tag(word())) {
    case detail::Tag::Literal: return word() == detail::kNull ? Type::Null : Type::Bool;
    case detail::Tag::Small:
    case detail::Tag::Integer: return Type::Integer;
    case detail::Tag::Short:
    case detail::Tag::String: return Type::String;
    case detail::Tag::Array: return Type::Array;
    case detail::Tag::Object: return Type::Object;
    case detail::Tag::Double: return Type::Double;
  }
  return Type::Null;
}
inline std::string_view Value::as_string(std::string_view fallback) const noexcept {
  if (detail::tag(word()) == detail::Tag::Short) return {reinterpret_cast<const char*>(&raw_.word) + 1, (word() >> detail::kTagBits) & detail::kShort};
  if (detail::tag(word()) != detail::Tag::String) return fallback;
  const auto* text = static_cast<const detail::Text*>(detail::address(word()));
  return {reinterpret_cast<const char*>(text + 1), text->size};
}
inline std::size_t Value::size() const noexcept { return is_array() ? array_.size() : is_object() ? object_.size() : 0; }

}  // namespace slipway::json
