// ResourceRegistry: what this server serves, by group, version and resource.
#include <algorithm>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

ResourceRegistry::ResourceRegistry() {
  for (auto& def : builtin_kinds()) resources_.push_back(std::make_shared<const ResourceDef>(std::move(def)));
}

ResourcePtr ResourceRegistry::find(std::string_view group, std::string_view version, std::string_view resource) const {
  const auto it =
      std::ranges::find_if(resources_, [&](const ResourcePtr& r) { return r->gvr.resource == resource && r->gvr.version == version && r->gvr.group == group; });
  return it == resources_.end() ? nullptr : *it;
}

ResourcePtr ResourceRegistry::find_kind(const kube::GroupVersionKind& gvk) const {
  const auto it =
      std::ranges::find_if(resources_, [&](const ResourcePtr& r) { return r->kind == gvk.kind && r->gvr.version == gvk.version && r->gvr.group == gvk.group; });
  return it == resources_.end() ? nullptr : *it;
}

bool ResourceRegistry::serves_group(std::string_view group) const {
  return std::ranges::any_of(resources_, [&](const ResourcePtr& r) { return r->gvr.group == group; });
}

bool ResourceRegistry::serves_group_version(std::string_view group, std::string_view version) const {
  return std::ranges::any_of(resources_, [&](const ResourcePtr& r) { return r->gvr.group == group && r->gvr.version == version; });
}

std::vector<ResourcePtr> ResourceRegistry::all() const { return resources_; }

std::vector<ResourcePtr> ResourceRegistry::versions_of(std::string_view group, std::string_view resource) const {
  std::vector<ResourcePtr> out;
  std::ranges::copy_if(resources_, std::back_inserter(out), [&](const ResourcePtr& r) { return r->gvr.resource == resource && r->gvr.group == group; });
  return out;
}

void ResourceRegistry::replace(std::string_view group, std::string_view resource, std::vector<ResourceDef> versions) {
  remove(group, resource);
  for (auto& def : versions) resources_.push_back(std::make_shared<const ResourceDef>(std::move(def)));
  ++generation_;
}

void ResourceRegistry::remove(std::string_view group, std::string_view resource) {
  const auto gone = std::erase_if(resources_, [&](const ResourcePtr& r) { return r->gvr.resource == resource && r->gvr.group == group; });
  if (gone > 0) ++generation_;
}

}  // namespace slipway::kubesim
