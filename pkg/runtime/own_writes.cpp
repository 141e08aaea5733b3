#include "pkg/runtime/own_writes.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "pkg/kube/resource_version.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/runtime/forwarding_client.h"

namespace slipway::runtime {
namespace {

metrics::Counter& counter(const std::string& name, const std::string& help, const std::string& controller) {
  return metrics::registry().counter(name, help, {{"controller", controller}});
}

}  // namespace

struct OwnWrites::State : std::enable_shared_from_this<State> {
  State(const std::string& n, async::Executor e, async::Clock& c)
      : name(n),
        executor(std::move(e)),
        clock(c),
        parked(counter("slipway_stale_cache_parked_total", "Reconciles that waited for a write of their own to come back", n)),
        timeouts(counter("slipway_stale_cache_timeouts_total", "Reconciles that ran although a write of their own had not come back in time", n)) {}

  // Shorter is older, equal length compares as text: the order of resourceVersions as a key.
  using Version = std::pair<std::size_t, std::string>;
  static Version version_key(std::string_view version) { return {version.size(), std::string(version)}; }

  // One a store, owned by the store's handler: where it is gone, so is the store. Who waits is found by version, so that an event costs nothing to others.
  struct Feed {
    Feed(Store& s, std::weak_ptr<State> o) : store(s), owner(std::move(o)) {}
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    ~Feed() { tell(true); }  // the store is half gone: it is not asked anything any more
    Store& store;
    std::weak_ptr<State> owner;
    std::multimap<Version, ObjectKey> versions;
    std::set<ObjectKey> removals;

    void tell(bool all = false) {
      const auto s = owner.lock();
      if (!s || (versions.empty() && removals.empty())) return;
      const auto end = all ? versions.end() : reached();
      std::vector<ObjectKey> keys(removals.begin(), removals.end());
      for (auto it = versions.begin(); it != end; ++it) keys.push_back(it->second);
      versions.erase(versions.begin(), end);
      for (const ObjectKey& key : keys) s->look_again(key, *this);
    }
    [[nodiscard]] std::multimap<Version, ObjectKey>::iterator reached() {
      const std::string& now = store.resource_version();
      const bool unordered = !now.empty() && !kube::compare_resource_versions(now, now);
      return unordered ? versions.end() : versions.upper_bound(version_key(now));
    }
  };
  struct Removal {
    ObjectKey object;
    std::string uid;
  };
  struct Expected {  // of one store
    std::weak_ptr<Feed> feed;
    std::string version;  // the newest that was written; empty: none
    std::vector<Removal> removals;
  };
  struct Owner {
    std::map<Store*, Expected> expected;
    std::shared_ptr<void> timer;  // set: parked
  };

  std::string name;
  async::Executor executor;
  async::Clock& clock;
  metrics::Counter& parked;
  metrics::Counter& timeouts;
  std::function<void(const ObjectKey&)> release;
  std::map<Store*, std::weak_ptr<Feed>> feeds;
  std::map<ObjectKey, Owner> owners;

  std::shared_ptr<Feed> feed_of(Store& store) {
    if (auto feed = feeds[&store].lock()) return feed;
    std::erase_if(feeds, [](const auto& f) { return f.second.expired(); });
    auto feed = std::make_shared<Feed>(store, weak_from_this());
    feeds[&store] = feed;
    store.on_progress([feed] { feed->tell(); });
    return feed;
  }

  Expected& expect(const ObjectKey& owner, Store& store) {
    const std::shared_ptr<Feed> feed = feed_of(store);
    Expected& expected = owners[owner].expected[&store];
    if (expected.feed.lock() != feed) expected = Expected{.feed = feed, .version = {}, .removals = {}};
    return expected;
  }

  static bool gone(const Store& store, const Removal& removal) {
    const ObjectPtr held = store.get(removal.object);
    return !held || kube::uid_of(*held) != removal.uid || kube::is_deleting(*held);
  }

  // Drops what has been seen; true where nothing is left.
  static bool seen(Expected& expected) {
    const auto feed = expected.feed.lock();
    if (!feed) return true;
    const Store& store = feed->store;
    if (!expected.version.empty() && !store.resource_version().empty()) {
      const auto order = kube::compare_resource_versions(store.resource_version(), expected.version);
      if (!order || *order >= 0) expected.version.clear();
    }
    std::erase_if(expected.removals, [&](const Removal& r) { return gone(store, r); });
    return expected.version.empty() && expected.removals.empty();
  }

  bool settled(std::map<ObjectKey, Owner>::iterator at) {
    auto& expected = at->second.expected;
    for (auto e = expected.begin(); e != expected.end();) e = seen(e->second) ? expected.erase(e) : std::next(e);
    if (!expected.empty()) return false;
    owners.erase(at);
    return true;
  }

  void look_again(const ObjectKey& key, Feed& feed) {
    const auto at = owners.find(key);
    if (at == owners.end()) {
      feed.removals.erase(key);
      return;
    }
    const bool parked_here = at->second.timer != nullptr;
    if (!settled(at)) {
      const auto expected = at->second.expected.find(&feed.store);
      if (expected == at->second.expected.end() || expected->second.removals.empty()) feed.removals.erase(key);
      return;
    }
    feed.removals.erase(key);
    if (parked_here && release) release(key);
  }

  void give_up(const ObjectKey& key) {
    const auto at = owners.find(key);
    if (at == owners.end()) return;
    timeouts.add();
    log::warn("a write has not come back through the watch in time", {{"controller", name}, {"namespace", key.ns}, {"name", key.name}});
    const std::shared_ptr<void> timer = std::move(at->second.timer);  // we are called from it
    owners.erase(at);
    if (release) release(key);
  }

  void park(const ObjectKey& key, Owner& owner) {
    if (owner.timer) return;
    parked.add();
    owner.timer = clock.schedule(executor, clock.now() + kStaleLimit, [weak = weak_from_this(), key] {
      if (const auto s = weak.lock()) s->give_up(key);
    });
  }
};

OwnWrites::OwnWrites(const std::string& controller, async::Executor executor, async::Clock& clock)
    : state_(std::make_shared<State>(controller, std::move(executor), clock)) {}
OwnWrites::~OwnWrites() = default;

void OwnWrites::on_release(std::function<void(const ObjectKey&)> handler) { state_->release = std::move(handler); }

void OwnWrites::wrote(const ObjectKey& owner, Store& store, const kube::Object& answer) {
  const auto version = kube::resource_version_of(answer);
  if (!kube::compare_resource_versions(version, version)) return;  // not one of a kind that can be waited for
  State::Expected& expected = state_->expect(owner, store);
  const auto order = kube::compare_resource_versions(version, expected.version);
  if (order && *order <= 0) return;
  expected.version = version;
  if (const auto feed = expected.feed.lock()) feed->versions.emplace(State::version_key(version), owner);
}

void OwnWrites::removed(const ObjectKey& owner, Store& store, const ObjectKey& object, std::string uid) {
  const ObjectPtr held = store.get(object);
  if (!held) return;
  if (uid.empty()) uid = kube::uid_of(*held);
  State::Expected& expected = state_->expect(owner, store);
  expected.removals.push_back({object, std::move(uid)});
  if (const auto feed = expected.feed.lock()) feed->removals.insert(owner);
}

bool OwnWrites::caught_up(const ObjectKey& owner) {
  const auto at = state_->owners.find(owner);
  if (at == state_->owners.end()) return true;
  if (state_->settled(at)) return true;
  state_->park(owner, at->second);
  return false;
}

void OwnWrites::forget(const ObjectKey& owner) { state_->owners.erase(owner); }

std::size_t OwnWrites::waiting() const noexcept { return state_->owners.size(); }

namespace {

struct Recorder {
  std::weak_ptr<OwnWrites> writes;
  ObjectKey owner;
  StoreOf store_of;

  void wrote(const kube::GroupVersionResource& gvr, const kube::Object& answer) const {
    const auto w = writes.lock();
    const ObjectKey key = kube::key_of(answer);
    Store* store = w ? store_of(gvr, key) : nullptr;
    if (store != nullptr) w->wrote(owner, *store, answer);
  }
  void removed(const kube::GroupVersionResource& gvr, const ObjectKey& key, std::string uid) const {
    const auto w = writes.lock();
    Store* store = w ? store_of(gvr, key) : nullptr;
    if (store != nullptr) w->removed(owner, *store, key, std::move(uid));
  }
};

using Written = async::Awaitable<Result<kube::Object>>;

Written record(Recorder recorder, kube::GroupVersionResource gvr, bool dry_run, Written call) {
  Result<kube::Object> answer = co_await std::move(call);
  if (answer && !dry_run) recorder.wrote(gvr, *answer);
  co_return answer;
}

Written record_removal(Recorder recorder, kube::GroupVersionResource gvr, ObjectKey key, std::string uid, bool dry_run, Written call) {
  Result<kube::Object> answer = co_await std::move(call);
  if (answer && !dry_run) recorder.removed(gvr, key, std::move(uid));
  co_return answer;
}

class RecordingClient final : public ForwardingClient {
 public:
  RecordingClient(std::shared_ptr<kube::Client> inner, Recorder recorder) : ForwardingClient(std::move(inner)), recorder_(std::move(recorder)) {}
  Written create(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    const bool dry = options.dry_run;
    return record(recorder_, gvr, dry, inner().create(gvr, std::move(object), std::move(options)));
  }
  Written update(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    const bool dry = options.dry_run;
    return record(recorder_, gvr, dry, inner().update(gvr, std::move(object), std::move(options)));
  }
  Written patch(kube::GroupVersionResource gvr, ObjectKey key, kube::PatchType type, json::Value body, kube::PatchOptions options) override {
    const bool dry = options.dry_run;
    return record(recorder_, gvr, dry, inner().patch(gvr, std::move(key), type, std::move(body), std::move(options)));
  }
  Written remove(kube::GroupVersionResource gvr, ObjectKey key, kube::DeleteOptions options) override {
    const bool dry = options.dry_run;
    std::string uid = options.uid;
    return record_removal(recorder_, gvr, key, std::move(uid), dry, inner().remove(gvr, key, std::move(options)));
  }

 private:
  Recorder recorder_;
};

}  // namespace

std::shared_ptr<kube::Client> recording_client(std::shared_ptr<kube::Client> client, std::shared_ptr<OwnWrites> writes, ObjectKey owner, StoreOf store_of) {
  return std::make_shared<RecordingClient>(std::move(client), Recorder{writes, std::move(owner), std::move(store_of)});
}

}  // namespace slipway::runtime
