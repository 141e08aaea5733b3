// Reference fields, found by their form, since the kinds of all providers cannot be known: {kind, name}, fooSecretName: x, fooSecretRef: {name: x} and
// the like. A value that only looks like a reference does no harm: it names nothing that exists.
#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/pivot/inventory.h"

namespace slipway::pivot {
namespace {

constexpr std::string_view kClassRef = "classRef";              // Cluster spec.topology, v1beta2: no kind
constexpr std::string_view kClassNamespace = "classNamespace";  // ... v1beta1: beside `class`
constexpr std::string_view kSchema = "openAPIV3Schema";         // of a variable: describes values, holds none

struct Visit {
  const json::Value* value;
  std::string path;
  std::string_view key;  // the member's name; of an array's element the array's
};

bool ends_with_any(const std::string& key, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view e) { return key.ends_with(e); });
}

// "Secret", "ConfigMap" or empty: what a member of this name holds the name of.
std::string_view core_kind_of(std::string_view member, bool is_text) {
  const std::string key = to_lower(member);
  if (is_text) {
    if (ends_with_any(key, {"secretname", "secretref"})) return "Secret";
    return ends_with_any(key, {"configmapname", "configmapref"}) ? "ConfigMap" : "";
  }
  if (ends_with_any(key, {"secret", "secretref", "secretkeyref"})) return "Secret";
  return ends_with_any(key, {"configmap", "configmapref", "configmapkeyref"}) ? "ConfigMap" : "";
}

std::optional<std::string> group_named(const json::Value& ref) {
  if (ref["apiGroup"].is_string()) return ref["apiGroup"].str();
  const std::string_view version = ref["apiVersion"].as_string();
  if (version.empty()) return std::nullopt;
  const auto slash = version.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(version.substr(0, slash));
}

bool add_object_reference(const Visit& visit, std::vector<Reference>& out) {
  const json::Value& v = *visit.value;
  const std::string name = v["name"].str();
  if (name.empty()) return false;
  Reference ref{.field = visit.path, .group = group_named(v), .kind = v["kind"].str(), .key = {v["namespace"].str(), name}};
  if (ref.kind.empty() && visit.key == kClassRef) {
    ref.kind = "ClusterClass";
    ref.group = "cluster.x-k8s.io";
  }
  if (ref.kind.empty()) {
    ref.kind = core_kind_of(visit.key, false);
    if (ref.kind.empty()) return false;
    ref.group = "";
  }
  if (!ref.group && (ref.kind == "Secret" || ref.kind == "ConfigMap")) ref.group = "";
  out.push_back(std::move(ref));
  return true;
}

void add_name(const Visit& visit, std::vector<Reference>& out) {
  const std::string_view kind = core_kind_of(visit.key, true);
  if (kind.empty() || visit.value->as_string().empty()) return;
  out.push_back({.field = visit.path, .group = "", .kind = std::string(kind), .key = {"", visit.value->str()}});
}

}  // namespace

std::vector<Reference> references_of(const kube::Object& object) {
  std::vector<Reference> out;
  std::vector<Visit> stack;
  for (const auto& member : object.object())
    if (member.key != "metadata" && member.key != "status") stack.push_back({&member.value, member.key, member.key});
  while (!stack.empty()) {
    const Visit visit = std::move(stack.back());
    stack.pop_back();
    if (visit.value->is_string()) {
      add_name(visit, out);
    } else if (visit.value->is_array()) {
      std::size_t i = 0;
      for (const auto& element : visit.value->array())
        if (const std::size_t at = i++; element.is_object() || element.is_array())
          stack.push_back({&element, visit.path + "[" + std::to_string(at) + "]", visit.key});
    } else if (visit.value->is_object()) {
      add_object_reference(visit, out);
      for (const auto& member : visit.value->object())
        if (member.key != kSchema) stack.push_back({&member.value, visit.path + "." + member.key, member.key});
    }
  }
  const json::Value& topology = object["spec"]["topology"];
  if (topology[kClassNamespace].is_string())
    out.push_back({.field = "spec.topology.classNamespace",
                   .group = "cluster.x-k8s.io",
                   .kind = "ClusterClass",
                   .key = {topology[kClassNamespace].str(), topology["class"].str()}});
  std::ranges::sort(out, {}, &Reference::field);
  return out;
}

void rewrite_references(kube::Object& object, const std::string& from, const std::string& to) {
  struct Place {
    json::Value* value;
    std::string key;
  };
  std::vector<Place> stack;
  for (auto& member : object.make_object())
    if (member.key != "metadata" && member.key != "status") stack.push_back({&member.value, member.key});
  while (!stack.empty()) {
    const Place place = std::move(stack.back());
    stack.pop_back();
    json::Value& v = *place.value;
    if (v.is_array())
      for (auto& element : v.make_array()) stack.push_back({&element, place.key});
    if (!v.is_object()) continue;
    const bool reference =
        !v["name"].as_string().empty() && (!v["kind"].as_string().empty() || place.key == kClassRef || !core_kind_of(place.key, false).empty());
    if (reference && v["namespace"].as_string() == from) v.set("namespace", to);
    if (place.key == "topology" && v[kClassNamespace].as_string() == from) v.set(kClassNamespace, to);
    for (auto& member : v.make_object())
      if (member.key != kSchema) stack.push_back({&member.value, member.key});
  }
}

}  // namespace slipway::pivot
