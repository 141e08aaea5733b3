#include <algorithm>
#include <set>
#include <tuple>

#include "pkg/async/parallel.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kListsAtOnce = 8;

bool can(const kube::ApiResource& resource, std::string_view verb) { return std::ranges::find(resource.verbs, verb) != resource.verbs.end(); }

bool is_asked_for(const kube::ApiResource& resource, const LabelledQuery& query) {
  const kube::GroupVersionKind& gvk = resource.gvk;
  if (!can(resource, "list") || !can(resource, "delete")) return false;
  if (gvk.kind == "Endpoints" || gvk.kind == "EndpointSlice" || gvk.kind == "Event") return false;
  return std::ranges::none_of(query.without, [&](const kube::GroupVersionKind& w) { return w.group == gvk.group && w.kind == gvk.kind; });
}

// One version of each kind: the server names the one that it prefers first.
std::vector<kube::ApiResource> kinds_to_list(std::vector<kube::ApiResource> all, const LabelledQuery& query) {
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<kube::ApiResource> out;
  for (kube::ApiResource& resource : all)
    if (is_asked_for(resource, query) && seen.emplace(resource.gvk.group, resource.gvk.kind).second) out.push_back(std::move(resource));
  return out;
}

std::shared_ptr<const kube::Decoding> decoding_for(const kube::ApiResource& resource, bool with_content) {
  const auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop.drop({"metadata", "managedFields"});
  decoding->drop.drop({"data"});  // nobody reads it here, and Secrets are not to be held
  decoding->drop.drop({"stringData"});
  if (resource.gvk.kind == "CustomResourceDefinition")
    decoding->drop.drop({"spec", "versions", "*", "schema"});
  else if (!with_content)
    decoding->drop.drop({"spec"});
  if (!with_content) decoding->drop.drop({"status"});
  return decoding;
}

bool is_made_by_a_controller(const kube::Object& object) {
  return std::ranges::any_of(object["metadata"]["ownerReferences"].array(), [](const json::Value& owner) { return owner["controller"].as_bool(); });
}

struct Search {
  std::shared_ptr<kube::Client> client;
  LabelledQuery query;
  std::vector<kube::ApiResource> kinds;
  std::vector<std::vector<kube::Object>> found;  // of each kind
};

Awaitable<Status> list_kind(std::shared_ptr<Search> search, std::size_t index) {
  kube::ListOptions options;
  options.label_selector = search->query.selector;
  options.decoding = decoding_for(search->kinds[index], search->query.with_content);
  auto listed = co_await kube::list_all(search->client, search->kinds[index].gvr, "", std::move(options));
  if (!listed && (listed.error().is(Disposition::NotFound) || listed.error().is(Disposition::Unsupported))) co_return Status();
  if (!listed) co_return fail(std::move(listed).error());
  for (kube::Object& object : listed->items)
    if (!is_made_by_a_controller(object)) search->found[index].push_back(std::move(object));
  co_return Status();
}

}  // namespace

Awaitable<Result<std::vector<Labelled>>> find_labelled(std::shared_ptr<kube::Client> client, std::shared_ptr<kube::Mapper> mapper, LabelledQuery query) {
  auto all = co_await mapper->all();
  if (!all) co_return fail(std::move(all).error());
  const auto search = std::make_shared<Search>();
  search->kinds = kinds_to_list(std::move(*all), query);
  search->found.resize(search->kinds.size());
  search->query = std::move(query);
  search->client = client;
  const auto work = [search](std::size_t i) { return list_kind(search, i); };
  Status listed = co_await async::for_each(&client->clock(), "objects by label", search->kinds.size(), kListsAtOnce, work);
  if (!listed) co_return fail(std::move(listed).error());
  std::vector<Labelled> out;
  for (std::size_t i = 0; i < search->kinds.size(); ++i)
    for (kube::Object& object : search->found[i]) out.push_back({search->kinds[i], std::move(object)});
  co_return out;
}

}  // namespace slipway::providers
