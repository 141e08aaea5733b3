#include "pkg/base/random.h"

#include <atomic>
#include <random>
#include <string_view>

#include "pkg/base/strings.h"

namespace slipway {
namespace {

// How often replay_random() was called; 0: chance.
std::atomic<std::uint64_t> replay{0};
std::atomic<std::uint64_t> replayed_state{0};

std::uint64_t real_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

// splitmix64 (Steele, Lea, Flood 2014): neighbouring seeds give unlike numbers.
std::uint64_t replayed_seed() {
  std::uint64_t z = replayed_state.fetch_add(0x9E3779B97F4A7C15ULL) + 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

// Seeded once a thread, on first use: seeding at start-up can block or throw early in boot.
std::mt19937_64& engine() {
  thread_local std::mt19937_64 e(random_seed());
  thread_local std::uint64_t of = replay;
  if (of != replay) {
    e.seed(random_seed());
    of = replay;
  }
  return e;
}

}  // namespace

std::uint64_t random_seed() { return replay == 0 ? real_seed() : replayed_seed(); }

void replay_random(std::uint64_t seed) {
  replayed_state = seed;
  ++replay;
}

std::string random_suffix(std::size_t n) {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";  // apimachinery util/rand
  std::uniform_int_distribution<std::size_t> pick(0, kAlphabet.size() - 1);
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(kAlphabet[pick(engine())]);
  return out;
}

std::string random_uuid() {
  std::uint64_t high = engine()();
  std::uint64_t low = engine()();
  high = (high & ~0xF000ULL) | 0x4000ULL;
  low = (low & ~(0xC0ULL << 56U)) | (0x80ULL << 56U);
  std::string digits;
  for (const std::uint64_t half : {high, low}) {
    const std::string text = hex(half);
    digits.append(16 - text.size(), '0').append(text);
  }
  for (const std::size_t at : {std::size_t{8}, std::size_t{13}, std::size_t{18}, std::size_t{23}}) digits.insert(at, 1, '-');
  return digits;
}

}  // namespace slipway
