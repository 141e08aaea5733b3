#include "pkg/providers/images.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

using json::Value;

bool is(const kube::GroupVersionKind& gvk, std::string_view group, std::initializer_list<std::string_view> kinds) {
  return gvk.group == group && std::ranges::find(kinds, gvk.kind) != kinds.end();
}

// Where the spec of the Pods is; empty for what makes none.
std::vector<std::string_view> pod_spec_path(const kube::Object& object) {
  const auto gvk = kube::gvk_of(object);
  if (is(gvk, "", {"Pod"})) return {"spec"};
  if (is(gvk, "batch", {"CronJob"})) return {"spec", "jobTemplate", "spec", "template", "spec"};
  if (is(gvk, "apps", {"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"}) || is(gvk, "batch", {"Job"})) return {"spec", "template", "spec"};
  return {};
}

const Value* pod_spec(const kube::Object& object) {
  const auto path = pod_spec_path(object);
  const Value* at = path.empty() ? nullptr : &object;
  for (const auto step : path)
    if (at != nullptr) at = at->find(step);
  return at;
}

constexpr std::string_view kContainerLists[] = {"initContainers", "containers"};

// Calls change(container) for each, until one fails.
template <class Change>
Status for_containers(kube::Object& object, Change change) {
  const auto path = pod_spec_path(object);
  Value* at = path.empty() ? nullptr : &object;
  for (const auto step : path)
    if (at != nullptr) at = at->find_mut(step);
  if (at == nullptr) return {};
  for (const auto list : kContainerLists) {
    Value* containers = at->find_mut(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (Value& container : containers->make_array())
      if (auto done = change(container); !done)
        return fail(std::move(done).error().in(kube::describe(object) + ": container " + container["name"].str("without a name")));
  }
  return {};
}

Status check_qualified(const ImageReference& image) {
  ImageReference full = image;
  if (full.domain.empty() || full.domain == "index.docker.io") full.domain = "docker.io";
  if (full.domain == "docker.io" && full.path.empty()) full.path = "library";
  if (full.to_string() == image.to_string()) return {};
  return fail(Disposition::Invalid, "image \"" + image.to_string() + "\" is not fully qualified; write " + full.to_string());
}

std::string_view without_slash(std::string_view text) { return text.substr(0, text.find_last_not_of('/') + 1); }

bool below(std::string_view repository, std::string_view prefix) {
  return repository.starts_with(prefix) && (repository.size() == prefix.size() || repository[prefix.size()] == '/');
}

bool fits(const ImageRule& rule, std::string_view component, const ImageReference& image) {
  return (rule.component == "all" || rule.component == component) && (rule.image.empty() || rule.image == image.name) &&
         (rule.registry_from.empty() || below(image.repository(), without_slash(rule.registry_from)));
}

// The rules for an image, the most specific last.
std::vector<const ImageRule*> fitting(std::span<const ImageRule> rules, std::string_view component, const ImageReference& image) {
  std::vector<const ImageRule*> out;
  for (const ImageRule& rule : rules)
    if (fits(rule, component, image)) out.push_back(&rule);
  std::ranges::sort(out, {},
                    [](const ImageRule* r) { return std::tuple(r->component != "all", !r->image.empty(), without_slash(r->registry_from).size(), r); });
  return out;
}

Result<std::string> overridden(const ImageReference& image, std::string_view component, std::span<const ImageRule> rules) {
  const std::string whole = image.repository();
  std::string repository = whole;
  ImageReference out{.domain = {}, .path = {}, .name = image.name, .tag = image.tag, .digest = image.digest};
  for (const ImageRule* rule : fitting(rules, component, image)) {
    const std::string_view from = without_slash(rule->registry_from);
    if (!rule->repository.empty()) repository = std::string(without_slash(rule->repository)) + (from.empty() ? "" : whole.substr(from.size()));
    if (!rule->name.empty()) out.name = rule->name;
    if (!rule->tag.empty()) out.tag = rule->tag;
  }
  std::string text = repository + (repository.empty() ? "" : "/") + out.to_string();
  if (auto parsed = parse_image(text); !parsed) return fail(std::move(parsed).error().in("the image rules for " + std::string(component)));
  return text;
}

}  // namespace

Status override_images(std::vector<kube::Object>& objects, std::string_view component, std::span<const ImageRule> rules) {
  for (kube::Object& object : objects) {
    const bool clusterctl_looks = kube::kind_of(object) == "Deployment" || kube::kind_of(object) == "DaemonSet";
    if (!clusterctl_looks && rules.empty()) continue;
    auto done = for_containers(object, [&](Value& container) -> Status {
      auto image = parse_image(container["image"].as_string());
      if (!image) return fail(std::move(image).error());
      if (auto qualified = check_qualified(*image); !qualified) return qualified;
      auto text = overridden(*image, component, rules);
      if (!text) return fail(std::move(text).error());
      container.set("image", *text);
      return {};
    });
    if (!done) return done;
  }
  return {};
}

std::vector<std::string> images_of(std::span<const kube::Object> objects) {
  std::set<std::string> out;
  for (const kube::Object& object : objects) {
    const Value* spec = pod_spec(object);
    if (spec == nullptr) continue;
    for (const auto list : kContainerLists)
      for (const Value& container : (*spec)[list].array())
        if (const auto image = container["image"].as_string(); !image.empty()) out.emplace(image);
  }
  return {out.begin(), out.end()};
}

}  // namespace slipway::providers
