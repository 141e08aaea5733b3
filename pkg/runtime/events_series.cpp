#include "pkg/runtime/events_series.h"

#include <algorithm>

namespace slipway::runtime {
namespace {

using async::TimePoint;

// client-go tools/record: burst 25, one every 300 s an object; here an action on an object, so that a long story of one kind leaves room for the others.
constexpr double kBurst = 25;
constexpr double kRefillSeconds = 300;
// How soon a sweep looks again that found the queue full.
constexpr std::chrono::minutes kLater{1};

template <class Map, class When>
void forget_oldest(Map& map, When when) {
  if (map.size() < EventSeries::kRemembered) return;
  map.erase(std::ranges::min_element(map, {}, [&](const auto& item) { return when(item.second); }));
}

}  // namespace

bool EventSeries::Bucket::take(TimePoint now) {
  tokens = std::min(kBurst, tokens + std::chrono::duration<double>(now - at).count() / kRefillSeconds);
  at = now;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

bool EventSeries::take_token(const std::string& who, TimePoint now) {
  auto bucket = buckets_.find(who);
  if (bucket == buckets_.end()) {
    forget_oldest(buckets_, [](const Bucket& b) { return b.at; });
    bucket = buckets_.emplace(who, Bucket{.tokens = kBurst, .at = now}).first;
  }
  return bucket->second.take(now);
}

bool EventSeries::push(const Key& key, Entry& entry) {
  if (entry.queued) return true;
  if (queue_.size() >= kQueue) return false;
  entry.queued = true;
  queue_.push_back(key);
  return true;
}

void EventSeries::remind(const Entry& entry) {
  due_ = std::min(due_, entry.last + kFinish);
  if (entry.facts.count > entry.written && entry.written > 0) due_ = std::min(due_, entry.written_at + kRefresh);
}

EventVerdict EventSeries::record(const kube::Object& about, EventText text, TimePoint now, WallTime wall) {
  if (now >= due_) sweep(now);
  text = within_limits(std::move(text));
  const auto uid = kube::uid_of(about);
  const std::string who = uid.empty() ? kube::describe(about) : std::string(uid);
  Key key{who, text.type, text.action, text.reason, text.note};
  const auto found = series_.find(key);
  if (found != series_.end()) {
    Entry& entry = found->second;
    ++entry.facts.count;
    entry.facts.last = wall;
    entry.last = now;
    entry.finishing = false;
    // Where it is queued already, the count goes with it; of the counts above two only some are written.
    const bool second = entry.written == 1 && !entry.queued;
    const bool wanted = second && push(key, entry);
    remind(entry);
    return wanted ? EventVerdict::Queued : EventVerdict::Counted;
  }
  if (!take_token(who + " " + text.action, now)) return EventVerdict::RateLimited;
  if (queue_.size() >= kQueue) return EventVerdict::QueueFull;
  forget_oldest(series_, [](const Entry& e) { return e.last; });
  const std::uint64_t nanos = static_cast<std::uint64_t>(wall.time_since_epoch().count()) * 1000U + made_++ % 1000U;
  EventFacts facts{.key = event_key(about, nanos), .regarding = reference_to(about), .text = std::move(text), .first = wall, .last = wall};
  Entry& entry = series_.emplace(key, Entry{.facts = std::move(facts), .last = now, .written_at = now}).first->second;
  push(key, entry);
  remind(entry);
  return EventVerdict::Queued;
}

std::optional<EventSeries::Write> EventSeries::next() {
  while (!queue_.empty()) {
    const Key key = std::move(queue_.front());
    queue_.pop_front();
    const auto found = series_.find(key);
    if (found == series_.end()) continue;  // forgotten meanwhile
    found->second.queued = false;
    return Write{key, found->second.facts, found->second.written > 0};
  }
  return std::nullopt;
}

void EventSeries::put_back(const Write& write) {
  const auto found = series_.find(write.key);
  if (found == series_.end() || found->second.queued) return;
  found->second.queued = true;
  queue_.push_front(write.key);
}

void EventSeries::written(const Write& write, TimePoint now) {
  const auto found = series_.find(write.key);
  if (found == series_.end()) return;
  Entry& entry = found->second;
  entry.written = write.facts.count;
  entry.written_at = now;
  if (entry.finishing && entry.facts.count == entry.written) {
    series_.erase(found);
    return;
  }
  if (entry.written == 1 && entry.facts.count > 1) push(write.key, entry);  // the second came while the first was on its way
  remind(entry);
}

void EventSeries::refused(const Write& write) {
  const auto found = series_.find(write.key);
  if (found != series_.end() && !found->second.queued) series_.erase(found);
}

void EventSeries::sweep(TimePoint now) {
  due_ = TimePoint::max();
  for (auto it = series_.begin(); it != series_.end();) {
    Entry& entry = it->second;
    const bool silent = now - entry.last >= kFinish;
    const bool unsaid = entry.facts.count > entry.written && entry.written > 0;
    if (entry.queued || (entry.written == 0 && !silent)) {
      ++it;
      continue;
    }
    if (silent && !unsaid) {
      it = series_.erase(it);
      continue;
    }
    if (silent || (unsaid && now - entry.written_at >= kRefresh)) {
      entry.finishing = silent;
      if (!push(it->first, entry)) due_ = std::min(due_, now + kLater);
    } else {
      remind(entry);
    }
    ++it;
  }
}

void EventSeries::queue_counts() {
  for (auto& [key, entry] : series_)
    if (entry.facts.count != entry.written) push(key, entry);
}

}  // namespace slipway::runtime
