#include "pkg/json/detail/parts.h"

#include <cstdlib>

#include "pkg/json/value.h"

namespace slipway::json::detail {

Parts& Parts::instance() {
  static auto* const parts = new Parts();  // never destroyed: frozen values may live to the process's end
  return *parts;
}

Part* Parts::hold(std::uint64_t hash, const Value& value) {
  const auto it = parts_.find(hash);
  if (it == parts_.end() || !identical(reinterpret_cast<const Value&>(it->second->word), value)) return nullptr;
  ++it->second->holders;
  return it->second;
}

bool Parts::seen(std::uint64_t hash) noexcept {
  const auto mark = static_cast<std::uint32_t>(hash >> 32U) | 1U;
  std::uint32_t& place = seen_[hash % kRemembered];
  return std::exchange(place, mark) == mark && !parts_.contains(hash);  // where another subtree has this hash, this one stays on its own
}

void Parts::add(Part* part) { parts_.emplace(part->hash, part); }

void Parts::release(std::span<Part* const> parts) noexcept {
  const auto locked = lock();
  for (Part* part : parts) {
    if (--part->holders > 0) continue;
    parts_.erase(part->hash);
    std::free(part);
  }
}

bool identical(const Value& a, const Value& b) noexcept {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::Null: return true;
    case Type::Bool: return a.as_bool() == b.as_bool();
    case Type::Integer: return a.as_int() == b.as_int();
    case Type::Double: return std::bit_cast<std::uint64_t>(a.as_double()) == std::bit_cast<std::uint64_t>(b.as_double());
    case Type::String: return a.as_string() == b.as_string();
    case Type::Array: return std::equal(a.array().begin(), a.array().end(), b.array().begin(), b.array().end(), identical);
    case Type::Object:
      return std::equal(a.object().begin(), a.object().end(), b.object().begin(), b.object().end(),
                        [](const Member& x, const Member& y) { return &x.key == &y.key && identical(x.value, y.value); });
  }
  return false;
}

}  // namespace slipway::json::detail
