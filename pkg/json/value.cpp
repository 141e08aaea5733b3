#include "pkg/json/value.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace slipway::json {
namespace {

using namespace detail;

const Value kNullValue;
const Array kNoElements;
const Object kNoMembers;

bool equal(const Object& a, const Object& b) noexcept {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const Member& member) {
    const Value* other = b.find(member.key);
    return other != nullptr && *other == member.value;
  });
}

// Elements are moved by their bytes: a word does not know where it is.
Word resized(Word word, Tag tag, std::size_t capacity, std::size_t width) {
  if (capacity > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("a JSON array or object has too many parts");
  auto* fresh = static_cast<Block*>(::operator new(sizeof(Block) + capacity * width));
  Block* old = static_cast<Block*>(address(word));
  fresh->size = old == nullptr ? 0 : old->size;
  fresh->capacity = static_cast<std::uint32_t>(capacity);
  if (old != nullptr) {
    std::memcpy(static_cast<void*>(fresh + 1), static_cast<const void*>(old + 1), fresh->size * width);
    ::operator delete(old);
  }
  return pointing(tag, fresh);
}

// Room for one more: its place.
void* one_more(Word& word, Tag tag, std::size_t width) {
  const std::size_t size = address(word) == nullptr ? 0 : block(word)->size;
  const std::size_t capacity = address(word) == nullptr ? 0 : block(word)->capacity;
  if (size == capacity) word = resized(word, tag, capacity < 2 ? capacity + 1 : capacity + capacity / 2 + 1, width);
  return static_cast<char*>(payload(word)) + width * block(word)->size++;
}

}  // namespace

Array::Array(std::initializer_list<Value> values) : Array(values.begin(), values.end()) {}

Array::Array(const Array& other) {
  reserve(other.size());
  for (const Value& value : other) push_back(value);
}

Array& Array::operator=(const Array& other) {
  Array copy(other);
  std::swap(word_, copy.word_);
  return *this;
}

void Array::drop() noexcept {
  if (block(word_)->capacity != 0) {
    clear();
    ::operator delete(block(word_));
  }
  word_ = kEmptyArray;
}

void Array::reserve(std::size_t n) {
  if (n > size() && (word_ == kEmptyArray || block(word_)->capacity < n)) word_ = resized(word_, Tag::Array, n, sizeof(Value));
}

void Array::clear() noexcept {
  std::destroy(begin(), end());
  if (word_ != kEmptyArray) block(word_)->size = 0;
}

Value* Array::grow() { return static_cast<Value*>(one_more(word_, Tag::Array, sizeof(Value))); }

Value* Array::insert(const Value* at, Value value) {
  const auto offset = at - data();
  push_back(std::move(value));
  std::rotate(data() + offset, end() - 1, end());
  return data() + offset;
}

Value* Array::erase(const Value* first, const Value* last) {
  Value* const to = data() + (first - data());
  if (first == last) return to;
  Value* const rest = std::move(to + (last - first), end(), to);
  const auto left = static_cast<std::size_t>(rest - data());
  std::destroy(rest, end());
  block(word_)->size = static_cast<std::uint32_t>(left);
  return to;
}

Object::Object(std::initializer_list<Member> members) {
  for (const Member& member : members) std::construct_at(static_cast<Member*>(grow()), member);
}

Object::Object(const Object& other) {
  if (other.empty()) return;
  word_ = resized(word_, Tag::Object, other.size(), sizeof(Member));
  for (const Member& member : other) std::construct_at(static_cast<Member*>(grow()), member);
}

Object& Object::operator=(const Object& other) {
  Object copy(other);
  std::swap(word_, copy.word_);
  return *this;
}

void Object::drop() noexcept {
  if (block(word_)->capacity != 0) {
    std::destroy(begin(), end());
    ::operator delete(block(word_));
  }
  word_ = kEmptyObject;
}

void* Object::grow() { return one_more(word_, Tag::Object, sizeof(Member)); }

const Value* Object::find(std::string_view key) const noexcept {
  for (const Member& member : *this)
    if (member.key == key) return &member.value;
  return nullptr;
}

Value* Object::find(std::string_view key) noexcept { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Object::operator[](std::string_view key) {
  if (Value* found = find(key)) return *found;
  append(key, Value());
  return (end() - 1)->value;
}

void Object::set(std::string_view key, Value value) { (*this)[key] = std::move(value); }

bool Object::erase(std::string_view key) {
  Member* const at = std::find_if(begin(), end(), [&](const Member& member) { return member.key == key; });
  if (at == end()) return false;
  std::destroy_at(at);
  std::memmove(static_cast<void*>(at), static_cast<const void*>(at + 1), static_cast<std::size_t>(end() - (at + 1)) * sizeof(Member));
  --block(word_)->size;
  return true;
}

void Object::append(std::string_view key, Value value) {
  Member member(key, std::move(value));
  std::construct_at(static_cast<Member*>(grow()), std::move(member));
}

Word Value::copy_of(const Value& other) {
  switch (tag(other.word())) {
    case Tag::String: return string_word(other.as_string());
    case Tag::Array: {
      Array copy(other.array_);
      return std::exchange(copy.word_, kEmptyArray);
    }
    case Tag::Object: {
      Object copy(other.object_);
      return std::exchange(copy.word_, kEmptyObject);
    }
    case Tag::Integer: return integer_word(other.as_int());
    case Tag::Double: return double_word(other.as_double());
    default: return other.word();
  }
}

void Value::drop() noexcept {
  switch (tag(word())) {
    case Tag::String:
      if (!static_cast<Text*>(address(word()))->frozen) ::operator delete(address(word()));
      return;
    case Tag::Array: array_.~Array(); return;
    case Tag::Object: object_.~Object(); return;
    case Tag::Integer:
    case Tag::Double:
      if (auto* box = static_cast<Box*>(address(word())); !box->frozen) delete box;
      return;
    default: return;
  }
}

const Value& Value::operator[](std::string_view key) const noexcept {
  const Value* found = find(key);
  return found == nullptr ? kNullValue : *found;
}

const Value& Value::operator[](std::size_t index) const noexcept { return is_array() && index < array_.size() ? array_[index] : kNullValue; }

bool Value::as_bool(bool fallback) const noexcept { return tag(word()) == Tag::Literal && word() != kNull ? word() == kTrue : fallback; }

std::int64_t Value::as_int(std::int64_t fallback) const noexcept {
  switch (tag(word())) {
    case Tag::Small: return static_cast<std::int64_t>(word()) >> kTagBits;
    case Tag::Integer: return static_cast<const Box*>(address(word()))->bits;
    case Tag::Double:
      if (const double d = as_double(); std::trunc(d) == d && std::abs(d) < 9.2e18) return static_cast<std::int64_t>(d);
      return fallback;
    default: return fallback;
  }
}

double Value::as_double(double fallback) const noexcept {
  if (tag(word()) == Tag::Double) return std::bit_cast<double>(static_cast<const Box*>(address(word()))->bits);
  return is_integer() ? static_cast<double>(as_int()) : fallback;
}

const Array& Value::array() const noexcept { return is_array() ? array_ : kNoElements; }
const Object& Value::object() const noexcept { return is_object() ? object_ : kNoMembers; }

Array& Value::make_array() {
  if (!is_array()) *this = Value(Array());
  return array_;
}

Object& Value::make_object() {
  if (!is_object()) *this = Value(Object());
  return object_;
}

Value& Value::ref(std::initializer_list<std::string_view> path) {
  Value* at = this;
  for (const std::string_view key : path) at = &at->ref(key);
  return *at;
}

bool operator==(const Array& a, const Array& b) noexcept { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

bool operator==(const Value& a, const Value& b) noexcept {
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.as_int() == b.as_int();
    return a.as_double() == b.as_double();
  }
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::Null: return true;
    case Type::Bool: return a.as_bool() == b.as_bool();
    case Type::String: return a.as_string() == b.as_string();
    case Type::Array: return a.array() == b.array();
    case Type::Object: return equal(a.object(), b.object());
    default: return false;
  }
}

const Value* at_path(const Value& root, std::initializer_list<std::string_view> path) noexcept {
  const Value* at = &root;
  for (const std::string_view key : path) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace slipway::json
