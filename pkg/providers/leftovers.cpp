#include "pkg/providers/leftovers.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "pkg/providers/providers.h"

namespace slipway::providers {
namespace {

using Found = std::map<ProviderId, InstalledProvider>;

Awaitable<Result<std::vector<kube::Object>>> labelled(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, std::string selector) {
  const auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop.drop({"metadata", "managedFields"});
  decoding->drop.drop({"spec"});
  decoding->drop.drop({"status"});
  kube::ListOptions options;
  options.label_selector = std::move(selector);
  options.decoding = decoding;
  auto listed = co_await kube::list_all(std::move(client), std::move(gvr), "", std::move(options));
  if (!listed) co_return fail(std::move(listed).error());
  co_return std::move(listed->items);
}

void add(Found& found, const kube::Object& object, std::string_view label_key) {
  auto id = provider_of_label(kube::label(object, label_key));
  if (!id) return;  // cert-manager's
  InstalledProvider& one = found[*id];
  one.id = std::move(*id);
  if (one.ns.empty() && kube::kind_of(object) == "Namespace") one.ns = kube::name_of(object);
}

}  // namespace

Awaitable<Result<std::vector<InstalledProvider>>> find_leftovers(std::shared_ptr<kube::Client> client, std::vector<InstalledProvider> installed) {
  const std::pair<std::string_view, std::string> labels[] = {
      {kProviderLabel, std::string(kClusterctlLabel) + "," + std::string(kProviderLabel)},
      {kComponentLabel, std::string(kComponentLabel)},
  };
  Found found;
  for (const auto& gvr : {kube::res::kCrds, kube::res::kNamespaces})
    for (const auto& [key, selector] : labels) {
      auto objects = co_await labelled(client, gvr, selector);
      if (!objects) co_return fail(std::move(objects).error());
      for (const kube::Object& object : *objects)
        if (!kube::is_deleting(object)) add(found, object, key);  // a namespace takes a while to end
    }
  std::vector<InstalledProvider> out;
  for (auto& [id, one] : found)
    if (std::ranges::find(installed, id, &InstalledProvider::id) == installed.end()) out.push_back(std::move(one));
  co_return out;
}

}  // namespace slipway::providers
