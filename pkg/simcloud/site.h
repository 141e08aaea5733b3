// One API server of the world and the controllers that act on it. Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pkg/runtime/cache.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/sim_controller.h"
#include "pkg/simcloud/webhook_servers.h"

namespace slipway::simcloud {

class Site {
 public:
  // `name` is the server's in the world; a borrowed one is somebody else's, and may call webhooks. The services outlive the site.
  Site(Services& services, std::string name, std::shared_ptr<kube::Client> client, bool borrowed);
  ~Site();  // stop() first
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void start();                   // watches CRDs and Deployments; each controller starts when its kind is served
  async::Awaitable<void> stop();  // waits for every reconcile in flight

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] kube::Client& client() noexcept { return *client_; }
  [[nodiscard]] bool serves(const Gvr& gvr) const { return stores_.contains(gvr); }
  [[nodiscard]] WebhookServers* webhooks() noexcept { return webhooks_.get(); }  // null where the server is not borrowed
  [[nodiscard]] runtime::Store* store(const Gvr& gvr) const;
  [[nodiscard]] async::TimePoint first_seen(const std::string& what);  // now, on the first call
  // Work that is done once: a marker set when it succeeded.
  void mark_done(std::string what) { done_.insert(std::move(what)); }
  [[nodiscard]] bool is_done(const std::string& what) const { return done_.contains(what); }

 private:
  struct Running {
    SimController spec;
    std::unique_ptr<runtime::Controller> controller;
    std::set<Gvr> reads;         // the stores that must be synced before it acts
    std::vector<bool> watching;  // by index of spec.watches
    bool gated = false;          // its Clusters are watched
  };
  void on_crd(const runtime::Change& change);
  void serve(const Gvr& gvr);
  void try_start(Running& running);
  void begin(Running& running);
  void attach(Running& running, const Gvr& gvr, const Map& map);
  void watch_manager(Running& running);
  void enqueue_all(Running& running);
  [[nodiscard]] bool synced(const Running& running) const;
  [[nodiscard]] bool is_managed(const SimController& spec) const;  // by a Deployment that is Available
  static Reconciled run_one(Site* site, Running* running, ObjectKey key);

  Services& services_;
  std::string name_;
  std::shared_ptr<kube::Client> client_;
  runtime::ClusterCache cache_;
  async::TaskGroup group_;
  std::unique_ptr<WebhookServers> webhooks_;
  std::map<Gvr, runtime::Store*> stores_;  // what is served and watched
  std::set<Gvr> wanted_;                   // what some controller reads
  std::vector<std::unique_ptr<Running>> running_;
  std::map<std::string, async::TimePoint> seen_;
  std::set<std::string> done_;
};

}  // namespace slipway::simcloud
