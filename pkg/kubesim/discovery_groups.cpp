#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "pkg/kubesim/discovery.h"

namespace slipway::kubesim {

namespace {

struct KubeVersion {
  std::int64_t major = 0;
  int stability = 0;  // 2 stable, 1 beta, 0 alpha
  std::int64_t minor = 0;
};

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 1) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?
std::optional<KubeVersion> parse_version(std::string_view text) {
  if (!text.starts_with('v')) return std::nullopt;
  text.remove_prefix(1);
  const auto major = take_number(text);
  if (!major) return std::nullopt;
  if (text.empty()) return KubeVersion{*major, 2, 0};
  const int stability = text.starts_with("beta") ? 1 : text.starts_with("alpha") ? 0 : -1;
  if (stability < 0) return std::nullopt;
  text.remove_prefix(stability == 1 ? 4 : 5);
  const auto minor = take_number(text);
  if (!minor || !text.empty()) return std::nullopt;
  return KubeVersion{*major, stability, *minor};
}

}  // namespace

bool version_precedes(std::string_view a, std::string_view b) {
  const auto left = parse_version(a);
  const auto right = parse_version(b);
  if (!left && !right) return a < b;
  if (!left || !right) return left.has_value();
  return std::tuple(left->stability, left->major, left->minor) > std::tuple(right->stability, right->major, right->minor);
}

std::vector<std::string> verbs_of(const ResourceDef& def) {
  if (def.is_crd) return {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
  if (def.verbs.empty()) return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
  auto verbs = def.verbs;
  std::ranges::sort(verbs);
  return verbs;
}

std::vector<Subresource> subresources_of(const ResourceDef& def) {
  std::vector<Subresource> out;
  for (const std::string& name : def.extra_subresources) out.push_back({name, def.gvk(), {"update"}});
  if (def.has_scale) out.push_back({"scale", {"autoscaling", "v1", "Scale"}, {"get", "patch", "update"}});
  if (def.has_status) out.push_back({"status", def.gvk(), {"get", "patch", "update"}});
  return out;
}

std::vector<ServedGroup> served_groups(const ResourceRegistry& registry) {
  std::vector<ServedGroup> groups;
  for (const ResourcePtr& def : registry.all()) {
    auto group = std::ranges::find(groups, def->gvr.group, &ServedGroup::name);
    if (group == groups.end()) group = groups.insert(groups.end(), {def->gvr.group, {}});
    auto version = std::ranges::find(group->versions, def->gvr.version, &ServedGroup::Version::name);
    if (version == group->versions.end()) version = group->versions.insert(version, {def->gvr.version, {}});
    version->resources.push_back(def);
  }
  for (ServedGroup& group : groups) std::ranges::sort(group.versions, version_precedes, &ServedGroup::Version::name);
  return groups;
}

}  // namespace slipway::kubesim
