#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/utf8.h"

namespace slipway::kubesim {

namespace {

constexpr std::size_t kMaxExpression = 4096;  // bytes; a CRD that needs more is not a CRD
constexpr std::size_t kMaxProgram = 20'000;   // instructions after repeats are written out
constexpr int kMaxRepeat = 1000;              // regexp/syntax: maxRepeat
constexpr int kMaxNesting = 200;              // regexp/syntax: maxHeight is 1000; less stack is enough here
constexpr char32_t kMaxRune = 0x10FFFF;

}  // namespace

// Parser to a tree, then emission: repeats with counts need the operand more than once.
class PatternCompiler {
 public:
  using Range = Pattern::Range;
  using Ranges = std::vector<Range>;
  using Op = Pattern::Op;

  explicit PatternCompiler(std::string_view expression) : text_(expression) {}

  Result<Pattern> run() {
    if (text_.size() > kMaxExpression) return error("expression too large", shorten(text_, 60));
    if (!is_utf8(text_)) return error("invalid UTF-8", "");
    const std::size_t root = alternation();
    if (!failure_ && at_ < text_.size()) error_at("unexpected )", text_);
    if (!failure_) emit(root);
    if (!failure_) push(Op::Match);
    if (failure_) return fail(std::move(*failure_));
    return std::move(out_);
  }

 private:
  enum class Kind : std::uint8_t { Empty, Class, Assert, Concat, Alternate, Repeat };
  struct Node {
    Kind kind = Kind::Empty;
    Op op = Op::Match;              // Assert
    std::uint32_t class_index = 0;  // Class
    int min = 0, max = -1;          // Repeat; max -1: no limit
    std::vector<std::size_t> children = {};
  };
  struct Flags {
    bool fold = false, dot_all = false, multi_line = false;
  };

  static std::unexpected<Error> error(std::string_view what, std::string_view where) {
    std::string message = "error parsing regexp: " + std::string(what);
    if (!where.empty()) message += ": `" + std::string(where) + "`";
    return fail(Disposition::Invalid, std::move(message));
  }
  std::size_t error_at(std::string_view what, std::string_view where) {
    if (!failure_) failure_ = error(what, where).error();
    at_ = text_.size();
    return 0;
  }

  [[nodiscard]] bool more() const noexcept { return at_ < text_.size(); }
  [[nodiscard]] char peek() const noexcept { return text_[at_]; }
  bool take(std::string_view literal) {
    if (!text_.substr(at_).starts_with(literal)) return false;
    at_ += literal.size();
    return true;
  }
  std::size_t add(Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  std::size_t alternation() {
    if (++depth_ > kMaxNesting) return error_at("expression nests too deeply", "");
    std::vector<std::size_t> branches{concatenation()};
    while (take("|")) branches.push_back(concatenation());
    --depth_;
    return branches.size() == 1 ? branches.front() : add({.kind = Kind::Alternate, .children = std::move(branches)});
  }

  std::size_t concatenation() {
    std::vector<std::size_t> parts;
    while (more() && peek() != '|' && peek() != ')') {
      const std::size_t start = at_;
      const std::size_t one = atom();
      parts.push_back(repeated(one, start));
    }
    return parts.size() == 1 ? parts.front() : add({.kind = Kind::Concat, .children = std::move(parts)});
  }

  std::size_t repeated(std::size_t operand, std::size_t start) {
    bool first = true;
    while (more()) {
      const std::size_t operator_start = at_;
      int min = 0;
      int max = -1;
      if (!repeat_operator(min, max)) break;
      if (failure_) return operand;
      if (min > kMaxRepeat || max > kMaxRepeat || (max >= 0 && min > max)) {
        return error_at("invalid repeat count", text_.substr(operator_start, at_ - operator_start));
      }
      if (!first) return error_at("invalid nested repetition operator", text_.substr(start, at_ - start));
      first = false;
      start = operator_start;
      take("?");  // lazy or greedy: the same language
      operand = add({.kind = Kind::Repeat, .min = min, .max = max, .children = {operand}});
    }
    return operand;
  }

  bool repeat_operator(int& min, int& max) {
    if (take("*")) return true;
    if (take("+")) {
      min = 1;
      return true;
    }
    if (take("?")) {
      max = 1;
      return true;
    }
    if (peek() != '{') return false;
    const std::size_t start = at_++;
    const auto low = number();
    auto high = low;
    if (low && take(",")) high = more() && peek() == '}' ? std::optional<int>(-1) : number();
    if (!low || !high || !take("}")) {
      at_ = start;  // a brace that is no repeat is a literal one
      return false;
    }
    min = *low;
    max = *high;
    return true;
  }

  std::optional<int> number() {
    int value = 0;
    const std::size_t start = at_;
    for (; more() && peek() >= '0' && peek() <= '9'; ++at_) value = std::min(value * 10 + (peek() - '0'), kMaxRepeat + 1);
    return at_ == start ? std::nullopt : std::optional(value);
  }

  std::size_t atom() {
    const char c = peek();
    if (c == '(') return group();
    if (c == '[') return bracket();
    if (c == '\\') return escape();
    if (c == '*' || c == '+' || c == '?') return error_at("missing argument to repetition operator", text_.substr(at_, 1));
    if (take(".")) return class_node(flags_.dot_all ? Ranges{{0, kMaxRune}} : Ranges{{0, '\n' - 1}, {'\n' + 1, kMaxRune}}, false);
    if (take("^")) return assertion(flags_.multi_line ? Op::LineStart : Op::TextStart);
    if (take("$")) return assertion(flags_.multi_line ? Op::LineEnd : Op::TextEnd);
    const char32_t rune = utf8_next(text_, at_);
    return class_node({{rune, rune}}, false);
  }

  std::size_t assertion(Op op) { return add({.kind = Kind::Assert, .op = op}); }

  std::size_t group() {
    const std::size_t start = at_++;
    const Flags outer = flags_;
    if (take("?")) {
      if (take("P<") || take("<")) {
        const std::size_t end = text_.find('>', at_);
        if (end == std::string_view::npos) return error_at("invalid named capture", text_.substr(start));
        at_ = end + 1;
      } else if (!group_flags()) {
        return error_at("invalid or unsupported Perl syntax", text_.substr(start, std::min<std::size_t>(3, text_.size() - start)));
      } else if (take(")")) {
        return 0;  // (?i): for the rest of the enclosing group
      } else {
        ++at_;  // the colon
      }
    }
    const std::size_t inner = alternation();
    if (failure_) return inner;
    if (!take(")")) return error_at("missing closing )", text_);
    flags_ = outer;
    return inner;
  }

  // The letters of (?i:...); stops before ':' or ')'.
  bool group_flags() {
    bool value = true;
    for (; more(); ++at_) {
      switch (peek()) {
        case 'i': flags_.fold = value; break;
        case 's': flags_.dot_all = value; break;
        case 'm': flags_.multi_line = value; break;
        case 'U': break;
        case '-': value = false; break;
        case ':':
        case ')': return true;
        default: return false;
      }
    }
    return false;
  }

  std::size_t escape() {
    const std::size_t start = at_++;
    if (!more()) return error_at("trailing backslash at end of expression", "");
    if (take("A")) return assertion(Op::TextStart);
    if (take("z")) return assertion(Op::TextEnd);
    if (take("b")) return assertion(Op::WordBoundary);
    if (take("B")) return assertion(Op::NoWordBoundary);
    if (take("Q")) return quoted();
    if (auto ranges = perl_class()) return class_node(std::move(*ranges), false);
    const auto rune = escaped_rune();
    if (!rune) return error_at("invalid escape sequence", text_.substr(start, std::min<std::size_t>(2, text_.size() - start)));
    return class_node({{*rune, *rune}}, false);
  }

  std::size_t quoted() {
    const std::size_t end = std::min(text_.find("\\E", at_), text_.size());
    std::vector<std::size_t> parts;
    while (at_ < end) {
      const char32_t rune = utf8_next(text_, at_);
      parts.push_back(class_node({{rune, rune}}, false));
    }
    take("\\E");
    return add({.kind = Kind::Concat, .children = std::move(parts)});
  }

  // \d \w \s, their complements, \pL and \pN; the backslash is read already.
  std::optional<Ranges> perl_class() {
    static const Ranges kDigit{{'0', '9'}};
    static const Ranges kSpace{{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
    static const Ranges kWord{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    if (take("d")) return kDigit;
    if (take("s")) return kSpace;
    if (take("w")) return kWord;
    if (take("D")) return complement(kDigit);
    if (take("S")) return complement(kSpace);
    if (take("W")) return complement(kWord);
    if (take("pN") || take("p{N}") || take("p{Nd}")) return kDigit;
    // Letters beyond ASCII by blocks: Latin to the end of the letters that people type; close enough for names.
    if (take("pL") || take("p{L}")) return Ranges{{'A', 'Z'}, {'a', 'z'}, {0xAA, 0xAA}, {0xB5, 0xB5}, {0xC0, 0x2AF}, {0x370, 0x1FFF}, {0x3040, 0xD7A3}};
    return std::nullopt;
  }

  std::optional<char32_t> escaped_rune() {
    static constexpr std::string_view kFrom = "aftnrv";
    static constexpr std::string_view kTo = "\a\f\t\n\r\v";
    const char c = peek();
    if (const auto i = kFrom.find(c); i != std::string_view::npos) {
      ++at_;
      return static_cast<char32_t>(kTo[i]);
    }
    if (c == 'x') {
      ++at_;
      return hex_rune();
    }
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80U;
    if (word) return std::nullopt;
    ++at_;
    return static_cast<char32_t>(c);
  }

  std::optional<char32_t> hex_rune() {
    const bool braces = take("{");
    char32_t value = 0;
    int digits = 0;
    for (; more() && digits < (braces ? 8 : 2); ++digits, ++at_) {
      const char c = static_cast<char>(peek() | 0x20);
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) break;
      value = value * 16 + static_cast<char32_t>(digit);
    }
    if (digits == 0 || value > kMaxRune || (braces && !take("}")) || (!braces && digits != 2)) return std::nullopt;
    return value;
  }

  std::size_t bracket() {
    const std::size_t start = at_++;
    const bool negated = take("^");
    Ranges ranges;
    bool first = true;
    while (more() && (first || peek() != ']')) {
      first = false;
      if (take("[:")) {
        if (!posix_class(ranges)) return error_at("invalid character class range", text_.substr(start));
        continue;
      }
      if (peek() == '\\') {
        ++at_;
        if (auto perl = more() ? perl_class() : std::nullopt) {
          ranges.insert(ranges.end(), perl->begin(), perl->end());
          continue;
        }
        --at_;
      }
      const auto low = class_rune();
      auto high = low;
      if (low && text_.substr(at_).starts_with("-") && !text_.substr(at_).starts_with("-]")) {
        ++at_;
        high = class_rune();
      }
      if (!low || !high || *high < *low) return error_at("invalid character class range", text_.substr(start, at_ - start));
      ranges.push_back({*low, *high});
    }
    if (!take("]")) return error_at("missing closing ]", text_.substr(start));
    return class_node(std::move(ranges), negated);
  }

  std::optional<char32_t> class_rune() {
    if (!more()) return std::nullopt;
    if (take("\\")) return more() ? escaped_rune() : std::nullopt;
    return utf8_next(text_, at_);
  }

  bool posix_class(Ranges& ranges) {
    static const std::pair<std::string_view, Ranges> kClasses[] = {
        {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
        {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
        {"ascii", {{0, 0x7F}}},
        {"blank", {{'\t', '\t'}, {' ', ' '}}},
        {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}},
        {"digit", {{'0', '9'}}},
        {"graph", {{'!', '~'}}},
        {"lower", {{'a', 'z'}}},
        {"print", {{' ', '~'}}},
        {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
        {"space", {{'\t', '\r'}, {' ', ' '}}},
        {"upper", {{'A', 'Z'}}},
        {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
        {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
    };
    const bool negated = take("^");
    for (const auto& [name, members] : kClasses) {
      if (!take(std::string(name) + ":]")) continue;
      const Ranges chosen = negated ? complement(members) : members;
      ranges.insert(ranges.end(), chosen.begin(), chosen.end());
      return true;
    }
    return false;
  }

  static Ranges normalized(Ranges ranges) {
    std::ranges::sort(ranges, {}, &Range::low);
    Ranges out;
    for (const Range& r : ranges) {
      if (!out.empty() && r.low <= out.back().high + 1) {
        out.back().high = std::max(out.back().high, r.high);
      } else {
        out.push_back(r);
      }
    }
    return out;
  }

  static Ranges complement(Ranges ranges) {
    Ranges out;
    char32_t next = 0;
    for (const Range& r : normalized(std::move(ranges))) {
      if (r.low > next) out.push_back({next, r.low - 1});
      next = r.high + 1;
    }
    if (next <= kMaxRune) out.push_back({next, kMaxRune});
    return out;
  }

  std::size_t class_node(Ranges ranges, bool negated) {
    if (flags_.fold) {  // ASCII letters only
      for (std::size_t i = 0, n = ranges.size(); i < n; ++i) {
        const Range r = ranges[i];
        const auto add_shifted = [&](char32_t from, char32_t to, char32_t target) {
          const char32_t low = std::max(r.low, from);
          const char32_t high = std::min(r.high, to);
          if (low <= high) ranges.push_back({low - from + target, high - from + target});
        };
        add_shifted('a', 'z', 'A');
        add_shifted('A', 'Z', 'a');
      }
    }
    out_.classes_.push_back(negated ? complement(std::move(ranges)) : normalized(std::move(ranges)));
    return add({.kind = Kind::Class, .class_index = static_cast<std::uint32_t>(out_.classes_.size() - 1)});
  }

  std::uint32_t push(Op op, std::uint32_t x = 0, std::uint32_t y = 0) {
    if (out_.program_.size() >= kMaxProgram) {
      error_at("expression too large", shorten(text_, 60));
      return 0;
    }
    out_.program_.push_back({op, x, y});
    return static_cast<std::uint32_t>(out_.program_.size() - 1);
  }
  [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(out_.program_.size()); }

  // NOLINTNEXTLINE(misc-no-recursion): depth is bounded by kMaxNesting
  void emit(std::size_t index) {
    if (failure_) return;
    if (++emitted_ > 4 * kMaxProgram) error_at("expression too large", shorten(text_, 60));
    const Node& node = nodes_[index];
    switch (node.kind) {
      case Kind::Empty: break;
      case Kind::Class: push(Op::Class, node.class_index); break;
      case Kind::Assert: push(node.op); break;
      case Kind::Concat:
        for (const std::size_t child : node.children) emit(child);
        break;
      case Kind::Alternate: emit_alternation(node.children); break;
      case Kind::Repeat: emit_repeat(node); break;
    }
  }

  void emit_alternation(std::span<const std::size_t> branches) {
    std::vector<std::uint32_t> jumps;
    for (std::size_t i = 0; i + 1 < branches.size(); ++i) {
      const std::uint32_t split = push(Op::Split, here() + 1);
      emit(branches[i]);
      jumps.push_back(push(Op::Jump));
      if (failure_) return;
      out_.program_[split].y = here();
    }
    emit(branches.back());
    for (const std::uint32_t jump : jumps) out_.program_[jump].x = here();
  }

  void emit_repeat(const Node& node) {
    const std::size_t child = node.children.front();
    for (int i = 0; i < node.min && !failure_; ++i) emit(child);
    if (node.max < 0) {
      const std::uint32_t split = push(Op::Split, here() + 1);
      emit(child);
      push(Op::Jump, split);
      if (!failure_) out_.program_[split].y = here();
      return;
    }
    std::vector<std::uint32_t> splits;
    for (int i = node.min; i < node.max && !failure_; ++i) {
      splits.push_back(push(Op::Split, here() + 1));
      emit(child);
    }
    if (failure_) return;
    for (const std::uint32_t split : splits) out_.program_[split].y = here();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Flags flags_;
  std::vector<Node> nodes_{Node{}};  // the first is the empty one
  std::size_t emitted_ = 0;
  Pattern out_;
  std::optional<Error> failure_;
};

Result<Pattern> Pattern::compile(std::string_view expression) { return PatternCompiler(expression).run(); }

}  // namespace slipway::kubesim
