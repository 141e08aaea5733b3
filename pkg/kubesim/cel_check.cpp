// The type checker: what cel-go finds when a CustomResourceDefinition is created, as far as it can be told from the schema: unknown names and
// fields, functions that do not exist, operands that do not fit.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/schema_rules.h"

namespace slipway::kubesim::cel {

namespace {

// A static type: unknown (dyn), or a kind with what is known about its parts.
struct Type {
  bool dynamic = true;
  Kind kind = Kind::Null;
  const Schema* schema = nullptr;  // List and Map from the resource
  bool structure = false;          // Map: an object with fixed fields
  bool resource_root = false;      // a structure with apiVersion, kind and metadata
  bool metadata = false;           // of such a structure: rules see name and generateName only
};

Type of_kind(Kind kind) { return {.dynamic = false, .kind = kind}; }

Type of_schema(const Schema* schema, bool resource_root) {
  if (schema == nullptr || schema->int_or_string) return {};
  if (schema->type == "boolean") return of_kind(Kind::Bool);
  if (schema->type == "integer") return of_kind(Kind::Int);
  if (schema->type == "number") return of_kind(Kind::Double);
  if (schema->type == "string") {
    const std::string& format = schema->rules->format;
    return of_kind(format == "duration" ? Kind::Duration : is_time_format(format) ? Kind::Timestamp : Kind::String);
  }
  if (schema->type == "array") return {.dynamic = false, .kind = Kind::List, .schema = schema};
  if (schema->type != "object") return {};
  // An object without fields that keeps unknown ones has no fields to CEL either.
  const bool map =
      schema->additional && (!schema->additional->type.empty() || schema->additional->int_or_string || schema->additional->preserve_unknown_fields);
  return {.dynamic = false, .kind = Kind::Map, .schema = schema, .structure = !map, .resource_root = resource_root || schema->embedded_resource};
}

char code_of(const Type& type) {
  static constexpr std::string_view kCodes = "-bidsDTlm";  // in the order of Kind
  return type.dynamic ? '*' : type.structure ? 'o' : kCodes[static_cast<std::size_t>(type.kind)];
}

Type of_code(char code) {
  static constexpr std::string_view kCodes = "-bidsDTlm";
  const std::size_t at = kCodes.find(code);
  return at == std::string_view::npos ? Type{} : of_kind(static_cast<Kind>(at));
}

std::string describe(const Type& type) { return type.dynamic ? "dyn" : type.structure ? "object" : std::string(name_of(type.kind)); }

class Checker {
 public:
  Checker(Ast& ast, const Scope& scope) : ast_(ast), scope_(scope) {}

  // NOLINTBEGIN(misc-no-recursion): the parser bounds the depth
  Type check(std::uint32_t index) {
    Node& node = ast_.nodes[index];
    switch (node.kind) {
      case NodeKind::Literal: return of_kind(node.value.kind());
      case NodeKind::Identifier: return identifier(node);
      case NodeKind::Select: return field(node, check(node.children[0]));
      case NodeKind::Has: field(node, check(node.children[0])); return of_kind(Kind::Bool);
      case NodeKind::Index: return element(node);
      case NodeKind::Call: return call(node);
      case NodeKind::And:
      case NodeKind::Or:
      case NodeKind::Not:
        for (const std::uint32_t child : node.children) expect_bool(child);
        return of_kind(Kind::Bool);
      case NodeKind::Conditional: return conditional(node);
      case NodeKind::List:
        for (const std::uint32_t child : node.children) check(child);
        return of_kind(Kind::List);
      case NodeKind::Map:
        for (const std::uint32_t child : node.children) check(child);
        return of_kind(Kind::Map);
      case NodeKind::Comprehension: return comprehension(node);
    }
    return {};
  }

  void error(std::uint32_t offset, std::string_view message) {
    if (!failure_) failure_ = describe_error(ast_.source, offset, message);
  }
  [[nodiscard]] const std::optional<std::string>& failure() const noexcept { return failure_; }
  [[nodiscard]] bool uses_old_self() const noexcept { return uses_old_self_; }

 private:
  void expect_bool(std::uint32_t child) {
    const Type type = check(child);
    if (!type.dynamic && type.kind != Kind::Bool) error(ast_.nodes[child].offset, "expected type 'bool' but found '" + describe(type) + "'");
  }

  Type identifier(const Node& node) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (*it->first == node.text) return it->second;
    }
    if (node.text == "self" || node.text == "oldSelf") {
      uses_old_self_ |= node.text == "oldSelf";
      return of_schema(scope_.self, scope_.resource_root);
    }
    error(node.offset, "undeclared reference to '" + node.text + "' (in container '')");
    return {};
  }

  Type field(const Node& node, const Type& object) {
    if (object.dynamic) return {};
    if (object.kind != Kind::Map) {
      error(node.offset, "type '" + describe(object) + "' does not support field selection");
      return {};
    }
    if (!object.structure) return object.schema != nullptr ? of_schema(object.schema->additional.get(), false) : Type{};
    const std::string name = unescape(node.text);
    if (object.resource_root && (name == "apiVersion" || name == "kind")) return of_kind(Kind::String);
    if (object.resource_root && name == "metadata") return {.dynamic = false, .kind = Kind::Map, .structure = true, .metadata = true};
    if (object.metadata && (name == "name" || name == "generateName")) return of_kind(Kind::String);
    const auto undefined = [&] {
      error(node.offset, "undefined field '" + node.text + "'");
      return Type{};
    };
    if (object.schema == nullptr) return undefined();
    const auto it = object.schema->properties.find(name);
    return it == object.schema->properties.end() ? undefined() : of_schema(it->second.get(), false);
  }

  Type element(const Node& node) {
    const Type object = check(node.children[0]);
    const Type index = check(node.children[1]);
    if (object.dynamic) return {};
    if (object.kind == Kind::List && (index.dynamic || index.kind == Kind::Int)) return part(object);
    if (object.kind == Kind::Map && !object.structure) return object.schema != nullptr ? of_schema(object.schema->additional.get(), false) : Type{};
    error(node.offset, "found no matching overload for '_[_]' applied to '(" + describe(object) + ", " + describe(index) + ")'");
    return {};
  }

  static Type part(const Type& list) { return list.schema != nullptr ? of_schema(list.schema->items.get(), false) : Type{}; }

  Type call(Node& node) {
    std::vector<Type> arguments;
    for (const std::uint32_t child : node.children) arguments.push_back(check(child));
    node.function = find_function(node.text, node.member_call, arguments.size());
    if (node.function == nullptr) {
      error(node.offset, "undeclared reference to '" + node.text + "' (in container ''); kubesim evaluates a subset of CEL");
      return {};
    }
    std::optional<char> result;
    bool several = false;
    std::string_view rest = node.function->overloads;
    while (!rest.empty()) {
      const std::string_view overload = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(overload.size() + 1, rest.size()));
      if (!fits(overload, arguments)) continue;
      several |= result && *result != overload.back();
      result = overload.back();
    }
    const bool null_operand = std::ranges::any_of(arguments, [](const Type& t) { return !t.dynamic && t.kind == Kind::Null; });
    if (!result && null_operand && (node.text == "_==_" || node.text == "_!=_")) return of_kind(Kind::Bool);
    if (!result) {
      std::string types;
      for (const Type& t : arguments) types += (types.empty() ? "" : ", ") + describe(t);
      error(node.offset, "found no matching overload for '" + node.text + "' applied to '(" + types + ")'");
      return {};
    }
    return several ? Type{} : of_code(*result);
  }

  static bool fits(std::string_view overload, const std::vector<Type>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const char code = code_of(arguments[i]);
      if (code != '*' && overload[i] != '*' && overload[i] != code) return false;
    }
    return true;
  }

  Type conditional(const Node& node) {
    expect_bool(node.children[0]);
    const Type yes = check(node.children[1]);
    const Type no = check(node.children[2]);
    const bool same = !yes.dynamic && !no.dynamic && yes.kind == no.kind;
    if (!yes.dynamic && !no.dynamic && !same) {
      error(node.offset, "found no matching overload for '_?_:_' applied to '(bool, " + describe(yes) + ", " + describe(no) + ")'");
    }
    return same && (yes.schema == no.schema) ? yes : same ? of_kind(yes.kind) : Type{};
  }

  Type comprehension(const Node& node) {
    const Type range = check(node.children[0]);
    if (!range.dynamic && ((range.kind != Kind::List && range.kind != Kind::Map) || range.structure)) {
      error(ast_.nodes[node.children[0]].offset,
            "expression of type '" + describe(range) + "' cannot be range of a comprehension (must be list, map, or dynamic)");
    }
    const bool over_map = !range.dynamic && range.kind == Kind::Map;
    const Type item = range.dynamic ? Type{} : over_map ? of_kind(Kind::String) : part(range);
    variables_.emplace_back(&node.variable, item);
    const bool predicate = node.text != "map" || node.children.size() == 3;
    if (predicate) {
      expect_bool(node.children[1]);
    } else {
      check(node.children[1]);
    }
    if (node.children.size() == 3) check(node.children[2]);
    variables_.pop_back();
    if (node.text == "filter" && !over_map) return range;
    return of_kind(node.text == "map" || node.text == "filter" ? Kind::List : Kind::Bool);
  }
  // NOLINTEND(misc-no-recursion)

  Ast& ast_;
  const Scope& scope_;
  std::vector<std::pair<const std::string*, Type>> variables_;
  std::optional<std::string> failure_;
  bool uses_old_self_ = false;
};

}  // namespace

std::string unescape(std::string_view identifier) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {
      {{"__underscores__", "__"}, {"__dot__", "."}, {"__dash__", "-"}, {"__slash__", "/"}, {"", ""}}};
  static constexpr std::array<std::string_view, 21> kKeywords = {"true",     "false",   "null",      "in",       "as",  "break",  "const",
                                                                 "continue", "else",    "for",       "function", "if",  "import", "let",
                                                                 "loop",     "package", "namespace", "return",   "var", "void",   "while"};
  if (identifier.size() > 4 && identifier.starts_with("__") && identifier.ends_with("__")) {
    const std::string_view inner = identifier.substr(2, identifier.size() - 4);
    if (std::ranges::find(kKeywords, inner) != kKeywords.end()) return std::string(inner);
  }
  std::string out;
  for (std::size_t at = 0; at < identifier.size();) {
    const auto* hit = std::ranges::find_if(kEscapes, [&](const auto& e) { return !e.first.empty() && identifier.substr(at).starts_with(e.first); });
    if (hit == kEscapes.end()) {
      out.push_back(identifier[at++]);
    } else {
      out.append(hit->second);
      at += hit->first.size();
    }
  }
  return out;
}

Status check(Ast& ast, const Scope& scope, Kind wanted, bool& uses_old_self) {
  Checker checker(ast, scope);
  const Type type = checker.check(ast.root);
  uses_old_self = checker.uses_old_self();
  if (checker.failure()) return fail(Disposition::Invalid, *checker.failure());
  if (!type.dynamic && type.kind != wanted) {
    return fail(Disposition::Invalid, wanted == Kind::Bool ? "cel expression must evaluate to a bool" : "messageExpression must evaluate to a string");
  }
  return {};
}

Result<std::shared_ptr<const Program>> Program::compile(std::string_view source, const Scope& scope, Kind wanted) {
  auto ast = parse(source);
  if (!ast) return fail(ast.error().in("compilation failed"));
  auto program = std::make_shared<Program>();
  if (auto checked = check(*ast, scope, wanted, program->uses_old_self_); !checked) {
    const bool syntax = checked.error().message().starts_with("ERROR");
    return syntax ? fail(checked.error().in("compilation failed")) : fail(checked.error());
  }
  program->ast_ = std::move(*ast);
  return program;
}

}  // namespace slipway::kubesim::cel
