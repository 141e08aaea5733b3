#include "test/bench/runtime/client/rig.h"

#include <array>
#include <cstdio>

#include "pkg/kube/config.h"

namespace slipway::bench {
namespace {

std::shared_ptr<kube::Client> connect(async::Executor executor, async::Clock& clock, const std::string& kubeconfig) {
  if (kubeconfig.empty()) return nullptr;  // the queue needs no server
  auto config = kube::load_config(kubeconfig);
  if (!config) die(config.error().message());
  kube::ClientOptions options;
  options.user_agent = "bench";
  options.request_timeout = std::chrono::minutes(5);  // the answer to /bench/result comes when the events are over
  auto client = kube::connect(executor, clock, *config, options);
  if (!client) die(client.error().message());
  return std::move(*client);
}

runtime::ManagerOptions manager_options(std::string health_address) {
  runtime::ManagerOptions options;
  options.metrics_address = "0";
  options.health_address = std::move(health_address);
  return options;
}

kube::GroupVersionResource resource(std::size_t i) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "kind%03zus", i);
  return {"bench.slipway.dev", "v1", name.data(), true};
}

}  // namespace

Rig::Rig(boost::asio::io_context& io, const std::string& kubeconfig, std::size_t kinds, std::string health_address)
    : executor(io.get_executor()),
      client(connect(executor, clock, kubeconfig)),
      cache(std::make_shared<runtime::ClusterCache>(client, executor, "bench")),
      manager(executor, clock, manager_options(std::move(health_address))) {
  if (client == nullptr) return;
  if (kinds == 0) resources.push_back(kube::res::kPods);
  for (std::size_t i = 0; i < kinds; ++i) resources.push_back(resource(i));
  for (const auto& gvr : resources) stores.push_back(&cache->informer(gvr));
  manager.add(cache);
}

void must(const Status& status) {
  if (!status) die(status.error().message());
}

async::Awaitable<void> wait_synced(Rig* rig) {
  auto synced = co_await rig->cache->wait_synced(rig->clock.after(std::chrono::minutes(3)));
  must(synced);
}

}  // namespace slipway::bench
