#include "pkg/json/value.h"

#include <algorithm>
#include <cmath>

namespace slipway::json {
namespace {

const Value kNull;
const Array kNoElements;
const Object kNoMembers;

bool equal(const Object& a, const Object& b) noexcept {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const Member& member) {
    const Value* other = b.find(member.key);
    return other != nullptr && *other == member.value;
  });
}

}  // namespace

Object::Object() = default;
Object::Object(std::initializer_list<Member> members) : members_(members) {}
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

std::size_t Object::size() const noexcept { return members_.size(); }
bool Object::empty() const noexcept { return members_.empty(); }
const Member* Object::begin() const noexcept { return members_.data(); }
const Member* Object::end() const noexcept { return members_.data() + members_.size(); }
Member* Object::begin() noexcept { return members_.data(); }
Member* Object::end() noexcept { return members_.data() + members_.size(); }

const Value* Object::find(std::string_view key) const noexcept {
  for (const Member& member : members_)
    if (member.key == key) return &member.value;
  return nullptr;
}

Value* Object::find(std::string_view key) noexcept { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Object::operator[](std::string_view key) {
  if (Value* found = find(key)) return *found;
  return members_.emplace_back(std::string(key), Value()).value;
}

void Object::set(std::string_view key, Value value) { (*this)[key] = std::move(value); }

bool Object::erase(std::string_view key) {
  const auto at = std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.key == key; });
  if (at == members_.end()) return false;
  members_.erase(at);
  return true;
}

void Object::append(std::string key, Value value) { members_.emplace_back(std::move(key), std::move(value)); }

const Value* Value::find(std::string_view key) const noexcept {
  const auto* members = std::get_if<Object>(&data_);
  return members == nullptr ? nullptr : members->find(key);
}

Value* Value::find_mut(std::string_view key) noexcept {
  auto* members = std::get_if<Object>(&data_);
  return members == nullptr ? nullptr : members->find(key);
}

const Value& Value::operator[](std::string_view key) const noexcept {
  const Value* found = find(key);
  return found == nullptr ? kNull : *found;
}

const Value& Value::operator[](std::size_t index) const noexcept {
  const auto* elements = std::get_if<Array>(&data_);
  return elements == nullptr || index >= elements->size() ? kNull : (*elements)[index];
}

bool Value::as_bool(bool fallback) const noexcept {
  const bool* b = std::get_if<bool>(&data_);
  return b == nullptr ? fallback : *b;
}

std::int64_t Value::as_int(std::int64_t fallback) const noexcept {
  if (const auto* i = std::get_if<std::int64_t>(&data_)) return *i;
  if (const auto* d = std::get_if<double>(&data_); d != nullptr && std::trunc(*d) == *d && std::abs(*d) < 9.2e18) return static_cast<std::int64_t>(*d);
  return fallback;
}

double Value::as_double(double fallback) const noexcept {
  if (const auto* d = std::get_if<double>(&data_)) return *d;
  if (const auto* i = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*i);
  return fallback;
}

std::string_view Value::as_string(std::string_view fallback) const noexcept {
  const auto* s = std::get_if<std::string>(&data_);
  return s == nullptr ? fallback : std::string_view(*s);
}

const Array& Value::array() const noexcept {
  const auto* elements = std::get_if<Array>(&data_);
  return elements == nullptr ? kNoElements : *elements;
}

const Object& Value::object() const noexcept {
  const auto* members = std::get_if<Object>(&data_);
  return members == nullptr ? kNoMembers : *members;
}

std::size_t Value::size() const noexcept {
  if (const auto* elements = std::get_if<Array>(&data_)) return elements->size();
  if (const auto* members = std::get_if<Object>(&data_)) return members->size();
  return 0;
}

Array& Value::make_array() {
  if (!is_array()) data_.emplace<Array>();
  return std::get<Array>(data_);
}

Object& Value::make_object() {
  if (!is_object()) data_.emplace<Object>();
  return std::get<Object>(data_);
}

Value& Value::ref(std::initializer_list<std::string_view> path) {
  Value* at = this;
  for (const std::string_view key : path) at = &at->ref(key);
  return *at;
}

bool Value::erase(std::string_view key) {
  auto* members = std::get_if<Object>(&data_);
  return members != nullptr && members->erase(key);
}

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
