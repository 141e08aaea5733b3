#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "pkg/base/strings.h"
#include "pkg/providers/deletion.h"
#include "pkg/providers/providers.h"

namespace slipway::providers {
namespace {

using Chosen = std::map<std::string, const InstalledProvider*, std::less<>>;  // by label

Chosen by_label(std::span<const InstalledProvider> providers) {
  Chosen out;
  for (const InstalledProvider& p : providers) out.emplace(manifest_label(p.id.type, p.id.name), &p);
  return out;
}

DeletionStage stage_of_kind(const kube::GroupVersionKind& gvk) {
  if (gvk.group == "admissionregistration.k8s.io" && gvk.kind.ends_with("WebhookConfiguration")) return DeletionStage::Webhooks;
  if (gvk.group == "apps" || gvk.group == "batch") return DeletionStage::Workloads;
  if (gvk.kind == "CustomResourceDefinition") return DeletionStage::Definitions;
  if (gvk.group == "clusterctl.cluster.x-k8s.io" && gvk.kind == "Provider") return DeletionStage::Inventory;
  if (gvk.group.empty() && gvk.kind == "Namespace") return DeletionStage::Namespaces;
  return DeletionStage::Rest;
}

std::string_view label_of(const kube::Object& object) {
  const auto theirs = kube::label(object, kProviderLabel);
  return theirs.empty() ? kube::label(object, kComponentLabel) : theirs;
}

// Why it stays; empty where it goes.
std::string reason_to_keep(const Labelled& one, DeletionStage stage, const InstalledProvider& provider, DeletionOptions options) {
  const bool ours = !kube::label(one.object, kComponentLabel).empty();
  const auto ns = kube::namespace_of(one.object);
  const auto name = kube::name_of(one.object);
  switch (stage) {
    case DeletionStage::Webhooks: return {};
    case DeletionStage::Definitions: return options.include_crds ? "" : "definitions, and so the objects of their kinds, stay unless --include-crd is given";
    case DeletionStage::Namespaces:
      if (name != provider.ns) return "it is not the namespace of the provider's controllers";
      return options.include_namespaces ? "" : "namespaces stay unless --include-namespace is given";
    case DeletionStage::Workloads:
    case DeletionStage::Rest:
    case DeletionStage::Inventory: break;
  }
  if (ours) return {};
  if (!ns.empty()) return ns == provider.ns ? "" : "it is in another namespace, and Slipway did not put it there";
  if (name.starts_with(provider.ns + "-")) return {};
  return "it belongs to the whole cluster, and Slipway did not put it there; delete it by hand once nothing needs it";
}

DeletionItem item_of(const Labelled& one, DeletionStage stage, const ProviderId& provider) {
  return {.stage = stage,
          .kind = one.resource.gvk.kind,
          .key = kube::key_of(one.object),
          .gvr = one.resource.gvr,
          .uid = std::string(kube::uid_of(one.object)),
          .provider = provider};
}

void check_core(std::span<const InstalledProvider> installed, const Chosen& chosen, std::vector<Problem>& problems) {
  const auto core = chosen.find(manifest_label(ProviderType::Core, kCoreProviderName));
  if (core == chosen.end()) return;
  std::vector<std::string> staying;
  for (const InstalledProvider& p : installed)
    if (!chosen.contains(manifest_label(p.id.type, p.id.name))) staying.push_back(to_string(p.id));
  if (staying.empty()) return;
  problems.push_back({core->second->id, to_string(core->second->id) + " is needed by " + join(staying, ", ") + "; delete those too, or all with --all"});
}

void check_in_use(const Chosen& chosen, std::span<const DefinitionInUse> in_use, std::vector<Problem>& problems) {
  for (const DefinitionInUse& use : in_use) {
    const auto provider = chosen.find(use.label);
    if (provider == chosen.end()) continue;
    const ProviderId& id = provider->second->id;
    problems.push_back({id, to_string(id) + " defines " + use.name + ", of which there are objects, such as " + shorten(use.example, 300) +
                                ": they would be lost; delete them first, or leave out --include-crd"});
  }
}

void check_namespaces(std::span<const InstalledProvider> installed, const Chosen& chosen, std::vector<Problem>& problems) {
  for (const auto& [label, going] : chosen)
    for (const InstalledProvider& staying : installed)
      if (staying.ns == going->ns && !chosen.contains(manifest_label(staying.id.type, staying.id.name)))
        problems.push_back({going->id, to_string(going->id) + " shares namespace " + going->ns + " with " + to_string(staying.id) +
                                           ", which stays; leave out --include-namespace, or delete both"});
}

}  // namespace

Result<std::vector<InstalledProvider>> choose_for_deletion(std::span<const InstalledProvider> installed, std::span<const NamedProvider> named, bool all) {
  if (all == !named.empty()) return fail(Disposition::Invalid, "say either which providers are to be deleted, such as --infrastructure vsphere, or --all");
  if (all) return std::vector<InstalledProvider>(installed.begin(), installed.end());
  std::vector<InstalledProvider> out;
  for (const NamedProvider& one : named) {
    auto request = parse_request(one.type, one.text);
    if (!request) return fail(std::move(request).error());
    const auto found = std::ranges::find(installed, request->id, &InstalledProvider::id);
    std::vector<std::string> there;
    for (const InstalledProvider& p : installed) there.push_back(to_string(p.id));
    if (found == installed.end())
      return fail(Disposition::NotFound, to_string(request->id) + " is not installed; the inventory has " + (there.empty() ? "nothing" : join(there, ", ")));
    if (!request->version.empty() && !found->version.empty() && request->version != found->version)
      return fail(Disposition::Invalid, to_string(request->id) + " is installed as " + found->version + ", not as " + shorten(request->version, 128));
    if (std::ranges::find(out, request->id, &InstalledProvider::id) == out.end()) out.push_back(*found);
  }
  return out;
}

DeletionPlan plan_deletion(std::span<const InstalledProvider> installed, std::span<const InstalledProvider> chosen, std::span<const Labelled> found,
                           std::span<const DefinitionInUse> in_use, DeletionOptions options) {
  const Chosen labels = by_label(chosen);
  DeletionPlan plan;
  std::set<std::string_view> seen;  // by UID: two questions may have found the same object
  for (const Labelled& one : found) {
    const auto provider = labels.find(label_of(one.object));
    if (provider == labels.end() || !seen.insert(kube::uid_of(one.object)).second) continue;
    const DeletionStage stage = stage_of_kind(one.resource.gvk);
    std::string why = reason_to_keep(one, stage, *provider->second, options);
    if (why.empty())
      plan.items.push_back(item_of(one, stage, provider->second->id));
    else
      plan.kept.push_back({one.resource.gvk.kind + " " + kube::key_of(one.object).to_string(), std::move(why)});
  }
  std::ranges::sort(plan.items, {}, [](const DeletionItem& i) { return std::tie(i.stage, i.provider, i.kind, i.key); });
  std::ranges::sort(plan.kept);
  check_core(installed, labels, plan.problems);
  if (options.include_crds) check_in_use(labels, in_use, plan.problems);
  if (options.include_namespaces) check_namespaces(installed, labels, plan.problems);
  std::ranges::sort(plan.problems);
  return plan;
}

}  // namespace slipway::providers
