// A tree into one block: looked over, planned, then copied. What is frozen is marked so (capacity 0, or a bit), and nobody frees a part of it. Subtrees that
// other frozen values have too are kept outside of the block (detail/parts.h), which then holds them.
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "pkg/json/detail/hash.h"
#include "pkg/json/detail/parts.h"
#include "pkg/json/value.h"

namespace slipway::json {
namespace {

using namespace detail;

struct Tail {
  std::size_t bytes = 0;
  std::byte* at = nullptr;
};
thread_local Tail tail;

// Puts the shared_ptr's counters, its object and `tail` into one allocation.
template <class T>
struct TailAllocator {
  using value_type = T;
  TailAllocator() = default;
  template <class U>
  TailAllocator(const TailAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    auto* memory = static_cast<std::byte*>(::operator new(n * sizeof(T) + tail.bytes));
    tail.at = memory + n * sizeof(T);
    return reinterpret_cast<T*>(memory);
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p); }
  friend bool operator==(const TailAllocator&, const TailAllocator&) noexcept { return true; }
};

constexpr std::size_t padded(std::size_t n) noexcept { return (n + 7) & ~std::size_t{7}; }
constexpr std::size_t kCounters = 16;  // of the shared_ptr
// Of subtrees that are worth a pointer, and not so large that comparing them costs more than it saves.
constexpr std::size_t kSmallestPart = 64;
constexpr std::size_t kLargestPart = 16UL << 10U;

// Frozen members are not destroyed one by one; only names that are counted must be let go.
void drop_counted_keys(const Value& value) noexcept {
  for (const Value& element : value.array()) drop_counted_keys(element);
  for (const Member& member : value.object()) {
    drop_counted_keys(member.value);
    drop_key(member.key);
  }
}

constexpr std::uint64_t mixed(std::uint64_t h, std::uint64_t x) noexcept {
  h = (h ^ x) * 0x9FB21C651E98DF25U;
  return h ^ (h >> 35U);
}

}  // namespace

class Freezer {
 public:
  static Frozen freeze(const Value& value) {
    Freezer f;
    f.look_over(value);
    f.make_room();
    if (!f.counted_keys_) {
      f.parts_ = &Parts::instance();
      const auto locked = f.parts_->lock();
      f.plan(value);
    } else {
      f.plan(value);
    }
    const std::size_t held_bytes = f.held_.size() * sizeof(Part*);
    tail.bytes = f.bytes_ + held_bytes;
    auto holder = std::allocate_shared<Holder>(TailAllocator<Holder>());
    f.at_ = tail.at + held_bytes;
    if (held_bytes > 0) std::memcpy(tail.at, static_cast<const void*>(f.held_.data()), held_bytes);
    holder->held = reinterpret_cast<Part**>(tail.at);
    holder->held_count = static_cast<std::uint32_t>(f.held_.size());
    holder->root.raw_.word = f.place(value);
    holder->counted_keys = f.counted_keys_;
    const Value* root = &holder->root;
    return {.value = std::shared_ptr<const Value>(std::move(holder), root), .bytes = tail.bytes + kCounters + sizeof(Holder)};
  }

 private:
  struct Holder {
    Holder() = default;
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() {
      if (counted_keys) drop_counted_keys(root);
      root.raw_.word = kNull;  // the root itself may be a part, which goes now
      if (held_count > 0) Parts::instance().release({held, held_count});
    }
    Value root;
    Part** held = nullptr;
    std::uint32_t held_count = 0;
    bool counted_keys = false;
  };
  // Of a container that is not empty, in the order in which they are met.
  struct Seen {
    std::uint64_t hash;
    std::size_t bytes;   // without what equal strings save
    std::size_t inside;  // how many of them are inside
  };
  struct SeenText {
    std::string_view text;
    Word word = 0;  // once it is placed
  };
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  // Hashes and sizes of all containers.
  std::pair<std::uint64_t, std::size_t> look_over(const Value& value) {
    switch (tag(value.word())) {
      case Tag::String: ++strings_; return {hash_of(value.as_string()), padded(sizeof(Text) + value.as_string().size())};
      case Tag::Integer:
      case Tag::Double: return {mixed(static_cast<std::uint64_t>(static_cast<const Box*>(address(value.word()))->bits), 7), sizeof(Box)};
      case Tag::Array:
      case Tag::Object: break;
      default: return {mixed(value.word(), 5), 0};
    }
    if (value.size() == 0) return {value.word(), 0};
    const std::size_t index = seen_.size();
    seen_.push_back({});
    std::uint64_t hash = value.word() & 7U;
    std::size_t bytes = sizeof(Block) + value.size() * (value.is_array() ? sizeof(Value) : sizeof(Member));
    const auto add = [&](const Value& part) {
      const auto [h, n] = look_over(part);
      hash = mixed(hash, h);
      bytes += n;
    };
    for (const Value& element : value.array()) add(element);
    for (const Member& member : value.object()) {
      counted_keys_ = counted_keys_ || key_of(member.key).counted;
      hash = mixed(hash, std::bit_cast<std::uint64_t>(&member.key));
      add(member.value);
    }
    seen_[index] = {.hash = hash, .bytes = bytes, .inside = seen_.size() - index - 1};
    return {hash, bytes};
  }

  // The part to share for this container, where there is one or should be one.
  Part* part_for(const Seen& seen, const Value& value) {
    if (parts_ == nullptr || seen.bytes < kSmallestPart || seen.bytes > kLargestPart) return nullptr;
    if (Part* part = parts_->hold(seen.hash, value)) return part;
    if (!parts_->seen(seen.hash)) return nullptr;
    Part* part = make_part(seen.hash, value);
    parts_->add(part);
    return part;
  }

  static Part* make_part(std::uint64_t hash, const Value& value) {
    Freezer f;
    f.look_over(value);
    f.make_room();
    f.plan(value);
    auto* memory = static_cast<std::byte*>(std::malloc(sizeof(Part) + f.bytes_));
    if (memory == nullptr) throw std::bad_alloc();
    f.at_ = memory + sizeof(Part);
    return new (memory) Part{.hash = hash, .holders = 1, .word = f.place(value)};
  }

  // What goes into the block, and what is shared.
  void plan(const Value& value) {
    switch (tag(value.word())) {
      case Tag::String: order_.push_back(text(value.as_string())); return;
      case Tag::Integer:
      case Tag::Double: bytes_ += sizeof(Box); return;
      case Tag::Array:
      case Tag::Object: break;
      default: return;
    }
    if (value.size() == 0) return;
    const Seen& seen = seen_[next_seen_];
    Part* part = part_for(seen, value);
    shared_.push_back(part);
    if (part != nullptr) {
      next_seen_ += seen.inside + 1;
      held_.push_back(part);
      return;
    }
    ++next_seen_;
    bytes_ += sizeof(Block) + value.size() * (value.is_array() ? sizeof(Value) : sizeof(Member));
    for (const Value& element : value.array()) plan(element);
    for (const Member& member : value.object()) plan(member.value);
  }

  // Which text of texts_ this is; a new one is counted.
  std::uint32_t text(std::string_view text) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash_of(text) & mask;
    for (int probes = 0; slots_[at] != kNobody; at = (at + 1) & mask) {
      if (texts_[slots_[at]].text == text) return slots_[at];
      if (++probes == kMostProbes) break;  // stored twice: no harm
    }
    const auto index = static_cast<std::uint32_t>(texts_.size());
    if (slots_[at] == kNobody) slots_[at] = index;
    texts_.push_back({.text = text});
    bytes_ += padded(sizeof(Text) + text.size());
    return index;
  }

  void make_room() {
    slots_.assign(std::bit_ceil(strings_ * 2 + 1), kNobody);
    texts_.reserve(strings_);
    order_.reserve(strings_);
    shared_.reserve(seen_.size());
  }

  void* take(std::size_t bytes) noexcept { return std::exchange(at_, at_ + bytes); }

  Block* take_block(std::size_t n, std::size_t width) noexcept {
    auto* block = static_cast<Block*>(take(sizeof(Block) + n * width));
    block->size = static_cast<std::uint32_t>(n);
    block->capacity = 0;
    return block;
  }

  Word place_text(std::string_view text) noexcept {
    Word& word = texts_[order_[next_text_++]].word;
    if (word != 0) return word;
    auto* to = static_cast<Text*>(take(padded(sizeof(Text) + text.size())));
    to->size = static_cast<std::uint32_t>(text.size()) & 0x7FFFFFFFU;
    to->frozen = 1;
    std::memcpy(to + 1, text.data(), text.size());
    return word = pointing(Tag::String, to);
  }

  Word place_container(const Value& value) noexcept {
    if (value.size() == 0) return value.is_array() ? kEmptyArray : kEmptyObject;
    if (const Part* part = shared_[next_shared_++]) return part->word;
    Block* block = take_block(value.size(), value.is_array() ? sizeof(Value) : sizeof(Member));
    auto* to = reinterpret_cast<Word*>(block + 1);
    for (const Value& element : value.array()) *to++ = place(element);
    for (const Member& member : value.object()) {
      *to++ = std::bit_cast<Word>(&share_key(member.key));  // a reference is stored as an address
      *to++ = place(member.value);
    }
    return pointing(tag(value.word()), block);
  }

  Word place(const Value& value) noexcept {
    switch (tag(value.word())) {
      case Tag::String: return place_text(value.as_string());
      case Tag::Array:
      case Tag::Object: return place_container(value);
      case Tag::Integer:
      case Tag::Double: {
        auto* box = static_cast<Box*>(take(sizeof(Box)));
        *box = {.bits = static_cast<const Box*>(address(value.word()))->bits, .frozen = true};
        return pointing(tag(value.word()), box);
      }
      default: return value.word();
    }
  }

  static constexpr int kMostProbes = 32;
  Parts* parts_ = nullptr;  // null: nothing is shared
  std::size_t bytes_ = 0;
  std::vector<Seen> seen_;
  std::size_t strings_ = 0;  // that are not in a word of their own
  std::size_t next_seen_ = 0;
  std::vector<Part*> shared_;  // of each container that was planned; null: in the block
  std::size_t next_shared_ = 0;
  std::vector<Part*> held_;
  std::vector<SeenText> texts_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> order_;  // the text of each string, as planned
  std::size_t next_text_ = 0;
  std::byte* at_ = nullptr;
  bool counted_keys_ = false;
};

Frozen freeze(const Value& value) { return Freezer::freeze(value); }

}  // namespace slipway::json
