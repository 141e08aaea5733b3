#include "pkg/kubesim/field_set.h"

#include <algorithm>

namespace slipway::kubesim {

FieldSet FieldSet::from_json(const json::Value& fields_v1) {
  FieldSet set;
  for (const auto& [element, below] : fields_v1.object()) {
    if (element == ".") continue;  // the element above is a member: seen there
    if (below.size() == 0 || below.contains(".")) set.members_.insert(element);
    FieldSet child = from_json(below);
    if (!child.empty()) set.children_.emplace(element, std::move(child));
  }
  return set;
}

json::Value FieldSet::to_json() const {
  json::Object out;
  for (const auto& element : members_)
    if (!children_.contains(element)) out.append(element, json::Object{});
  for (const auto& [element, child] : children_) {
    json::Object below;
    if (members_.contains(element)) below.append(".", json::Object{});
    const json::Value rest = child.to_json();
    for (const auto& [key, value] : rest.object()) below.append(key, value);
    out.append(element, std::move(below));
  }
  return out;
}

bool FieldSet::empty() const noexcept {
  return members_.empty() && std::ranges::all_of(children_, [](const auto& entry) { return entry.second.empty(); });
}

const FieldSet* FieldSet::child(const std::string& element) const {
  const auto it = children_.find(element);
  return it == children_.end() ? nullptr : &it->second;
}

void FieldSet::insert(std::span<const std::string> path) {
  if (path.empty()) return;
  if (path.size() == 1) {
    members_.insert(path.front());
  } else {
    children_[path.front()].insert(path.subspan(1));
  }
}

void FieldSet::merge(const FieldSet& other) {
  members_.insert(other.members_.begin(), other.members_.end());
  for (const auto& [element, child] : other.children_) children_[element].merge(child);
}

FieldSet FieldSet::minus(const FieldSet& other) const {
  FieldSet out;
  std::ranges::set_difference(members_, other.members_, std::inserter(out.members_, out.members_.end()));
  for (const auto& [element, child] : children_) {
    const FieldSet* theirs = other.child(element);
    FieldSet rest = theirs == nullptr ? child : child.minus(*theirs);
    if (!rest.empty()) out.children_.emplace(element, std::move(rest));
  }
  return out;
}

FieldSet FieldSet::minus_below(const FieldSet& other) const {
  FieldSet out;
  std::ranges::set_difference(members_, other.members_, std::inserter(out.members_, out.members_.end()));
  for (const auto& [element, child] : children_) {
    if (other.members_.contains(element)) continue;
    const FieldSet* theirs = other.child(element);
    FieldSet rest = theirs == nullptr ? child : child.minus_below(*theirs);
    if (!rest.empty()) out.children_.emplace(element, std::move(rest));
  }
  return out;
}

FieldSet FieldSet::intersect(const FieldSet& other) const {
  FieldSet out;
  std::ranges::set_intersection(members_, other.members_, std::inserter(out.members_, out.members_.end()));
  for (const auto& [element, child] : children_) {
    const FieldSet* theirs = other.child(element);
    if (theirs == nullptr) continue;
    FieldSet both = child.intersect(*theirs);
    if (!both.empty()) out.children_.emplace(element, std::move(both));
  }
  return out;
}

FieldSet FieldSet::with_named_fields(const MergeType& type) const {
  FieldSet out;
  out.members_ = members_;
  for (const auto& [element, child] : children_) {
    if (element.starts_with("f:") && type.has_field(std::string_view(element).substr(2))) out.members_.insert(element);
    out.children_.emplace(element, child.with_named_fields(descend(type, element)));
  }
  return out;
}

void FieldSet::for_each(const std::function<void(const FieldPath&)>& visit) const {
  FieldPath path;
  visit_below(path, visit);
}

void FieldSet::visit_below(FieldPath& path, const std::function<void(const FieldPath&)>& visit) const {
  for (const auto& element : members_) {
    path.push_back(element);
    visit(path);
    path.pop_back();
  }
  for (const auto& [element, child] : children_) {
    path.push_back(element);
    child.visit_below(path, visit);
    path.pop_back();
  }
}

std::string to_string(const FieldPath& path) {
  std::string out;
  for (const auto& element : path) {
    const std::string_view rest = std::string_view(element).substr(std::min<std::size_t>(2, element.size()));
    if (element.starts_with("f:")) {
      out.append(".").append(rest);
    } else if (element.starts_with("v:")) {
      out.append("[=").append(rest).append("]");
    } else if (element.starts_with("k:")) {
      const auto keys = json::parse(rest);
      out += "[";
      bool first = true;
      if (keys)
        for (const auto& [key, value] : keys->object()) {
          out.append(first ? "" : ",").append(key).append("=").append(json::dump(value));
          first = false;
        }
      out += "]";
    } else {
      out.append("[").append(rest).append("]");
    }
  }
  return out;
}

MergeType descend(const MergeType& type, std::string_view element) { return element.starts_with("f:") ? type.field(element.substr(2)) : type.item(); }

}  // namespace slipway::kubesim
