#include <utility>
#include <vector>

#include "pkg/kubesim/cel.h"

namespace slipway::kubesim::cel {

namespace {

std::unexpected<std::string> failed(std::string message) { return std::unexpected(std::move(message)); }

// A walk over the tree by recursion: the parser bounds its depth. The error of an exhausted budget is an empty string, told apart by the budget.
class Evaluator {
 public:
  Evaluator(const Ast& ast, const Value& self, const Value* old_self, Budget& budget) : ast_(ast), self_(self), old_self_(old_self), budget_(budget) {}

  // NOLINTBEGIN(misc-no-recursion)
  Outcome eval(std::uint32_t index) {
    if (!budget_.charge(1)) return failed("");
    const Node& node = ast_.nodes[index];
    switch (node.kind) {
      case NodeKind::Literal: return node.value;
      case NodeKind::Identifier: return identifier(node);
      case NodeKind::Select: return select(node);
      case NodeKind::Has: return has(node);
      case NodeKind::Index: return element(node);
      case NodeKind::Call: return call(node);
      case NodeKind::And: return junction(node, false);
      case NodeKind::Or: return junction(node, true);
      case NodeKind::Not: return negation(node);
      case NodeKind::Conditional: return conditional(node);
      case NodeKind::List: return list(node);
      case NodeKind::Map: return map(node);
      case NodeKind::Comprehension: return comprehension(node);
    }
    return failed("unknown expression");
  }

 private:
  Outcome identifier(const Node& node) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (*it->first == node.text) return it->second;
    }
    if (node.text == "self") return self_;
    if (node.text == "oldSelf" && old_self_ != nullptr) return *old_self_;
    return failed("no such attribute: " + node.text);
  }

  Outcome select(const Node& node) {
    auto object = eval(node.children[0]);
    if (!object) return object;
    Value found;
    if (object->kind() != Kind::Map) return failed(std::string(kNoOverload));
    if (object->find(unescape(node.text), found) || object->find(node.text, found)) return found;
    return failed("no such key: " + unescape(node.text));
  }

  Outcome has(const Node& node) {
    auto object = eval(node.children[0]);
    if (!object) return object;
    Value found;
    if (object->kind() != Kind::Map) return failed(std::string(kNoOverload));
    return Value(object->find(unescape(node.text), found) || object->find(node.text, found));
  }

  Outcome element(const Node& node) {
    auto object = eval(node.children[0]);
    if (!object) return object;
    auto index = eval(node.children[1]);
    if (!index) return index;
    if (object->kind() == Kind::List) {
      const auto* at = index->get<std::int64_t>();
      if (at == nullptr) return failed(std::string(kNoOverload));
      if (*at < 0 || std::cmp_greater_equal(*at, object->size())) return failed("index out of bounds: " + std::to_string(*at));
      return object->at(static_cast<std::size_t>(*at));
    }
    Value found;
    if (object->kind() != Kind::Map) return failed(std::string(kNoOverload));
    if (object->find(*index, found)) return found;
    const auto* key = index->get<std::string>();
    return failed("no such key: " + (key != nullptr ? *key : std::string(name_of(index->kind()))));
  }

  Outcome call(const Node& node) {
    std::vector<Value> arguments;
    arguments.reserve(node.children.size());
    for (const std::uint32_t child : node.children) {
      auto argument = eval(child);
      if (!argument) return argument;
      arguments.push_back(std::move(*argument));
    }
    return node.function->call(arguments, budget_);
  }

  // && and || do not mind the order: one operand that decides outweighs an error of another.
  Outcome junction(const Node& node, bool deciding) {
    std::optional<std::string> error;
    for (const std::uint32_t child : node.children) {
      auto operand = eval(child);
      if (!operand) {
        if (budget_.exhausted()) return operand;
        if (!error) error = std::move(operand.error());
      } else if (const auto* b = operand->get<bool>(); b == nullptr) {
        if (!error) error = std::string(kNoOverload);
      } else if (*b == deciding) {
        return Value(deciding);
      }
    }
    if (error) return failed(std::move(*error));
    return Value(!deciding);
  }

  Outcome negation(const Node& node) {
    auto operand = eval(node.children[0]);
    if (!operand) return operand;
    const auto* b = operand->get<bool>();
    if (b == nullptr) return failed(std::string(kNoOverload));
    return Value(!*b);
  }

  Outcome conditional(const Node& node) {
    auto condition = eval(node.children[0]);
    if (!condition) return condition;
    const auto* b = condition->get<bool>();
    if (b == nullptr) return failed(std::string(kNoOverload));
    return eval(node.children[*b ? 1 : 2]);
  }

  Outcome list(const Node& node) {
    auto items = std::make_shared<Items>();
    for (const std::uint32_t child : node.children) {
      auto item = eval(child);
      if (!item) return item;
      items->push_back(std::move(*item));
    }
    return Value(std::shared_ptr<const Items>(std::move(items)));
  }

  Outcome map(const Node& node) {
    auto entries = std::make_shared<Entries>();
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      auto key = eval(node.children[i]);
      if (!key) return key;
      auto value = eval(node.children[i + 1]);
      if (!value) return value;
      entries->emplace_back(std::move(*key), std::move(*value));
    }
    return Value(std::shared_ptr<const Entries>(std::move(entries)));
  }

  Outcome comprehension(const Node& node) {
    auto range = eval(node.children[0]);
    if (!range) return range;
    if (range->kind() != Kind::List && range->kind() != Kind::Map) return failed(std::string(kNoOverload));
    auto items = std::make_shared<Items>();
    std::optional<std::string> error;
    std::size_t hits = 0;
    for (std::size_t i = 0; i < range->size(); ++i) {
      const Value item = range->at(i);
      variables_.emplace_back(&node.variable, item);
      auto result = eval(node.children[1]);
      const bool mapped = node.text == "map" && node.children.size() == 3;
      const bool selected = result && result->is_true();
      auto image = mapped && selected ? eval(node.children[2]) : result;
      variables_.pop_back();
      if (!image && (budget_.exhausted() || (node.text != "all" && node.text != "exists"))) return image;
      if (!image) {
        error = std::move(image.error());
        continue;
      }
      if (node.text == "map") {
        if (!mapped || selected) items->push_back(std::move(*image));
      } else if (result->get<bool>() == nullptr) {
        return failed(std::string(kNoOverload));
      } else if (node.text == "all" && !selected) {
        return Value(false);
      } else if (node.text == "exists" && selected) {
        return Value(true);
      } else if (node.text == "filter" && selected) {
        items->push_back(item);
      }
      hits += selected ? 1U : 0U;
    }
    if (error) return failed(std::move(*error));
    if (node.text == "map" || node.text == "filter") return Value(std::shared_ptr<const Items>(std::move(items)));
    return Value(node.text == "all" || (node.text == "exists_one" && hits == 1));
  }
  // NOLINTEND(misc-no-recursion)

  const Ast& ast_;
  const Value& self_;
  const Value* old_self_;
  Budget& budget_;
  std::vector<std::pair<const std::string*, Value>> variables_;
};

}  // namespace

Outcome Program::evaluate(const Value& self, const Value* old_self, Budget& budget) const { return Evaluator(ast_, self, old_self, budget).eval(ast_.root); }

}  // namespace slipway::kubesim::cel
