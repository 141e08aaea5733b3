// Gathers what the steps read: caches of the hub and of the remote clusters, the bootstrap driver's view, the journal of the pivot. Connects a remote cluster
// as soon as there is a way in, and lets go of it when it is gone. Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/certificates.h"
#include "controllers/managementcluster/observed.h"
#include "controllers/managementcluster/pivot_runner.h"
#include "controllers/managementcluster/sources.h"
#include "controllers/remote_clusters.h"

namespace slipway::controllers::managementcluster {

struct HubCaches {
  runtime::Store* requests = nullptr;
  runtime::Store* workloads = nullptr;
  runtime::Store* secrets = nullptr;
  runtime::Store* config_maps = nullptr;
  runtime::Store* simulated = nullptr;
};

class Observer {
 public:
  Observer(async::Executor executor, std::shared_ptr<kube::Client> hub, HubCaches caches, RemoteClusters& remotes, PivotRunner& pivots,
           const AppliedMemory& applied, ComponentFetcher& fetcher);
  // Errors: retryable ones of the driver and of reading a journal.
  async::Awaitable<Result<Observed>> observe(ObjectPtr self, std::shared_ptr<const api::ManagementClusterRequest> request);
  // The hub's part only: touches no other cluster.
  async::Awaitable<Observed> observe_hub(ObjectPtr self, std::shared_ptr<const api::ManagementClusterRequest> request);
  void forget(const std::string& uid);
  void ask_bootstrap_again(const std::string& uid) { seen_.erase(uid); }

  [[nodiscard]] bootstrap::Context context_of(const Object& self, const api::ManagementClusterRequest& request) const;

 private:
  struct SeenBootstrap {
    std::string stamp;
    bootstrap::State state;
  };
  [[nodiscard]] Observed see_hub(ObjectPtr self, const api::ManagementClusterRequest& request);
  async::Awaitable<Status> see_bootstrap(ObjectPtr self, std::shared_ptr<const api::ManagementClusterRequest> request, Observed* out);
  async::Awaitable<void> resolve(std::shared_ptr<const api::ManagementClusterRequest> request, Observed* out);
  void take_out_cert_manager(const api::ManagementClusterRequest& request, Observed& out);
  void connect_bootstrap(const Object& self, const api::ManagementClusterRequest& request, Observed& out);
  void connect_target(const Input& in, Observed& out);
  async::Awaitable<Status> read_journals(ObjectPtr self, std::shared_ptr<const api::ManagementClusterRequest> request, Observed* out);
  [[nodiscard]] std::string stamp_of(bootstrap::Kind kind, const api::ManagementClusterRequest& request) const;
  static async::Awaitable<Result<std::pair<int, std::optional<pivot::Progress>>>> last_journal(std::shared_ptr<kube::Client> source,
                                                                                               std::shared_ptr<kube::Client> target,
                                                                                               std::shared_ptr<const api::ManagementClusterRequest> request,
                                                                                               Direction direction);

  async::Executor executor_;
  std::shared_ptr<kube::Client> hub_;
  HubCaches caches_;
  RemoteClusters& remotes_;
  PivotRunner& pivots_;
  const AppliedMemory& applied_;
  Sources sources_;
  WithoutCertManager without_cert_manager_;
  std::map<std::string, SeenBootstrap> seen_;  // by UID
};

// The Pods of what is installed say why a Deployment is not available.
void watch_components(Remote& remote, const Observed& observed);
// The pivot's options for a request: the same id resumes the same move; an attempt after one that was undone is another move.
[[nodiscard]] pivot::Options pivot_options(const api::ManagementClusterRequest& request, Direction direction, int attempt);

}  // namespace slipway::controllers::managementcluster
