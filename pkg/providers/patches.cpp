#include "pkg/providers/patches.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/providers/detail/strategic_merge.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

std::unexpected<Error> invalid(const std::string& field, std::string_view what) { return fail(Disposition::Invalid, field + ": " + std::string(what)); }

Status check_fields(const Value& entry, const std::string& field, std::initializer_list<std::string_view> known) {
  if (!entry.is_object()) return invalid(field, "must be an object");
  const auto unknown = std::ranges::find_if(entry.object(), [&](const json::Member& m) { return std::ranges::find(known, m.key) == known.end(); });
  if (unknown != entry.object().end()) return invalid(field + "." + shorten(unknown->key, 60), "is not a field of it");
  return {};
}

Result<PatchTarget> parse_target(const Value& target, const std::string& field) {
  if (auto known = check_fields(target, field, {"group", "version", "kind", "name", "namespace"}); !known) return fail(std::move(known).error());
  const auto other = std::ranges::find_if(target.object(), [](const json::Member& m) { return !m.value.is_string(); });
  if (other != target.object().end()) return invalid(field + "." + other->key, "must be text");
  if (target["kind"].as_string().empty()) return invalid(field + ".kind", "is needed");
  return PatchTarget{target["group"].str(), target["version"].str(), target["kind"].str(), target["name"].str(), target["namespace"].str()};
}

// The object that the patch itself describes.
Result<PatchTarget> own_target(const Value& body, const std::string& field) {
  if (kube::kind_of(body).empty() || kube::name_of(body).empty())
    return invalid(field + ".target", "is needed where the patch does not hold apiVersion, kind and metadata.name");
  auto gvk = kube::gvk_of(body);
  return PatchTarget{std::move(gvk.group), std::move(gvk.version), std::move(gvk.kind), std::string(kube::name_of(body)),
                     std::string(kube::namespace_of(body))};
}

Result<Value> parse_body(const Value& patch, const std::string& field) {
  if (!patch.is_string()) return patch;
  return yaml::parse(patch.as_string(), field, {.max_bytes = 1UL << 20U, .max_nodes = 50'000, .max_depth = 64});
}

Result<Patch> parse_patch(const Value& entry, const std::string& field) {
  if (auto known = check_fields(entry, field, {"target", "type", "patch"}); !known) return fail(std::move(known).error());
  auto body = parse_body(entry["patch"], field + ".patch");
  if (!body) return fail(std::move(body).error());
  if (!body->is_object() && !body->is_array()) return invalid(field + ".patch", "must be an object, a list of operations, or text that holds one of them");
  const std::string type = entry["type"].str(body->is_array() ? "json" : "strategic");
  if (type != "strategic" && type != "merge" && type != "json") return invalid(field + ".type", "must be strategic, merge or json");
  if ((type == "json") != body->is_array())
    return invalid(field + ".patch", "must be " + std::string(type == "json" ? "a list of operations" : "an object") + " for type " + type);
  auto target = entry.contains("target") ? parse_target(entry["target"], field + ".target") : own_target(*body, field);
  if (!target) return fail(std::move(target).error());
  return Patch{std::move(*body), type, std::move(*target)};
}

bool fits(const PatchTarget& target, const kube::Object& object) {
  const auto gvk = kube::gvk_of(object);
  const auto matches = [](std::string_view wanted, std::string_view have) { return wanted.empty() || wanted == have; };
  return matches(target.group, gvk.group) && matches(target.version, gvk.version) && matches(target.kind, gvk.kind) &&
         matches(target.name, kube::name_of(object)) && matches(target.ns, kube::namespace_of(object));
}

std::string title(const Patch& patch) {
  const PatchTarget& t = patch.target;
  const std::string key = kube::ObjectKey{t.ns, t.name.empty() ? "*" : t.name}.to_string();
  const std::string group = t.group.empty() && t.version.empty() ? "" : " of " + t.group + (t.group.empty() || t.version.empty() ? "" : "/") + t.version;
  return t.kind + " " + key + group;
}

// What a user may have meant: the objects of that kind, or the kinds that there are.
std::string candidates(const std::vector<kube::Object>& objects, const std::string& kind) {
  constexpr std::size_t kMaxShown = 600;
  std::set<std::string> names;
  std::set<std::string> kinds;
  for (const kube::Object& object : objects) {
    kinds.emplace(kube::kind_of(object));
    if (kube::kind_of(object) == kind) names.insert(kube::key_of(object).to_string() + " (" + object["apiVersion"].str() + ")");
  }
  const auto& shown = names.empty() ? kinds : names;
  const std::string list = shorten(join(std::vector<std::string>(shown.begin(), shown.end()), ", "), kMaxShown);
  return names.empty() ? "there is no " + kind + "; the kinds are " + list : "those of the kind are " + list;
}

Status apply_one(kube::Object& object, const Patch& patch) {
  if (patch.type == "json") return json::json_patch(object, patch.body);
  const auto gvk = kube::gvk_of(object);
  if (patch.type == "strategic" && detail::is_built_in(gvk.group)) return detail::strategic_merge(object, patch.body, gvk.group, gvk.kind);
  json::merge_patch(object, patch.body);
  return {};
}

Status apply_checked(kube::Object& object, const Patch& patch) {
  kube::Object next = object;
  if (auto done = apply_one(next, patch); !done) return done;
  if (next["apiVersion"] != object["apiVersion"] || next["kind"] != object["kind"] || kube::key_of(next) != kube::key_of(object))
    return fail(Disposition::Invalid, "it would change apiVersion, kind, name or namespace; a patch can neither rename nor remove an object");
  object = std::move(next);
  return {};
}

}  // namespace

Result<std::vector<Patch>> parse_patches(std::span<const Value> entries) {
  if (entries.size() > kMaxPatches)
    return invalid("patches", "has " + std::to_string(entries.size()) + " entries; the limit is " + std::to_string(kMaxPatches));
  std::vector<Patch> out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto patch = parse_patch(entries[i], "patches[" + std::to_string(i) + "]");
    if (!patch) return fail(std::move(patch).error());
    out.push_back(std::move(*patch));
  }
  return out;
}

Status apply_patches(std::vector<kube::Object>& objects, std::span<const Patch> patches) {
  if (patches.empty()) return {};
  std::vector<kube::Object> work = objects;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const std::string where = "patches[" + std::to_string(i) + "] (" + title(patches[i]) + ")";
    bool found = false;
    for (kube::Object& object : work) {
      if (!fits(patches[i].target, object)) continue;
      found = true;
      if (auto done = apply_checked(object, patches[i]); !done) return fail(std::move(done).error().in(where + ": " + kube::describe(object)));
    }
    if (!found) return invalid(where, "names no object; " + candidates(work, patches[i].target.kind));
  }
  objects = std::move(work);
  return {};
}

}  // namespace slipway::providers
