// What every case stands on, put together as the operator does: one loop, a client, a cache, a manager.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "pkg/runtime/manager.h"
#include "test/bench/runtime/common/flags.h"
#include "test/bench/runtime/common/measure.h"

namespace slipway::bench {

struct Rig {
  // Ends the process with a sentence where the kubeconfig is of no use. kinds 0: Pods; else kind000s, kind001s, ... of the mock server.
  Rig(boost::asio::io_context& io, const std::string& kubeconfig, std::size_t kinds, std::string health_address);

  async::RealClock clock;
  async::Executor executor;
  std::shared_ptr<kube::Client> client;
  std::shared_ptr<runtime::ClusterCache> cache;
  runtime::Manager manager;
  std::vector<kube::GroupVersionResource> resources;
  std::vector<runtime::Store*> stores;
  double began_ms = wall_ms();

  [[nodiscard]] runtime::Store& store() { return *stores.front(); }
};

using Case = async::Awaitable<void> (*)(Rig*, Flags*);  // a task of the manager; it stops the manager at its end

async::Awaitable<void> sync_case(Rig* rig, Flags* flags);
async::Awaitable<void> latency_case(Rig* rig, Flags* flags);
async::Awaitable<void> throughput_case(Rig* rig, Flags* flags);
async::Awaitable<void> idle_case(Rig* rig, Flags* flags);
async::Awaitable<void> queue_case(Rig* rig, Flags* flags);
async::Awaitable<void> load_case(Rig* rig, Flags* flags);

// Controllers of their own shape are added before the manager runs.
void prepare_latency(Rig& rig);
void prepare_throughput(Rig& rig, std::size_t workers);
void prepare_idle(Rig& rig, std::size_t controllers);

// Ends the process where it is an error.
void must(const Status& status);
async::Awaitable<void> wait_synced(Rig* rig);

}  // namespace slipway::bench
