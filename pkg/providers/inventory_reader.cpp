#include "pkg/providers/inventory_reader.h"

#include <algorithm>
#include <map>

#include "pkg/base/strings.h"
#include "pkg/providers/images.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kContractPrefix = "cluster.x-k8s.io/v";
constexpr std::string_view kClusters = "clusters.cluster.x-k8s.io";
constexpr std::string_view kVersionAnnotation = "cert-manager.clusterctl.cluster.x-k8s.io/version";

// "v1beta1", "v1alpha4": in alphabetical order as they came.
bool is_contract(std::string_view text) {
  for (const std::string_view start : {"v1alpha", "v1beta"})
    if (text.size() == start.size() + 1 && text.starts_with(start)) return text.back() >= '1' && text.back() <= '9';
  return false;
}

std::shared_ptr<const kube::Decoding> without_schemas() {
  const auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop.drop({"spec", "versions", "*", "schema"});
  decoding->drop.drop({"metadata", "managedFields"});
  return decoding;
}

Awaitable<Result<std::map<std::string, std::string>>> contracts_by_label(std::shared_ptr<kube::Client> client) {
  kube::ListOptions options;
  options.label_selector = kProviderLabel;
  options.decoding = without_schemas();
  auto crds = co_await kube::list_all(std::move(client), kube::res::kCrds, "", std::move(options));
  if (!crds) co_return fail(std::move(crds).error().in("reading the providers' definitions"));
  std::map<std::string, std::string> out;
  for (const kube::Object& crd : crds->items) {
    std::string& newest = out[std::string(kube::label(crd, kProviderLabel))];
    newest = std::max(newest, contract_of_crd(crd));
  }
  co_return out;
}

}  // namespace

Result<InstalledProvider> installed_of(const kube::Object& object) {
  const auto refuse = [&](const std::string& why) {
    return fail(Disposition::Invalid, "the inventory's " + shorten(kube::describe(object), 300) + ": " + why + "; correct or delete that object");
  };
  const auto type = parse_provider_type(object["type"].as_string());
  if (!type) return refuse("its type \"" + shorten(object["type"].as_string(), 64) + "\" is none of " + provider_types());
  ProviderId id{*type, object["providerName"].str()};
  if (const auto problem = identity_problem(id)) return refuse("its providerName " + *problem);
  if (object["version"].as_string().empty()) return refuse("it has no version");
  return InstalledProvider{.id = std::move(id), .ns = std::string(kube::namespace_of(object)), .version = object["version"].str(), .contract = {}};
}

std::string contract_of_crd(const kube::Object& crd) {
  std::string newest;
  if (kube::name_of(crd) == kClusters)
    for (const json::Value& version : crd["spec"]["versions"].array())
      if (version["storage"].as_bool() && is_contract(version["name"].as_string())) return version["name"].str();
  for (const json::Member& label : crd["metadata"]["labels"].object()) {
    if (!label.key.starts_with(kContractPrefix)) continue;
    const std::string contract = label.key.substr(kContractPrefix.size() - 1);
    if (is_contract(contract)) newest = std::max(newest, contract);
  }
  return newest;
}

Awaitable<Result<std::vector<InstalledProvider>>> read_inventory(std::shared_ptr<kube::Client> client) {
  auto listed = co_await kube::list_all(client, kube::res::kProviders, "", {});
  if (!listed && listed.error().is(Disposition::NotFound)) co_return std::vector<InstalledProvider>();
  if (!listed) co_return fail(std::move(listed).error().in("reading the inventory of providers"));
  std::vector<InstalledProvider> out;
  for (const kube::Object& object : listed->items) {
    auto installed = installed_of(object);
    if (!installed) co_return fail(std::move(installed).error());
    out.push_back(std::move(*installed));
  }
  std::ranges::sort(out, {}, [](const InstalledProvider& p) { return std::tie(p.id, p.ns); });
  if (out.empty()) co_return out;
  auto contracts = co_await contracts_by_label(std::move(client));
  if (!contracts) co_return fail(std::move(contracts).error());
  for (InstalledProvider& provider : out) provider.contract = (*contracts)[manifest_label(provider.id.type, provider.id.name)];
  co_return out;
}

Awaitable<Result<CertManagerInventory>> read_cert_manager(std::shared_ptr<kube::Client> client, std::shared_ptr<kube::Mapper> mapper) {
  LabelledQuery query;
  query.selector = "clusterctl.cluster.x-k8s.io/core=cert-manager";
  query.with_content = true;
  auto found = co_await find_labelled(std::move(client), std::move(mapper), std::move(query));
  if (!found) co_return fail(std::move(found).error().in("looking for cert-manager"));
  CertManagerInventory out;
  std::vector<kube::Object> objects;
  for (Labelled& one : *found) {
    const auto ns = kube::namespace_of(one.object);
    if (!ns.empty() && ns != "cert-manager" && ns != "kube-system") continue;  // where clusterctl looks
    out.items.push_back({.name = kube::describe(one.object), .version = std::string(kube::annotation(one.object, kVersionAnnotation))});
    objects.push_back(std::move(one.object));
  }
  out.images = images_of(objects);
  co_return out;
}

}  // namespace slipway::providers
