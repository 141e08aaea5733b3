// The clusters that reconciles deal with besides the hub: for each one client, one set of caches and one mapper, kept as long as their owner needs them.
//
// Flow: a reconcile connects a cluster as soon as it has a way in (a kubeconfig), and drops it when it is gone; changes inside call the listeners, which map
// them to keys. Connecting again with the same kubeconfig does nothing; with another one, the old connection is replaced. Thread: the loop's only. Everything
// is stopped by stop(); what was dropped is stopped in the background.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "controllers/cluster_view.h"
#include "pkg/async/task_group.h"
#include "pkg/kube/config.h"
#include "pkg/kube/mapper.h"
#include "pkg/runtime/cache.h"

namespace slipway::controllers {

using ClientFactory = std::function<Result<std::shared_ptr<kube::Client>>(const kube::ClusterConfig&)>;

struct RemoteId {
  std::string owner_uid;
  Role role = Role::Target;
  friend auto operator<=>(const RemoteId&, const RemoteId&) = default;
};

// How long a cluster that was read may fail to answer before somebody is told.
inline constexpr std::chrono::seconds kOutagePatience{20};
// How long a cluster that was just connected may take to fill its caches before somebody is told.
inline constexpr std::chrono::seconds kSettling{10};

class Remote {
 public:
  Remote(RemoteId id, ObjectKey owner, std::shared_ptr<kube::Client> client, async::Executor executor, std::string instance);
  [[nodiscard]] const RemoteId& id() const noexcept { return id_; }
  [[nodiscard]] const ObjectKey& owner() const noexcept { return owner_; }
  [[nodiscard]] const std::string& instance() const noexcept { return instance_; }
  [[nodiscard]] std::shared_ptr<kube::Client> client() const { return client_; }
  [[nodiscard]] kube::Mapper& mapper() noexcept { return mapper_; }
  // From now on part of the view; again: no effect.
  void watch_secret(const ObjectKey& key);
  void watch_pods(const std::string& ns);
  void watch(const Gvr& gvr, runtime::InformerOptions options = {});
  // The store that shows that object; null where nothing watches it.
  [[nodiscard]] runtime::Store* store_of(const Gvr& gvr, const ObjectKey& key) const;
  // Everything that is cached, now.
  [[nodiscard]] ClusterView view();
  async::Awaitable<void> stop() { return cache_.stop(); }

  using Change = std::function<void(const Remote&, const Gvr&, const runtime::Change*)>;
  void on_change(std::shared_ptr<const std::vector<Change>> listeners) { listeners_ = std::move(listeners); }

 private:
  struct Watched {
    Gvr gvr;
    runtime::Store* store;
    std::string ns;    // only that namespace; empty: all
    std::string name;  // only that name; empty: all
    bool by_label;     // what it shows does not follow from the key
  };
  void notify(const Gvr& gvr, const runtime::Change* change);
  void notice_outage();

  RemoteId id_;
  ObjectKey owner_;
  std::shared_ptr<kube::Client> client_;
  std::string instance_;
  kube::Mapper mapper_;
  runtime::ClusterCache cache_;
  std::vector<Watched> watched_;
  std::set<std::tuple<Gvr, std::string, std::string>> known_;
  std::shared_ptr<const std::vector<Change>> listeners_;
  async::TimePoint connected_at_;
  bool was_synced_ = false;
  bool in_outage_ = false;
};

class RemoteClusters {
 public:
  RemoteClusters(async::Executor executor, ClientFactory factory);
  // Called for every change in any remote cluster, and with null when one of its caches is filled. Before the first connect().
  void on_change(Remote::Change listener);
  // Called with the instance of a connection that is given up.
  void on_drop(std::function<void(const std::string&)> handler) { dropped_ = std::move(handler); }
  // Errors: Invalid, where the kubeconfig cannot be used.
  Result<std::shared_ptr<Remote>> connect(const RemoteId& id, const ObjectKey& owner, const kube::ClusterConfig& config);
  // The same for a client that is there already (the hub as a bootstrap or management cluster); it is not closed.
  std::shared_ptr<Remote> adopt(const RemoteId& id, const ObjectKey& owner, std::shared_ptr<kube::Client> client);
  [[nodiscard]] std::shared_ptr<Remote> find(const RemoteId& id) const;
  void drop(const RemoteId& id);
  void drop_all(const std::string& owner_uid);
  async::Awaitable<void> stop();
  [[nodiscard]] std::size_t size() const noexcept { return remotes_.size(); }

 private:
  struct Entry {
    std::shared_ptr<Remote> remote;
    std::uint64_t fingerprint = 0;
    bool close = true;
  };
  std::shared_ptr<Remote> start(const RemoteId& id, const ObjectKey& owner, std::shared_ptr<kube::Client> client, std::uint64_t fingerprint, bool close);
  void retire(Entry entry);

  async::Executor executor_;
  ClientFactory factory_;
  async::TaskGroup tasks_;
  std::map<RemoteId, Entry> remotes_;
  std::shared_ptr<std::vector<Remote::Change>> listeners_ = std::make_shared<std::vector<Remote::Change>>();
  std::function<void(const std::string&)> dropped_;
  std::uint64_t serial_ = 0;
};

}  // namespace slipway::controllers
