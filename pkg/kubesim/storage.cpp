#include "pkg/kubesim/storage.h"

#include <algorithm>
#include <charconv>

namespace slipway::kubesim {

const Storage::Shelf* Storage::shelf(const GroupResource& gr) const {
  const auto it = shelves_.find(gr);
  return it == shelves_.end() ? nullptr : &it->second;
}

kube::ObjectPtr Storage::get(const GroupResource& gr, const kube::ObjectKey& key) const {
  const auto& all = objects(gr);
  const auto it = all.find(key);
  return it == all.end() ? nullptr : it->second;
}

const Objects& Storage::objects(const GroupResource& gr) const {
  static const Objects kNone;
  const Shelf* s = shelf(gr);
  return s == nullptr ? kNone : s->objects;
}

std::optional<Objects> Storage::objects_at(const GroupResource& gr, Revision revision) const {
  if (revision > revision_ || revision < compacted_) return std::nullopt;
  const Shelf* s = shelf(gr);
  if (s == nullptr) return Objects{};
  if (revision < s->forgotten) return std::nullopt;
  Objects past = s->objects;
  for (auto it = s->history.rbegin(); it != s->history.rend() && it->revision > revision; ++it) {
    if (it->type == ChangeType::Added) {
      past.erase(it->key);
    } else {
      past[it->key] = it->previous;
    }
  }
  return past;
}

kube::ObjectPtr Storage::put(const GroupResource& gr, const kube::ObjectKey& key, kube::Object object) {
  Shelf& s = shelves_[gr];
  object.ref("metadata").set("resourceVersion", std::to_string(++revision_));
  auto stored = std::make_shared<const kube::Object>(std::move(object));
  auto& slot = s.objects[key];
  Change change{revision_, slot ? ChangeType::Modified : ChangeType::Added, key, stored, slot};
  slot = stored;
  record(gr, s, std::move(change));
  return stored;
}

kube::ObjectPtr Storage::remove(const GroupResource& gr, const kube::ObjectKey& key) {
  const auto at = shelves_.find(gr);
  if (at == shelves_.end()) return nullptr;
  const auto it = at->second.objects.find(key);
  if (it == at->second.objects.end()) return nullptr;
  kube::Object last = *it->second;
  last.ref("metadata").set("resourceVersion", std::to_string(++revision_));
  Change change{revision_, ChangeType::Deleted, key, std::make_shared<const kube::Object>(std::move(last)), it->second};
  auto gone = change.object;
  at->second.objects.erase(it);
  record(gr, at->second, std::move(change));
  return gone;
}

void Storage::record(const GroupResource& gr, Shelf& s, Change change) {
  s.history.push_back(change);
  if (s.history.size() > history_) {
    s.forgotten = s.history.front().revision;
    s.history.pop_front();
  }
  for (const auto& listener : listeners_) listener(gr, change);
}

std::expected<std::vector<Change>, Revision> Storage::changes_after(const GroupResource& gr, Revision since, std::size_t max) const {
  const Shelf* s = shelf(gr);
  const Revision forgotten = std::max(compacted_, s == nullptr ? Revision{0} : s->forgotten);
  if (since < forgotten) return std::unexpected(forgotten);
  std::vector<Change> out;
  if (s == nullptr) return out;
  auto it = std::ranges::upper_bound(s->history, since, {}, &Change::revision);
  for (; it != s->history.end() && out.size() < max; ++it) out.push_back(*it);
  return out;
}

void Storage::show_as(const GroupResource& gr, const std::function<kube::Object(const kube::Object&)>& make) {
  const auto at = shelves_.find(gr);
  if (at == shelves_.end()) return;
  for (auto& [key, object] : at->second.objects) object = std::make_shared<const kube::Object>(make(*object));
}

void Storage::compact() {
  compacted_ = revision_;
  for (auto& [gr, s] : shelves_) s.history.clear(), s.forgotten = revision_;
}

std::optional<Revision> parse_revision(std::string_view text) noexcept {
  Revision value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace slipway::kubesim
