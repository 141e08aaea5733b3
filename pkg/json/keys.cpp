// Names of members, once each: an open-addressing table that is only ever added to, so that looking up takes no lock.
#include <array>

#include "pkg/json/detail/hash.h"
#include "pkg/json/detail/word.h"

namespace slipway::json::detail {
namespace {

constexpr std::size_t kSlots = 1UL << 14U;
constexpr std::size_t kMostKept = kSlots / 2;
constexpr std::size_t kLongest = 64;
constexpr std::size_t kMostProbes = 64;  // names chosen to collide cost no more than this

std::array<std::atomic<const Key*>, kSlots>& table() noexcept {
  static constinit std::array<std::atomic<const Key*>, kSlots> slots{};
  return slots;
}
constinit std::atomic<std::size_t> kept{0};

const std::string& counted(std::string_view name) {
  const auto* key = new Key{.text = std::string(name), .holders = 1, .counted = true};
  return key->text;
}

}  // namespace

const std::string& keep_key(std::string_view name) {
  if (name.size() > kLongest) return counted(name);
  auto& slots = table();
  std::size_t at = hash_of(name) % kSlots;
  for (std::size_t probes = 0; probes < kMostProbes; ++probes, at = (at + 1) % kSlots) {
    const Key* here = slots[at].load(std::memory_order_acquire);
    while (here == nullptr) {
      if (kept.fetch_add(1, std::memory_order_relaxed) >= kMostKept) {
        kept.fetch_sub(1, std::memory_order_relaxed);
        return counted(name);
      }
      const Key* fresh = new Key{.text = std::string(name), .holders = 0, .counted = false};
      if (slots[at].compare_exchange_strong(here, fresh, std::memory_order_acq_rel)) return fresh->text;
      kept.fetch_sub(1, std::memory_order_relaxed);
      delete fresh;  // another thread was first; it may have kept this very name
    }
    if (here->text == name) return here->text;
  }
  return counted(name);
}

void free_key(const Key& key) noexcept {
  if (key.holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete &key;
}

}  // namespace slipway::json::detail
