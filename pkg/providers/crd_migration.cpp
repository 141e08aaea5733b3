#include "pkg/providers/crd_migration.h"

#include <algorithm>
#include <utility>

#include "pkg/async/parallel.h"
#include "pkg/base/strings.h"
#include "pkg/log/log.h"

namespace slipway::providers {
namespace {

using async::Awaitable;

constexpr std::int64_t kPage = 500;  // client-go's pager
constexpr std::size_t kWidth = 8;    // writes side by side: each may go through a conversion webhook

bool holds(std::span<const std::string> versions, std::string_view version) { return std::ranges::find(versions, version) != versions.end(); }

std::string storage_version(const kube::Object& definition) {
  for (const json::Value& version : definition["spec"]["versions"].array())
    if (version["storage"].as_bool()) return version["name"].str();
  return {};
}

// Reading and writing in any served version stores what is written in the storage version; that itself needs no conversion where it is served.
std::string served_version(const kube::Object& definition) {
  std::string out;
  for (const json::Value& version : definition["spec"]["versions"].array())
    if (version["served"].as_bool() && (out.empty() || version["storage"].as_bool())) out = version["name"].str();
  return out;
}

Awaitable<Status> write_again(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, std::shared_ptr<const std::vector<kube::Object>> page,
                              std::size_t i) {
  auto written = co_await client->update(std::move(gvr), (*page)[i], kube::WriteOptions{});
  if (written || written.error().is(Disposition::NotFound) || written.error().is(Disposition::Conflict)) co_return Status{};
  co_return fail(std::move(written).error());
}

Awaitable<Status> write_all_again(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr) {
  kube::ListOptions options;
  options.limit = kPage;
  std::size_t count = 0;
  do {
    auto listed = co_await client->list(gvr, "", options);
    if (!listed && listed.error().is(Disposition::Gone)) co_return fail(Disposition::Transient, listed.error().message());
    if (!listed) co_return fail(std::move(listed).error());
    const auto page = std::make_shared<const std::vector<kube::Object>>(std::move(listed->items));
    Status written = co_await async::for_each(&client->clock(), "migrate storage", page->size(), kWidth,
                                              [client, gvr, page](std::size_t i) { return write_again(client, gvr, page, i); });
    if (!written) co_return written;
    count += page->size();
    options.continue_token = std::move(listed->continue_token);
  } while (!options.continue_token.empty());
  log::info("stored objects migrated", {{"resource", gvr.to_string()}, {"count", count}});
  co_return Status{};
}

}  // namespace

std::vector<std::string> versions_of(const kube::Object& definition) {
  std::vector<std::string> out;
  for (const json::Value& version : definition["spec"]["versions"].array()) out.push_back(version["name"].str());
  return out;
}

bool migration_due(const kube::Object& live, std::span<const std::string> versions) {
  return std::ranges::any_of(live["status"]["storedVersions"].array(), [&](const json::Value& v) { return !holds(versions, v.as_string()); });
}

Awaitable<Status> migrate_storage(std::shared_ptr<kube::Client> client, std::string definition, std::vector<std::string> versions) {
  const std::string context = "migrating CustomResourceDefinition " + definition;
  auto live = co_await client->get(kube::res::kCrds, {"", definition});
  if (!live && live.error().is(Disposition::NotFound)) co_return Status{};
  if (!live) co_return fail(std::move(live).error().in(context));
  if (!migration_due(*live, versions)) co_return Status{};
  const std::string storage = storage_version(*live);
  if (!holds(versions, storage))
    co_return fail(Disposition::Invalid, context + ": its objects are stored in " + storage +
                                             ", which the new version of the components does not have any more (" + join(versions, ", ") +
                                             "); install a release in between that has both first");
  const std::string served = served_version(*live);
  if (served.empty()) co_return fail(Disposition::Invalid, context + ": it serves no version, so what is stored cannot be read; let it serve one first");
  const json::Value& spec = (*live)["spec"];
  const kube::GroupVersionResource gvr{spec["group"].str(), served, spec["names"]["plural"].str(), spec["scope"].as_string() == "Namespaced"};
  Status written = co_await write_all_again(client, gvr);
  if (!written) co_return fail(std::move(written).error().in(context));
  json::Value body;
  body.ref({"metadata", "resourceVersion"}) = kube::resource_version_of(*live);  // storage was what we think it was all the while
  body.ref({"status", "storedVersions"}).push_back(storage);
  kube::PatchOptions options;
  options.subresource = "status";
  auto told = co_await client->patch(kube::res::kCrds, {"", definition}, kube::PatchType::Merge, std::move(body), options);
  if (!told && told.error().is(Disposition::Conflict)) co_return fail(Disposition::Transient, context + ": " + told.error().message());
  if (!told) co_return fail(std::move(told).error().in(context));
  co_return Status{};
}

}  // namespace slipway::providers
