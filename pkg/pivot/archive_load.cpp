// A backup as the source of a restore: read and verified whole, then planned by the owners that its objects name.
#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/providers/sources/digest.h"

namespace slipway::pivot::detail {
namespace {

std::unexpected<Error> damaged(const std::string& file, const std::string& what) { return fail(Disposition::Invalid, file + " " + what); }

Status check_files(const Contents& contents, const Manifest& manifest) {
  for (const auto& entry : manifest.entries) {
    const auto file = contents.files.find(entry.file);
    if (file == contents.files.end()) return damaged(entry.file, "is missing");
    if (static_cast<std::int64_t>(file->second.size()) != entry.bytes || providers::sha256_digest(file->second) != entry.digest)
      return damaged(entry.file, "was changed since it was saved: its digest is another one than the manifest says");
  }
  if (contents.files.size() == manifest.entries.size()) return {};
  std::map<std::string_view, bool> known;
  for (const auto& entry : manifest.entries) known.emplace(entry.file, true);
  const auto added = std::ranges::find_if(contents.files, [&](const auto& f) { return !known.contains(f.first); });
  return damaged(added->first, "is not in the manifest: somebody added it");
}

// Held still, as on a source that is paused for a move.
Item item_of(const Manifest& manifest, const Entry& entry, const kube::Object& object) {
  const Kind& kind = manifest.kinds[entry.kind];
  Item item = read_item(entry.kind, kind, object);
  item.paused = item.paused || is_cluster(kind) || is_class(kind);
  item.awaits.clear();
  item.pause_token.clear();
  item.text = json::dump(object);
  return item;
}

PlannedObject planned(const Manifest& manifest, const Entry& entry) {
  PlannedObject o;
  o.gvr = manifest.kinds[entry.kind].gvr;
  o.key = o.there = entry.key;
  o.kind = manifest.kinds[entry.kind].kind;
  o.uid = entry.uid;
  o.fate = entry.reason.empty() ? Fate::Move : Fate::Keep;
  o.reason = entry.reason;
  return o;
}

Status order(Snapshot& set) {
  const Graph graph(set.inventory);
  const auto levels = graph.levels(std::vector<bool>(set.inventory.items.size(), true));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!levels[i]) return fail(Disposition::Invalid, set.inventory.describe(set.inventory.items[i]) + ": its owners own each other in a cycle");
    set.draft.plan.objects[i].group = *levels[i];
    set.draft.groups = std::max(set.draft.groups, *levels[i] + 1);
  }
  return {};
}

Result<std::shared_ptr<Snapshot>> set_of(const Contents& contents, const Manifest& manifest) {
  const auto set = std::make_shared<Snapshot>();
  set->archived = true;
  set->inventory.kinds = manifest.kinds;
  for (const auto& entry : manifest.entries) {
    auto object = read_object(manifest, entry, contents.files.at(entry.file));
    if (!object) return fail(std::move(object).error());
    set->inventory.items.push_back(item_of(manifest, entry, *object));
    set->draft.plan.objects.push_back(planned(manifest, entry));
  }
  if (Status ordered = order(*set); !ordered) return fail(std::move(ordered).error());
  return set;
}

}  // namespace

Result<Loaded> load(const Place& place) {
  auto contents = read_contents(place);
  if (!contents) return fail(std::move(contents).error());
  auto manifest = decode_manifest(contents->manifest);
  if (!manifest) return fail(std::move(manifest).error().in(place.path));
  if (Status sound = check_manifest_digest(contents->manifest); !sound) return fail(std::move(sound).error().in(place.path));
  if (Status whole = check_files(*contents, *manifest); !whole) return fail(std::move(whole).error().in(place.path));
  auto set = set_of(*contents, *manifest);
  if (!set) return fail(std::move(set).error().in(place.path));
  Loaded loaded;
  loaded.digest = providers::sha256_digest(contents->manifest);
  loaded.sealed = contents->sealed;
  loaded.manifest = std::move(*manifest);
  loaded.set = std::move(*set);
  loaded.set->draft.plan.digest = loaded.digest;
  return loaded;
}

}  // namespace slipway::pivot::detail

namespace slipway::pivot {

Result<Backup> inspect(const Place& place) {
  auto loaded = detail::load(place);
  if (!loaded) return fail(std::move(loaded).error());
  Backup backup;
  backup.id = std::move(loaded->manifest.id);
  backup.digest = std::move(loaded->digest);
  backup.created = std::move(loaded->manifest.created);
  backup.cluster = std::move(loaded->manifest.cluster);
  backup.sealed = loaded->sealed;
  backup.plan = std::move(loaded->set->draft.plan);
  return backup;
}

}  // namespace slipway::pivot
