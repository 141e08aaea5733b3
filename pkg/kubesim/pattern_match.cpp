#include <algorithm>
#include <cstddef>

#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/utf8.h"

namespace slipway::kubesim {

namespace {

// More work than this (bytes of text times instructions) is not worth an answer: the text is taken as not matching.
constexpr std::size_t kMaxWork = 1UL << 30U;
constexpr char32_t kNoRune = 0xFFFF'FFFFU;

bool is_word(char32_t rune) { return rune == '_' || (rune >= '0' && rune <= '9') || (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z'); }

// The set of threads of one step: every program counter at most once.
class ThreadList {
 public:
  explicit ThreadList(std::size_t size) : seen_(size, 0) {}
  void clear() {
    ++round_;
    counters_.clear();
  }
  [[nodiscard]] bool visit(std::uint32_t pc) {
    if (seen_[pc] == round_) return false;
    seen_[pc] = round_;
    return true;
  }
  void add(std::uint32_t pc) { counters_.push_back(pc); }
  [[nodiscard]] const std::vector<std::uint32_t>& counters() const noexcept { return counters_; }

 private:
  std::vector<std::uint64_t> seen_;
  std::uint64_t round_ = 1;
  std::vector<std::uint32_t> counters_;
};

}  // namespace

bool Pattern::matches(std::string_view text) const {
  if (text.size() > kMaxWork / program_.size()) return false;
  ThreadList current(program_.size());
  ThreadList next(program_.size());
  std::vector<std::uint32_t> stack;

  // Follows the instructions that read nothing; true where one of them is the match.
  const auto follow = [&](ThreadList& list, std::uint32_t start, char32_t before, char32_t after) {
    stack.assign(1, start);
    while (!stack.empty()) {
      const std::uint32_t pc = stack.back();
      stack.pop_back();
      if (!list.visit(pc)) continue;
      const Instruction& in = program_[pc];
      bool pass = false;
      switch (in.op) {
        case Op::Match: return true;
        case Op::Class: list.add(pc); break;
        case Op::Jump: stack.push_back(in.x); break;
        case Op::Split:
          stack.push_back(in.y);
          stack.push_back(in.x);
          break;
        case Op::TextStart: pass = before == kNoRune; break;
        case Op::TextEnd: pass = after == kNoRune; break;
        case Op::LineStart: pass = before == kNoRune || before == '\n'; break;
        case Op::LineEnd: pass = after == kNoRune || after == '\n'; break;
        case Op::WordBoundary: pass = is_word(before) != is_word(after); break;
        case Op::NoWordBoundary: pass = is_word(before) == is_word(after); break;
      }
      if (pass) stack.push_back(pc + 1);
    }
    return false;
  };
  const auto in_class = [&](std::uint32_t index, char32_t rune) {
    const auto& ranges = classes_[index];
    const auto it = std::ranges::upper_bound(ranges, rune, {}, &Range::low);
    return it != ranges.begin() && rune <= std::prev(it)->high;
  };

  char32_t before = kNoRune;
  std::size_t at = 0;
  char32_t rune = at < text.size() ? utf8_next(text, at) : kNoRune;
  current.clear();
  while (true) {
    if (follow(current, 0, before, rune)) return true;  // a new thread at every position: the match may start anywhere
    if (rune == kNoRune) return false;
    const char32_t after = at < text.size() ? utf8_next(text, at) : kNoRune;
    next.clear();
    for (const std::uint32_t pc : current.counters()) {
      if (in_class(program_[pc].x, rune) && follow(next, pc + 1, rune, after)) return true;
    }
    std::swap(current, next);
    before = rune;
    rune = after;
  }
}

}  // namespace slipway::kubesim
