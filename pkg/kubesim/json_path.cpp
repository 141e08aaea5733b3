#include "pkg/kubesim/json_path.h"

#include <charconv>
#include <optional>
#include <utility>

#include "pkg/base/strings.h"

namespace slipway::kubesim {

class JsonPathParser {
 public:
  explicit JsonPathParser(std::string_view text) : text_(text) {}

  Result<JsonPath> run() {
    if (text_.starts_with('{') && text_.ends_with('}')) text_ = text_.substr(1, text_.size() - 2);
    if (text_.starts_with('$')) ++at_;
    while (at_ < text_.size()) {
      const bool read = text_[at_] == '.' ? field() : text_[at_] == '[' && bracket();
      if (!read) return fail(Disposition::Invalid, "JSON path " + std::string(text_) + ": not understood at offset " + std::to_string(at_));
    }
    return std::move(out_);
  }

 private:
  using Kind = JsonPath::Kind;
  using Test = JsonPath::Test;

  bool field() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '.') return false;  // recursive descent
    std::string name;
    for (; at_ < text_.size() && text_[at_] != '.' && text_[at_] != '['; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name.push_back(text_[at_]);
    }
    if (name == "*") {
      push({.kind = Kind::Wildcard});
    } else if (!name.empty()) {
      push({.kind = Kind::Field, .name = std::move(name)});
    }
    return true;
  }

  bool bracket() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("[?(")) return filter();
    if (rest.starts_with("['") || rest.starts_with("[\"")) {
      const std::size_t end = rest.find(std::string(1, rest[1]) + "]", 2);
      if (end == std::string_view::npos) return false;
      std::string name;
      for (std::size_t i = 2; i < end; ++i) {
        if (rest[i] == '\\' && i + 1 < end) ++i;
        name.push_back(rest[i]);
      }
      push({.kind = Kind::Field, .name = std::move(name)});
      at_ += end + 2;
      return true;
    }
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view inner = trim(rest.substr(1, end - 1));
    if (inner == "*") {
      push({.kind = Kind::Wildcard});
    } else {
      std::int64_t index = 0;
      const auto [stop, error] = std::from_chars(inner.data(), inner.data() + inner.size(), index);
      if (error != std::errc{} || stop != inner.data() + inner.size()) return false;
      push({.kind = Kind::Index, .index = index});
    }
    at_ += end + 1;
    return true;
  }

  // [?(@.a.b == "x")]
  bool filter() {
    const std::size_t end = text_.find(")]", at_);
    if (end == std::string_view::npos) return false;
    std::string_view inner = trim(text_.substr(at_ + 3, end - at_ - 3));
    at_ = end + 2;
    if (!inner.starts_with('@')) return false;
    JsonPath::Step step{.kind = Kind::Filter};
    const std::size_t op = inner.find_first_of("=!<>");
    std::string_view left = trim(inner.substr(1, op == std::string_view::npos ? op : op - 1));
    if (left.starts_with('.')) left.remove_prefix(1);
    if (!left.empty()) step.filter_path = split(left, '.');
    if (op != std::string_view::npos) {
      const std::string_view name = inner.substr(op, 2);
      if (name != "==" && name != "!=") return false;
      step.test = name == "==" ? Test::Equal : Test::NotEqual;
      const auto literal = literal_of(trim(inner.substr(op + 2)));
      if (!literal) return false;
      step.literal = *literal;
    }
    push(std::move(step));
    return true;
  }

  static std::optional<json::Value> literal_of(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front()) return json::Value(text.substr(1, text.size() - 2));
    auto parsed = json::parse(text);
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
  }

  void push(JsonPath::Step step) { out_.steps_.push_back(std::move(step)); }

  std::string_view text_;
  std::size_t at_ = 0;
  JsonPath out_;
};

Result<JsonPath> JsonPath::parse(std::string_view text) { return JsonPathParser(text).run(); }

bool JsonPath::passes(const json::Value& item, const Step& step) {
  const json::Value* value = &item;
  for (const std::string& name : step.filter_path) {
    value = value->find(name);
    if (value == nullptr) return false;
  }
  switch (step.test) {
    case Test::Exists: return true;
    case Test::Equal: return *value == step.literal;
    case Test::NotEqual: return *value != step.literal;
  }
  return false;
}

std::vector<const json::Value*> JsonPath::find(const json::Value& object) const {
  std::vector<const json::Value*> current{&object};
  for (const Step& step : steps_) {
    std::vector<const json::Value*> next;
    for (const json::Value* value : current) {
      const json::Array& items = value->array();
      switch (step.kind) {
        case Kind::Field:
          if (const json::Value* member = value->find(step.name)) next.push_back(member);
          break;
        case Kind::Index: {
          const std::int64_t index = step.index < 0 ? step.index + static_cast<std::int64_t>(items.size()) : step.index;
          if (index >= 0 && std::cmp_less(index, items.size())) next.push_back(&items[static_cast<std::size_t>(index)]);
          break;
        }
        case Kind::Wildcard:
          for (const json::Value& item : items) next.push_back(&item);
          for (const json::Member& member : value->object()) next.push_back(&member.value);
          break;
        case Kind::Filter:
          for (const json::Value& item : items) {
            if (passes(item, step)) next.push_back(&item);
          }
          break;
      }
    }
    current = std::move(next);
  }
  return current;
}

}  // namespace slipway::kubesim
