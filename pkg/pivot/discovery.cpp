#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

constexpr int kListAttempts = 3;  // a list that expires half-way is begun anew

struct Shelf {
  std::vector<Item> items;
  std::string resource_version;
};
struct Reading {
  std::vector<Kind> kinds;
  KeepText keep_text;
  std::vector<Shelf> shelves;
};

// Status is read here where rules ask for it; it is copied only where it is no subresource.
std::string text_of(const Kind& kind, kube::Object object) {
  if (kind.has_status && !is_cluster(kind) && !is_machine(kind)) object.erase("status");
  return json::dump(object);
}

void put(Reading& reading, std::size_t index, std::vector<kube::Object> objects) {
  const Kind& kind = reading.kinds[index];
  for (auto& object : objects) {
    if (is_machinery(kind, object)) continue;
    Item item = read_item(index, kind, object);
    if (reading.keep_text(kind, item, object)) item.text = text_of(kind, std::move(object));
    reading.shelves[index].items.push_back(std::move(item));
  }
}

Awaitable<Status> read_pages(SidePtr side, std::shared_ptr<Reading> reading, std::size_t index) {
  kube::ListOptions options;
  options.limit = side->page_of(reading->kinds[index].gvr);
  Shelf& shelf = reading->shelves[index];
  shelf = {};
  for (;;) {
    Result<kube::ListResult> page = co_await side->list_page(reading->kinds[index].gvr, options);
    if (!page && page.error().is(Disposition::NotFound)) co_return Status();
    if (!page) co_return fail(std::move(page).error());
    put(*reading, index, std::move(page->items));
    shelf.resource_version = page->resource_version;
    if (page->continue_token.empty()) {
      side->counted(reading->kinds[index].gvr, shelf.items.size());
      co_return Status();
    }
    options.continue_token = page->continue_token;
  }
}

Awaitable<Status> read_kind(SidePtr side, std::shared_ptr<Reading> reading, std::size_t index) {
  for (int attempt = 1;; ++attempt) {
    Status read = co_await read_pages(side, reading, index);
    if (read || !read.error().is(Disposition::Gone) || attempt == kListAttempts) co_return read;
  }
}

using Crds = std::map<std::string, kube::Object>;

// What is not read of CRDs: schemas of fifty are megabytes.
json::Projection schemas() { return json::Projection({{"spec", "versions", "*", "schema"}, {"metadata", "managedFields"}, {"metadata", "annotations"}}); }

Awaitable<Result<Crds>> labelled_crds(SidePtr side) {
  Result<kube::ListResult> listed = co_await side->list(kube::res::kCrds, std::string(kClusterctlLabel), {}, schemas());
  if (!listed) co_return fail(std::move(listed).error());
  Crds crds;
  for (auto& crd : listed->items) {
    std::string name(kube::name_of(crd));
    crds.insert_or_assign(std::move(name), std::move(crd));
  }
  co_return crds;
}

std::string lacks(Kind& kind, const kube::Object& source_crd, const std::vector<kube::ApiResource>& theirs) {
  if (theirs.empty()) return "the target does not know kind " + kind.kind + " (" + std::string(kube::name_of(source_crd)) + "): install its provider there";
  if (!agree_on_version(kind, source_crd, theirs)) return "kind " + kind.kind + " has no API version that both sides serve";
  return {};
}

// By what the target serves: one small answer, where its CRDs are megabytes that it must write for us.
Awaitable<Status> match_target(MovePtr move, std::shared_ptr<Kinds> found, std::shared_ptr<const Crds> crds) {
  Result<std::vector<kube::ApiResource>> served = co_await move->target->served();
  if (!served) co_return fail(std::move(served).error());
  std::map<std::pair<std::string, std::string>, std::vector<kube::ApiResource>> theirs;
  for (auto& resource : *served) theirs[{resource.gvr.group, resource.gvr.resource}].push_back(std::move(resource));
  for (std::size_t i = 0; i < found->kinds.size(); ++i) {
    Kind& kind = found->kinds[i];
    if (!is_core(kind)) found->lacking[i] = lacks(kind, crds->at(kind.gvr.resource + "." + kind.gvr.group), theirs[{kind.gvr.group, kind.gvr.resource}]);
  }
  co_return Status();
}

std::vector<Kind> kinds_of(const Crds& crds) {
  std::vector<Kind> kinds{secret_kind(), config_map_kind()};
  for (const auto& [name, crd] : crds)
    if (auto kind = kind_of_crd(crd)) kinds.push_back(std::move(*kind));
  return kinds;
}

Awaitable<Status> discover(MovePtr move) {
  if (move->kinds) co_return Status();
  Result<Crds> listed = co_await labelled_crds(move->source);
  if (!listed) co_return fail(std::move(listed).error());
  const auto crds = std::make_shared<const Crds>(std::move(*listed));
  const auto found = std::make_shared<Kinds>();
  found->kinds = kinds_of(*crds);
  found->lacking.resize(found->kinds.size());
  if (move->target) {
    Status matched = co_await match_target(move, found, crds);
    if (!matched) co_return matched;
  }
  move->kinds = found;
  co_return Status();
}

}  // namespace

bool Snapshot::held(std::size_t i) const {
  const Kind& kind = inventory.kind_of(inventory.items[i]);
  return fate(i) == Fate::Move && (is_cluster(kind) || is_class(kind));
}

Awaitable<Result<Inventory>> read_inventory(SidePtr side, std::vector<Kind> kinds, KeepText keep_text, std::size_t width) {
  const auto reading = std::make_shared<Reading>();
  reading->kinds = std::move(kinds);
  reading->keep_text = std::move(keep_text);
  reading->shelves.resize(reading->kinds.size());
  Status read = co_await for_each(side, reading->kinds.size(), width, [side, reading](std::size_t i) { return read_kind(side, reading, i); });
  if (!read) co_return fail(std::move(read).error());
  Inventory inventory;
  inventory.kinds = std::move(reading->kinds);
  for (auto& shelf : reading->shelves) {
    std::ranges::move(shelf.items, std::back_inserter(inventory.items));
    inventory.resource_versions.push_back(std::move(shelf.resource_version));
  }
  co_return inventory;
}

KeepText no_text() {
  return [](const Kind&, const Item&, const kube::Object&) { return false; };
}

Awaitable<Result<SnapshotPtr>> read_source(MovePtr move) {
  move->source_set.reset();
  if (move->archived) co_return move->archived->set;
  Status discovered = co_await discover(move);
  if (!discovered) co_return fail(std::move(discovered).error());
  const auto snapshot = std::make_shared<Snapshot>();
  snapshot->kinds = move->kinds;
  const auto keep = [](const Kind& kind, const Item& item, const kube::Object&) { return could_move(kind, item); };
  Result<Inventory> inventory = co_await read_inventory(move->source, snapshot->kinds->kinds, keep, move->options.max_concurrency);
  if (!inventory) co_return fail(std::move(inventory).error());
  snapshot->inventory = std::move(*inventory);
  snapshot->scope = move->scope;
  snapshot->draft = draft_plan(snapshot->inventory, snapshot->scope);
  for (std::size_t i = 0; i < snapshot->inventory.items.size(); ++i)
    if (!snapshot->copied(i)) snapshot->inventory.items[i].text = std::string();
  co_return snapshot;
}

Awaitable<Result<std::vector<Kind>>> paused_kinds(MovePtr move) {
  Result<Crds> crds = co_await labelled_crds(move->source);
  if (!crds) co_return fail(std::move(crds).error());
  std::vector<Kind> kinds = kinds_of(*crds);
  std::erase_if(kinds, [](const Kind& k) { return !is_cluster(k) && !is_class(k); });
  co_return kinds;
}

}  // namespace slipway::pivot::detail
