#include "pkg/runtime/predicates.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "pkg/base/strings.h"

namespace slipway::runtime {
namespace {

using kube::Object;

// What two states of an object differ in.
Predicate differs(bool (*different)(const Object&, const Object&)) {
  return [different](const Change& c) { return !c.old_object || !c.new_object || different(*c.old_object, *c.new_object); };
}

struct Requirement {
  enum class Operator : std::uint8_t { In, NotIn, Exists, DoesNotExist } op = Operator::Exists;
  std::string key;
  std::vector<std::string> values;

  // As in Kubernetes, NotIn holds for an object without the label.
  [[nodiscard]] bool holds(const Object& object) const {
    const json::Value& labels = object["metadata"]["labels"];
    const bool there = labels.contains(key);
    const bool listed = there && std::ranges::find(values, labels[key].as_string()) != values.end();
    switch (op) {
      case Operator::In: return listed;
      case Operator::NotIn: return !listed;
      case Operator::Exists: return there;
      case Operator::DoesNotExist: return !there;
    }
    return false;
  }
};

// Parts are divided by commas outside of parentheses.
std::vector<std::string> parts_of(std::string_view selector) {
  std::vector<std::string> parts;
  std::string part;
  bool inside = false;
  for (const char c : selector) {
    if (c == '(') inside = true;
    if (c == ')') inside = false;
    if (c != ',' || inside) {
      part += c;
      continue;
    }
    parts.push_back(std::exchange(part, {}));
  }
  parts.push_back(std::move(part));
  return parts;
}

bool is_label_text(std::string_view text, bool key) {
  if (text.empty()) return !key;
  if (text.size() > (key ? 317U : 63U)) return false;  // 253 of the prefix, the slash, 63 of the name
  return std::ranges::all_of(text, [key](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return plain || c == '-' || c == '_' || c == '.' || (key && c == '/');
  });
}

bool usable(const Requirement& r) {
  return is_label_text(r.key, true) && std::ranges::all_of(r.values, [](const std::string& v) { return is_label_text(v, false); });
}

using Operator = Requirement::Operator;

// "a in (b,c)" and "a notin (b,c)"; nothing where it is neither.
std::optional<Requirement> parse_set(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  const std::string_view head = trim(text.substr(0, open));
  const auto space = head.find_last_of(" \t");
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view word = head.substr(space + 1);
  if (word != "in" && word != "notin") return std::nullopt;
  Requirement r{.op = word == "in" ? Operator::In : Operator::NotIn, .key = std::string(trim(head.substr(0, space))), .values = {}};
  for (const std::string& value : split(text.substr(open + 1, text.size() - open - 2), ',')) r.values.emplace_back(trim(value));
  return r;
}

std::optional<Requirement> parse_requirement(std::string_view text) {
  if (text.contains('(')) return parse_set(text);
  for (const auto& [sign, op] : {std::pair{"!=", Operator::NotIn}, std::pair{"==", Operator::In}, std::pair{"=", Operator::In}}) {
    const auto at = text.find(sign);
    if (at == std::string_view::npos) continue;
    return Requirement{.op = op, .key = std::string(trim(text.substr(0, at))), .values = {std::string(trim(text.substr(at + std::string_view(sign).size())))}};
  }
  if (text.starts_with('!')) return Requirement{.op = Operator::DoesNotExist, .key = std::string(trim(text.substr(1))), .values = {}};
  return Requirement{.op = Operator::Exists, .key = std::string(text), .values = {}};
}

}  // namespace

Predicate resource_version_changed() {
  return differs([](const Object& a, const Object& b) { return kube::resource_version_of(a) != kube::resource_version_of(b); });
}
Predicate generation_changed() {
  return differs([](const Object& a, const Object& b) { return kube::generation_of(a) != kube::generation_of(b); });
}
Predicate labels_changed() {
  return differs([](const Object& a, const Object& b) { return a["metadata"]["labels"] != b["metadata"]["labels"]; });
}
Predicate annotations_changed() {
  return differs([](const Object& a, const Object& b) { return a["metadata"]["annotations"] != b["metadata"]["annotations"]; });
}

Predicate property_changed(std::function<std::uint64_t(const Object&)> hash_of) {
  struct Seen {
    std::uint64_t uid = 0;
    std::uint64_t property = 0;
  };
  const auto memory = std::make_shared<std::map<ObjectKey, Seen>>();
  return [memory, hash_of = std::move(hash_of)](const Change& c) {
    if (!c.new_object) {
      memory->erase(c.key);
      return true;
    }
    const Seen now{fnv1a(kube::uid_of(*c.new_object)), hash_of(*c.new_object)};
    const auto [at, fresh] = memory->try_emplace(c.key, now);
    const bool changed = fresh || at->second.uid != now.uid || at->second.property != now.property;
    at->second = now;
    return changed;
  };
}

Result<Predicate> matches(std::string_view label_selector) {
  std::vector<Requirement> requirements;
  for (const std::string& part : parts_of(label_selector)) {
    if (trim(label_selector).empty()) break;
    auto requirement = parse_requirement(trim(part));
    if (!requirement || !usable(*requirement))
      return fail(Disposition::Invalid, "label selector \"" + shorten(label_selector, 200) + "\": \"" + shorten(part, 100) + "\" is no requirement");
    requirements.push_back(std::move(*requirement));
  }
  return [requirements](const Change& c) {
    const Object& object = c.new_object ? *c.new_object : *c.old_object;
    return std::ranges::all_of(requirements, [&](const Requirement& r) { return r.holds(object); });
  };
}

// Every one is asked, so that those with a memory see every change.
Predicate all_of(std::vector<Predicate> all) {
  return [all = std::move(all)](const Change& c) {
    bool result = true;
    for (const Predicate& p : all) result = p(c) && result;
    return result;
  };
}
Predicate any_of(std::vector<Predicate> any) {
  return [any = std::move(any)](const Change& c) {
    bool result = false;
    for (const Predicate& p : any) result = p(c) || result;
    return result;
  };
}
Predicate none_of(Predicate predicate) {
  return [predicate = std::move(predicate)](const Change& c) { return !predicate(c); };
}

}  // namespace slipway::runtime
