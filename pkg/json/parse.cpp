// RapidJSON's SAX reader into our tree. The reader runs iteratively, in place in a copy; UTF-8, depth and duplicate keys are checked here, because RapidJSON
// validates UTF-8 slowly, keeps both of two equal keys and has no limit of depth (docs/dependencies.md).
#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
// RapidJSON's stack begins as a null pointer and adds to it; harmless, and none of ours to fix.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop

#include "pkg/json/detail/cut.h"
#include "pkg/json/value.h"

namespace slipway::json {

using namespace detail;

namespace {

// As Go's decoder: int64 where it fits, else the nearest double; what is too small is 0, what is too large is refused.
bool number(std::string_view text, Value& out) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(begin, end, integer); read.ec == std::errc{} && read.ptr == end) {
      out = Value(integer);
      return true;
    }
  }
  double real = 0;
  const auto read = std::from_chars(begin, end, real);
  if (read.ec == std::errc::result_out_of_range) {
    const bool tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos || text.starts_with("0.") || text.starts_with("-0.");
    if (!tiny) return false;
    real = 0;
  }
  out = Value(real);
  return true;
}

// Bytes 0x18 to 0x1F stand nowhere in JSON. They are looked for here because RapidJSON's SIMD scan takes 0x1A to 0x1F in a string, where the bytes happen to
// be aligned for it (reader.h compares with 0x19); it refuses the other control characters by itself.
constexpr bool is_misread_control(unsigned char c) noexcept { return (c & 0xF8U) == 0x18U; }
constexpr bool holds_misread_control(std::uint64_t eight) noexcept {
  const std::uint64_t zero_where = (eight & 0xF8F8F8F8F8F8F8F8U) ^ 0x1818181818181818U;
  return ((zero_where - 0x0101010101010101U) & ~zero_where & 0x8080808080808080U) != 0;
}

// Length of the well-formed sequence that starts at `p`, 0 where there is none (Unicode 15, table 3-7).
std::size_t sequence(const unsigned char* p, const unsigned char* end) noexcept {
  const auto follows = [&](std::size_t i, unsigned char low = 0x80, unsigned char high = 0xBF) { return p + i < end && p[i] >= low && p[i] <= high; };
  if (*p < 0x80) return is_misread_control(*p) ? 0 : 1;
  if (*p >= 0xC2 && *p <= 0xDF) return follows(1) ? 2 : 0;
  if (*p >= 0xE0 && *p <= 0xEF) return follows(1, *p == 0xE0 ? 0xA0 : 0x80, *p == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  if (*p >= 0xF0 && *p <= 0xF4) return follows(1, *p == 0xF0 ? 0x90 : 0x80, *p == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

// Where the text stops to be UTF-8 that JSON may hold; its size where it is all well.
std::size_t utf8_until(std::string_view text) noexcept {
  const auto* const begin = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = begin + text.size();
  const auto* p = begin;
  while (p < end) {
    std::uint64_t eight = 0;
    while (end - p >= 8) {
      std::memcpy(&eight, p, 8);
      if ((eight & 0x8080808080808080U) != 0 || holds_misread_control(eight)) break;
      p += 8;
    }
    if (p == end) break;
    const std::size_t length = sequence(p, end);
    if (length == 0) break;
    p += length;
  }
  return static_cast<std::size_t>(p - begin);
}

}  // namespace

// Values wait on one stack until their container ends; then they move into a block of the right size.
class Builder {
 public:
  // `escapes_units`: the text has \u somewhere.
  Builder(std::size_t max_depth, const Projection* drop, bool escapes_units) : max_depth_(max_depth), drop_(drop), escapes_units_(escapes_units) {
    stack_.reserve(64);
    open_.reserve(16);
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder() { release(0); }

  bool Null() { return put(kNull); }
  bool Bool(bool b) { return put(b ? kTrue : kFalse); }
  bool Int(int) { return false; }  // numbers come as text, to RawNumber
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType n, bool) {
    Value value;
    if (!number(std::string_view(text, n), value)) {
      problem_ = "a number is too large";
      return false;
    }
    return put(std::exchange(value.raw_.word, kNull));
  }
  bool String(const char* text, rapidjson::SizeType n, bool) {
    if (dropping()) return dropped_scalar();
    return is_whole({text, n}) && put(string_word({text, n}));
  }
  bool StartObject() { return open(true); }
  bool StartArray() { return open(false); }
  bool Key(const char* text, rapidjson::SizeType n, bool) {
    if (dropped_depth_ > 0) return true;
    const std::string_view name(text, n);
    if (!is_whole(name)) return false;
    Open& here = open_.back();
    here.below = 0;
    if (here.paths != 0 && matches(name)) {
      drop_next_ = true;
      return true;
    }
    stack_.push_back({&keep_key(name), kNull});
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    if (dropped_depth_ > 0) return dropped_end();
    if (!unique_keys(open_.back().first)) return false;
    return close(Tag::Object, sizeof(Member));
  }
  bool EndArray(rapidjson::SizeType) {
    if (dropped_depth_ > 0) return dropped_end();
    return close(Tag::Array, sizeof(Value));
  }

  [[nodiscard]] Value take() {
    Value root;
    root.raw_.word = std::exchange(root_, kNull);
    return root;
  }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  // The input is UTF-8, so only an escape can have made half of a surrogate pair; RapidJSON lets the lower half pass.
  bool is_whole(std::string_view text) {
    if (!escapes_units_) return true;
    for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
      if (at + 1 == text.size() || static_cast<unsigned char>(text[at + 1]) < 0xA0) continue;
      problem_ = "a string holds half of a surrogate pair";
      return false;
    }
    return true;
  }

  struct Slot {  // as a Member lies in memory; elements have no key
    const std::string* key;
    Word word;
  };
  static_assert(sizeof(Slot) == sizeof(Member));
  struct Open {
    std::size_t first;  // of its parts on the stack
    bool object;
    std::uint64_t paths;      // of the projection, that lead here
    std::uint64_t below = 0;  // ... and on into the part that is being read
  };
  static constexpr std::size_t kMostPaths = 64;

  // True where a path ends at `name`; else open_.back().below says which go on.
  bool matches(std::string_view name) {
    Open& here = open_.back();
    const std::size_t step = open_.size() - 1;
    const auto& paths = drop_->paths();
    for (std::size_t i = 0; i < std::min(paths.size(), kMostPaths); ++i) {
      if ((here.paths >> i & 1U) == 0 || paths[i].size() <= step || (paths[i][step] != "*" && paths[i][step] != name)) continue;
      if (paths[i].size() == step + 1) return true;
      here.below |= std::uint64_t{1} << i;
    }
    return false;
  }

  [[nodiscard]] bool dropping() const noexcept { return drop_next_ || dropped_depth_ > 0; }
  bool dropped_scalar() {
    drop_next_ = false;
    return true;
  }
  bool dropped_end() {
    --dropped_depth_;
    return true;
  }

  bool put(Word word) {
    if (dropping()) {
      destroy(word);
      return dropped_scalar();
    }
    if (open_.empty())
      root_ = word;
    else if (open_.back().object)
      stack_.back().word = word;  // Key() made the slot
    else
      stack_.push_back({nullptr, word});
    return true;
  }

  bool open(bool object) {
    if (open_.size() + dropped_depth_ >= max_depth_) {
      problem_ = "nested deeper than " + std::to_string(max_depth_) + " levels";
      return false;
    }
    if (!dropping() && !open_.empty() && !open_.back().object && open_.back().paths != 0) {
      open_.back().below = 0;
      drop_next_ = matches("*");
    }
    if (dropping()) {
      drop_next_ = false;
      ++dropped_depth_;
      return true;
    }
    const std::uint64_t all = drop_ == nullptr ? 0 : ~std::uint64_t{0};
    open_.push_back({.first = stack_.size(), .object = object, .paths = open_.empty() ? all : open_.back().below});
    return true;
  }

  bool close(Tag tag, std::size_t width) {
    const std::size_t first = open_.back().first;
    const std::size_t n = stack_.size() - first;
    Word word = word_of(tag);
    if (n > 0) {
      auto* block = static_cast<Block*>(::operator new(sizeof(Block) + n * width));
      block->size = block->capacity = static_cast<std::uint32_t>(n);
      auto* to = reinterpret_cast<char*>(block + 1);
      for (std::size_t i = 0; i < n; ++i) std::memcpy(to + i * width, reinterpret_cast<const char*>(&stack_[first + i]) + sizeof(Slot) - width, width);
      word = pointing(tag, block);
    }
    stack_.resize(first);
    open_.pop_back();
    return put(word);
  }

  // Names that are kept once are equal where their addresses are; others must be compared.
  bool unique_keys(std::size_t first) {
    const std::size_t n = stack_.size() - first;
    names_.clear();
    bool counted = false;
    for (std::size_t i = first; i < stack_.size(); ++i) {
      names_.push_back(stack_[i].key);
      counted = counted || key_of(*stack_[i].key).counted;
    }
    const std::string* twice = nullptr;
    if (n <= kFew && !counted) {
      for (std::size_t i = 1; i < n && twice == nullptr; ++i)
        if (std::find(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(i), names_[i]) != names_.begin() + static_cast<std::ptrdiff_t>(i))
          twice = names_[i];
    } else {
      std::sort(names_.begin(), names_.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
      const auto at = std::adjacent_find(names_.begin(), names_.end(), [](const std::string* a, const std::string* b) { return *a == *b; });
      if (at != names_.end()) twice = *at;
    }
    if (twice == nullptr) return true;
    problem_ = "duplicate key \"" + twice->substr(0, 100) + "\"";
    return false;
  }

  static void destroy(Word word) {
    Value value;
    value.raw_.word = word;
  }
  void release(std::size_t first) {
    for (std::size_t i = first; i < stack_.size(); ++i) {
      destroy(stack_[i].word);
      if (stack_[i].key != nullptr) drop_key(*stack_[i].key);
    }
    stack_.resize(first);
    destroy(std::exchange(root_, kNull));
  }

  static constexpr std::size_t kFew = 24;
  std::size_t max_depth_;
  const Projection* drop_;
  bool escapes_units_;
  std::vector<Slot> stack_;
  std::vector<Open> open_;
  std::vector<const std::string*> names_;
  bool drop_next_ = false;
  std::size_t dropped_depth_ = 0;
  Word root_ = kNull;
  std::string problem_;
};

Projection Projection::below(std::string_view name) const {
  Projection out;
  for (const Path& path : drop_) {
    Path longer{std::string(name)};
    longer.insert(longer.end(), path.begin(), path.end());
    out.drop(std::move(longer));
  }
  return out;
}

namespace {

// `bytes` is read in place, and destroyed by that. It ends in NULs: the reader looks ahead by up to 16 bytes.
Result<Value> parse_in_place(std::string& bytes, std::size_t max_depth, const Projection* drop) {
  constexpr std::size_t kAhead = 32;
  bytes.append(kAhead, '\0');
  rapidjson::InsituStringStream stream(bytes.data());
  rapidjson::Reader reader;
  Builder builder(max_depth, drop, bytes.find("\\u") != std::string::npos);
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder);
  if (parsed) return builder.take();
  const std::string what = builder.problem().empty() ? rapidjson::GetParseError_En(parsed.Code()) : builder.problem();
  return fail(Disposition::Invalid, "JSON at byte " + std::to_string(parsed.Offset()) + ": " + what);
}

}  // namespace

Result<Value> parse(std::string_view text, Limits limits, const Projection* drop) {
  if (text.size() > limits.max_bytes)
    return fail(Disposition::Invalid, "JSON of " + std::to_string(text.size()) + " bytes is over the limit of " + std::to_string(limits.max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.empty()) return fail(Disposition::Invalid, "JSON is empty");
  if (std::memchr(text.data(), 0, text.size()) != nullptr) return fail(Disposition::Invalid, "JSON holds a NUL byte");
  if (const std::size_t valid = utf8_until(text); valid != text.size())
    return fail(Disposition::Invalid, "JSON at byte " + std::to_string(valid) + ": Invalid encoding: this is not UTF-8, or a control character.");
  std::string bytes;
  bytes.reserve(text.size() + 64);
  if (drop != nullptr && cut(text, *drop, bytes)) {
    auto value = parse_in_place(bytes, limits.max_depth, drop);
    if (value) return value;
  }
  bytes.assign(text);  // also for the byte offset of an error
  return parse_in_place(bytes, limits.max_depth, drop);
}

}  // namespace slipway::json
