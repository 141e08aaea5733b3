#include "pkg/kubesim/cel_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/cel_lexer.h"

namespace slipway::kubesim::cel {

namespace {

constexpr std::size_t kMaxSource = 10'000;  // bytes; Kubernetes refuses by estimated cost, which long rules exceed
constexpr std::size_t kMaxNodes = 5'000;
constexpr std::uint32_t kMaxDepth = 100;  // cel-go: 250; less stack is enough here
constexpr std::array<std::string_view, 5> kMacros = {"all", "exists", "exists_one", "map", "filter"};
constexpr std::array<std::string_view, 18> kReserved = {"as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
                                                        "let", "loop",  "package", "namespace", "return", "var", "void",     "while", "in"};

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}

  Result<Ast> run() {
    const std::uint32_t root = expression();
    if (!failure_ && peek().kind != TokenKind::End) unexpected();
    if (failure_) return fail(std::move(*failure_));
    return Ast{std::string(source_), std::move(nodes_), root};
  }

 private:
  // ------------------------------------------------------------------------------------------------------------------------- tokens and nodes
  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  [[nodiscard]] bool is(std::string_view op) const { return peek().kind == TokenKind::Operator && peek().text == op; }
  bool take(std::string_view op) {
    if (!is(op)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view op) {
    if (!take(op)) unexpected();
  }

  std::uint32_t error(std::uint32_t offset, std::string_view message) {
    if (!failure_) failure_ = Error(Disposition::Invalid, describe_error(source_, offset, message));
    at_ = tokens_.size() - 1;
    return 0;
  }
  std::uint32_t unexpected() {
    const Token& token = peek();
    return error(token.offset, token.kind == TokenKind::End ? "Syntax error: mismatched input '<EOF>'" : "Syntax error: extraneous input '" + token.text + "'");
  }

  std::uint32_t add(Node node) {
    for (const std::uint32_t child : node.children) node.depth = std::max(node.depth, nodes_[child].depth + 1);
    if (node.depth > kMaxDepth) return error(node.offset, "expression recursion limit exceeded: " + std::to_string(kMaxDepth));
    if (nodes_.size() >= kMaxNodes) return error(node.offset, "expression has too many parts");
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  std::uint32_t call(std::uint32_t offset, std::string function, std::vector<std::uint32_t> arguments, bool member = false) {
    Node node;
    node.kind = NodeKind::Call;
    node.offset = offset;
    node.text = std::move(function);
    node.children = std::move(arguments);
    node.member_call = member;
    return failure_ ? 0 : add(std::move(node));
  }
  std::uint32_t make(NodeKind kind, std::uint32_t offset, std::vector<std::uint32_t> children, std::string text = {}) {
    Node node;
    node.kind = kind;
    node.offset = offset;
    node.text = std::move(text);
    node.children = std::move(children);
    return failure_ ? 0 : add(std::move(node));
  }
  std::uint32_t literal(std::uint32_t offset, Value value) {
    Node node;
    node.offset = offset;
    node.value = std::move(value);
    return add(std::move(node));
  }

  // -------------------------------------------------------------------------------------------------------------------------------- the grammar
  // NOLINTBEGIN(misc-no-recursion): nesting_ bounds the depth
  std::uint32_t expression() {
    if (++nesting_ > kMaxDepth) return error(peek().offset, "expression recursion limit exceeded: " + std::to_string(kMaxDepth));
    std::uint32_t result = junction("||", NodeKind::Or);
    const std::uint32_t offset = peek().offset;
    if (!failure_ && take("?")) {
      const std::uint32_t yes = junction("||", NodeKind::Or);
      expect(":");
      const std::uint32_t no = failure_ ? 0 : expression();
      result = make(NodeKind::Conditional, offset, {result, yes, no});
    }
    --nesting_;
    return result;
  }

  // a || b || c as one node, so that long chains stay flat.
  std::uint32_t junction(std::string_view op, NodeKind kind) {
    const std::uint32_t offset = peek().offset;
    const auto operand = [&] { return kind == NodeKind::Or ? junction("&&", NodeKind::And) : relation(); };
    std::vector<std::uint32_t> operands{operand()};
    while (!failure_ && take(op)) operands.push_back(operand());
    return operands.size() == 1 ? operands.front() : make(kind, offset, std::move(operands));
  }

  std::uint32_t relation() {
    std::uint32_t left = addition();
    while (!failure_) {
      static constexpr std::array<std::string_view, 6> kOperators = {"==", "!=", "<", "<=", ">", ">="};
      const Token token = peek();
      const bool in = token.kind == TokenKind::Identifier && token.text == "in";
      if (!in && (token.kind != TokenKind::Operator || std::ranges::find(kOperators, token.text) == kOperators.end())) return left;
      ++at_;
      left = call(token.offset, in ? "@in" : "_" + token.text + "_", {left, addition()});
    }
    return left;
  }

  std::uint32_t addition() {
    std::uint32_t left = multiplication();
    while (!failure_ && (is("+") || is("-"))) {
      const Token token = peek();
      ++at_;
      left = call(token.offset, "_" + token.text + "_", {left, multiplication()});
    }
    return left;
  }

  std::uint32_t multiplication() {
    std::uint32_t left = unary();
    while (!failure_ && (is("*") || is("/") || is("%"))) {
      const Token token = peek();
      ++at_;
      left = call(token.offset, "_" + token.text + "_", {left, unary()});
    }
    return left;
  }

  std::uint32_t unary() {
    const std::uint32_t offset = peek().offset;
    if (take("!")) {
      bool negated = true;
      while (take("!")) negated = !negated;
      const std::uint32_t operand = member();
      return negated ? make(NodeKind::Not, offset, {operand}) : operand;
    }
    if (!take("-")) return member();
    bool negative = true;
    while (take("-")) negative = !negative;
    if (negative && (peek().kind == TokenKind::Integer || peek().kind == TokenKind::Double)) return members(number("-"));
    const std::uint32_t operand = member();
    return negative ? call(offset, "-_", {operand}) : operand;
  }

  std::uint32_t member() { return members(primary()); }

  std::uint32_t members(std::uint32_t object) {
    while (!failure_) {
      const std::uint32_t offset = peek().offset;
      if (take("[")) {
        if (is("?")) return error(offset, "optional types are not supported");
        const std::uint32_t index = expression();
        expect("]");
        object = make(NodeKind::Index, offset, {object, index});
      } else if (take(".")) {
        if (is("?")) return error(offset, "optional types are not supported");
        const Token name = peek();
        if (name.kind != TokenKind::Identifier) return unexpected();
        ++at_;
        object = take("(") ? member_call(object, name) : make(NodeKind::Select, offset, {object}, name.text);
      } else {
        return object;
      }
    }
    return object;
  }

  std::vector<std::uint32_t> arguments() {
    std::vector<std::uint32_t> out;
    while (!failure_ && !is(")")) {
      out.push_back(expression());
      if (!take(",")) break;
    }
    expect(")");
    return out;
  }

  std::uint32_t member_call(std::uint32_t object, const Token& name) {
    const std::uint32_t open = tokens_[at_ - 1].offset;  // cel-go points at the parenthesis
    auto args = arguments();
    if (failure_) return 0;
    const bool macro = std::ranges::find(kMacros, name.text) != kMacros.end() && (args.size() == 2 || (name.text == "map" && args.size() == 3));
    if (macro) return comprehension(object, name, std::move(args));
    args.insert(args.begin(), object);
    return call(open, name.text, std::move(args), true);
  }

  std::uint32_t comprehension(std::uint32_t range, const Token& name, std::vector<std::uint32_t> args) {
    const Node& variable = nodes_[args.front()];
    if (variable.kind != NodeKind::Identifier) return error(variable.offset, "argument must be a simple name");
    Node node;
    node.kind = NodeKind::Comprehension;
    node.offset = name.offset;
    node.text = name.text;
    node.variable = variable.text;
    args.front() = range;
    node.children = std::move(args);
    return add(std::move(node));
  }

  std::uint32_t primary() {
    const Token token = peek();
    switch (token.kind) {
      case TokenKind::End: return unexpected();
      case TokenKind::Integer:
      case TokenKind::Double: return number("");
      case TokenKind::String: ++at_; return literal(token.offset, Value(token.text));
      case TokenKind::Identifier: ++at_; return identifier(token);
      case TokenKind::Operator: break;
    }
    if (take("(")) {
      const std::uint32_t inner = expression();
      expect(")");
      return inner;
    }
    if (take("[")) return list(token.offset);
    if (take("{")) return map(token.offset);
    return unexpected();
  }

  std::uint32_t number(std::string_view sign) {
    const Token token = peek();
    ++at_;
    std::string text = std::string(sign) + token.text;
    if (token.kind == TokenKind::Double) {
      double value = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (problem != std::errc{} || end != text.data() + text.size()) return error(token.offset, "invalid double literal");
      return literal(token.offset, Value(value));
    }
    const bool hex = token.text.starts_with("0x") || token.text.starts_with("0X");
    if (hex) text.erase(sign.size(), 2);
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (problem != std::errc{} || end != text.data() + text.size()) return error(token.offset, "invalid int literal");
    return literal(token.offset, Value(value));
  }

  std::uint32_t identifier(const Token& token) {
    if (token.text == "true" || token.text == "false") return literal(token.offset, Value(token.text == "true"));
    if (token.text == "null") return literal(token.offset, Value());
    if (std::ranges::find(kReserved, token.text) != kReserved.end()) return error(token.offset, "reserved identifier: " + token.text);
    if (!take("(")) return make(NodeKind::Identifier, token.offset, {}, token.text);
    const std::uint32_t open = tokens_[at_ - 1].offset;
    auto args = arguments();
    if (failure_) return 0;
    if (token.text != "has") return call(open, token.text, std::move(args));
    if (args.size() != 1 || nodes_[args.front()].kind != NodeKind::Select) return error(token.offset, "invalid argument to has() macro");
    nodes_[args.front()].kind = NodeKind::Has;
    return args.front();
  }

  std::uint32_t list(std::uint32_t offset) {
    std::vector<std::uint32_t> items;
    while (!failure_ && !is("]")) {
      items.push_back(expression());
      if (!take(",")) break;
    }
    expect("]");
    return make(NodeKind::List, offset, std::move(items));
  }

  std::uint32_t map(std::uint32_t offset) {
    std::vector<std::uint32_t> items;
    while (!failure_ && !is("}")) {
      items.push_back(expression());
      expect(":");
      items.push_back(failure_ ? 0 : expression());
      if (!take(",")) break;
    }
    expect("}");
    return make(NodeKind::Map, offset, std::move(items));
  }
  // NOLINTEND(misc-no-recursion)

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::uint32_t nesting_ = 0;
  std::vector<Node> nodes_;
  std::optional<Error> failure_;
};

}  // namespace

std::string describe_error(std::string_view source, std::uint32_t offset, std::string_view message) {
  const std::size_t at = std::min<std::size_t>(offset, source.size());
  const std::size_t line_start = at == 0 ? 0 : source.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  const std::size_t line_end = std::min(source.find('\n', at), source.size());
  const auto line = std::ranges::count(source.substr(0, at), '\n') + 1;
  const std::size_t column = at - line_start;
  std::string out = "ERROR: <input>:" + std::to_string(line) + ":" + std::to_string(column + 1) + ": " + std::string(message);
  out += "\n | " + std::string(source.substr(line_start, line_end - line_start)) + "\n | " + std::string(column, '.') + "^";
  return out;
}

Result<Ast> parse(std::string_view source) {
  if (source.size() > kMaxSource) return fail(Disposition::Invalid, "expression is longer than " + std::to_string(kMaxSource) + " bytes");
  auto tokens = tokenize(source);
  if (!tokens) return fail(Disposition::Invalid, describe_error(source, tokens.error().offset, tokens.error().message));
  return Parser(source, std::move(*tokens)).run();
}

}  // namespace slipway::kubesim::cel
