#include "pkg/kubesim/selectors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/kubesim/names.h"

namespace slipway::kubesim {
namespace {

using Operator = LabelSelector::Operator;

struct Token {
  enum class Kind : std::uint8_t { End, Word, Symbol } kind = Kind::End;
  std::string text;
};

constexpr std::string_view kSpecial = "=!(),<>";

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
    } else if (kSpecial.contains(c)) {
      std::size_t n = 1;
      if (i + 1 < text.size() && text[i + 1] == '=' && (c == '=' || c == '!')) n = 2;
      out.push_back({Token::Kind::Symbol, std::string(text.substr(i, n))});
      i += n;
    } else {
      const std::size_t begin = i;
      while (i < text.size() && !kSpecial.contains(text[i]) && std::string_view(" \t\n\r").find(text[i]) == std::string_view::npos) ++i;
      out.push_back({Token::Kind::Word, std::string(text.substr(begin, i - begin))});
    }
  }
  out.push_back({});
  return out;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The recursive-descent parser of apimachinery pkg/labels/selector.go, with its sentences.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens(text)) {}

  std::expected<std::vector<LabelSelector::Requirement>, std::string> run() {
    std::vector<LabelSelector::Requirement> out;
    while (peek().kind != Token::Kind::End) {
      if (!is_word() && !is("!")) return found(peek(), ", expected: !, identifier, or 'end of string'");
      auto requirement = parse_requirement();
      if (!requirement) return std::unexpected("unable to parse requirement: " + requirement.error());
      out.push_back(std::move(*requirement));
      if (peek().kind == Token::Kind::End) break;
      if (!is(",")) return found(peek(), ", expected: ',' or 'end of string'");
      next();
      if (!is_word() && !is("!")) return found(peek(), ", expected: identifier after ','");
    }
    return out;
  }

 private:
  using Parsed = std::expected<LabelSelector::Requirement, std::string>;

  const Token& peek() const { return tokens_[at_]; }
  Token next() { return tokens_[peek().kind == Token::Kind::End ? at_ : at_++]; }
  bool is(std::string_view symbol) const { return peek().kind == Token::Kind::Symbol && peek().text == symbol; }
  bool is_word() const { return peek().kind == Token::Kind::Word; }
  static std::unexpected<std::string> found(const Token& token, std::string_view rest) {
    return std::unexpected("found '" + token.text + "'" + std::string(rest));
  }

  Parsed parse_requirement() {
    const bool absent = is("!");
    if (absent) next();
    if (!is_word()) return found(peek(), ", expected: identifier");
    LabelSelector::Requirement r{next().text, absent ? Operator::DoesNotExist : Operator::Exists, {}};
    if (const auto problems = qualified_name_problems(r.key); !problems.empty())
      return std::unexpected("<nil>: Invalid value: " + quoted(r.key) + ": " + join(problems, "; "));
    if (absent || peek().kind == Token::Kind::End || is(",")) return r;
    return parse_operator(std::move(r));
  }

  Parsed parse_operator(LabelSelector::Requirement r) {
    const Token op = next();
    if (op.text == "in" || op.text == "notin") {
      r.op = op.text == "in" ? Operator::In : Operator::NotIn;
      return parse_values(std::move(r));
    }
    if (op.text == "=" || op.text == "==") {
      r.op = Operator::In;
    } else if (op.text == "!=") {
      r.op = Operator::NotIn;
    } else if (op.text == ">" || op.text == "<") {
      r.op = op.text == ">" ? Operator::GreaterThan : Operator::LessThan;
    } else {
      return found(op, ", expected: in, notin, =, ==, !=, gt, lt");
    }
    // An empty value is fine: "a=" and "a=,b".
    if (is_word()) {
      r.values.push_back(next().text);
    } else if (peek().kind == Token::Kind::End || is(",")) {
      r.values.emplace_back();
    } else {
      return found(peek(), ", expected: identifier");
    }
    return checked(std::move(r));
  }

  // "(a,b)"; what is left out between commas is the empty value.
  Parsed parse_values(LabelSelector::Requirement r) {
    if (!is("(")) return found(peek(), " expected: '('");
    next();
    if (!is_word() && !is(",") && !is(")")) return found(peek(), ", expected: ',', ')' or identifier");
    std::set<std::string> values;
    bool expected = true;  // a value: after "(" and after each comma
    for (;; next()) {
      if (is_word()) {
        if (!expected) return found(peek(), ", expected: ',' or ')'");
        values.insert(peek().text);
        expected = false;
      } else if (is(",") || is(")")) {
        if (expected) values.emplace();
        expected = true;
        if (is(")")) break;
      } else {
        return found(peek(), expected ? ", expected: ',', or identifier" : ", expected: ',' or ')'");
      }
    }
    next();
    r.values.assign(values.begin(), values.end());
    return checked(std::move(r));
  }

  // What a requirement may name (apimachinery pkg/labels NewRequirement).
  static Parsed checked(LabelSelector::Requirement r) {
    std::vector<std::string> wrong;
    for (std::size_t i = 0; i < r.values.size(); ++i) {
      const std::string& value = r.values[i];
      const std::string at = "values[" + std::to_string(i) + "]";
      const bool bound = r.op == Operator::GreaterThan || r.op == Operator::LessThan;
      if (bound && !number_of(value)) wrong.push_back(at + ": Invalid value: " + quoted(value) + ": for 'Gt', 'Lt' operators, the value must be an integer");
    }
    for (std::size_t i = 0; i < r.values.size(); ++i)
      if (const auto problems = label_value_problems(r.values[i]); !problems.empty())
        wrong.push_back("values[" + std::to_string(i) + "][" + r.key + "]: Invalid value: " + quoted(r.values[i]) + ": " + join(problems, "; "));
    if (wrong.empty()) return r;
    return std::unexpected(wrong.size() == 1 ? wrong.front() : "[" + join(wrong, ", ") + "]");
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

bool matches_one(const LabelSelector::Requirement& r, const json::Value& labels) {
  const json::Value* value = labels.find(r.key);
  const auto among = [&] { return std::ranges::any_of(r.values, [&](const std::string& v) { return value->as_string() == v; }); };
  switch (r.op) {
    case Operator::Exists: return value != nullptr;
    case Operator::DoesNotExist: return value == nullptr;
    case Operator::In: return value != nullptr && among();
    case Operator::NotIn: return value == nullptr || !among();
    case Operator::GreaterThan:
    case Operator::LessThan: {
      if (value == nullptr) return false;
      const auto have = number_of(value->as_string());
      const auto bound = number_of(r.values.front());
      return have && bound && (r.op == Operator::GreaterThan ? *have > *bound : *have < *bound);
    }
  }
  return false;
}

// Selectable fields beside metadata.name and metadata.namespace (kubernetes pkg/apis/core/v1/conversion.go and the registries' SelectableFields).
struct Selectable {
  std::string_view group, resource;
  std::string_view field;
};
constexpr auto kSelectable = std::to_array<Selectable>({
    {"", "pods", "spec.nodeName"},
    {"", "pods", "spec.restartPolicy"},
    {"", "pods", "spec.schedulerName"},
    {"", "pods", "spec.serviceAccountName"},
    {"", "pods", "spec.hostNetwork"},
    {"", "pods", "status.phase"},
    {"", "pods", "status.podIP"},
    {"", "pods", "status.nominatedNodeName"},
    {"", "events", "involvedObject.kind"},
    {"", "events", "involvedObject.namespace"},
    {"", "events", "involvedObject.name"},
    {"", "events", "involvedObject.uid"},
    {"", "events", "involvedObject.apiVersion"},
    {"", "events", "involvedObject.resourceVersion"},
    {"", "events", "involvedObject.fieldPath"},
    {"", "events", "reason"},
    {"", "events", "reportingComponent"},
    {"", "events", "source"},
    {"", "events", "type"},
    {"", "secrets", "type"},
    {"", "namespaces", "status.phase"},
    {"", "nodes", "spec.unschedulable"},
    {"", "services", "spec.clusterIP"},
    {"", "services", "spec.type"},
    {"", "replicationcontrollers", "status.replicas"},
    {"apps", "replicasets", "status.replicas"},
    {"batch", "jobs", "status.successful"},
});

bool selectable(std::string_view field, const ResourceDef& def) {
  if (field == "metadata.name" || (field == "metadata.namespace" && def.gvr.namespaced)) return true;
  return std::ranges::any_of(kSelectable, [&](const Selectable& s) { return s.group == def.gvr.group && s.resource == def.gvr.resource && s.field == field; });
}

// Kinds with a list of their own say so, the others name the two fields that all have (apimachinery runtime.DefaultMetaV1FieldSelectorConversion).
std::string unselectable(const std::string& field, const ResourceDef& def) {
  const bool own =
      def.is_crd || std::ranges::any_of(kSelectable, [&](const Selectable& s) { return s.group == def.gvr.group && s.resource == def.gvr.resource; });
  if (own) return "field label not supported: " + field;
  return quoted(field) + " is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
}

std::string field_of(const kube::Object& object, std::string_view field) {
  if (field == "source") return object["source"]["component"].str();
  const json::Value* at = &object;
  for (const auto& part : split(field, '.')) at = &(*at)[part];
  if (at->is_string()) return at->str();
  if (at->is_bool()) return at->as_bool() ? "true" : "false";
  if (at->is_integer()) return std::to_string(at->as_int());
  if (field == "spec.unschedulable" || field == "spec.hostNetwork") return "false";
  if (field.starts_with("status.replicas") || field == "status.successful") return "0";
  return {};
}

// The values of selectors escape "," and "=" with a backslash (apimachinery pkg/fields/selector.go UnescapeValue).
std::vector<std::string> split_terms(std::string_view text) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out.back().append(text.substr(i++, 2));
    } else if (text[i] == ',') {
      out.emplace_back();
    } else {
      out.back().push_back(text[i]);
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace

std::expected<LabelSelector, std::string> LabelSelector::parse(std::string_view text) {
  auto requirements = Parser(text).run();
  if (!requirements) return std::unexpected(std::move(requirements).error());
  LabelSelector selector;
  selector.requirements_ = std::move(*requirements);
  return selector;
}

bool LabelSelector::matches(const kube::Object& object) const {
  const json::Value& labels = object["metadata"]["labels"];
  return std::ranges::all_of(requirements_, [&](const Requirement& r) { return matches_one(r, labels); });
}

Outcome<FieldSelector> FieldSelector::parse(std::string_view text, const ResourceDef& def) {
  FieldSelector selector;
  if (text.empty()) return selector;
  for (const auto& term : split_terms(text)) {
    if (term.empty()) continue;
    const auto at = term.find_first_of("!=");
    const bool broken = at == std::string::npos || (term[at] == '!' && (at + 1 >= term.size() || term[at + 1] != '='));
    if (broken) return bad_request("invalid selector: '" + std::string(text) + "'; can't understand '" + term + "'");
    const bool equal = term[at] == '=';
    std::size_t value_at = at + (equal ? 1 : 2);
    if (equal && value_at < term.size() && term[value_at] == '=') ++value_at;
    Term parsed{std::string(trim(term.substr(0, at))), unescape(term.substr(value_at)), equal};
    if (!selectable(parsed.field, def)) return bad_request(unselectable(parsed.field, def));
    selector.terms_.push_back(std::move(parsed));
  }
  return selector;
}

bool FieldSelector::matches(const kube::Object& object) const {
  return std::ranges::all_of(terms_, [&](const Term& t) { return (field_of(object, t.field) == t.value) == t.equal; });
}

std::string_view FieldSelector::exact(std::string_view field) const noexcept {
  for (const auto& t : terms_)
    if (t.equal && t.field == field) return t.value;
  return {};
}

}  // namespace slipway::kubesim
