// The part of the Kubernetes API that a controller uses: discovery, list, watch, WatchList, get, status patches. And, beside it, the benchmark's own:
//   POST /bench/start?rate=R&seconds=S    emit events
//   GET  /bench/result                    wait for the last patch; the latencies
#pragma once

#include "pkg/async/task_group.h"
#include "test/bench/runtime/server/world.h"

namespace slipway::bench {

struct ApiOptions {
  bool watch_list = true;  // false: sendInitialEvents is refused with 422, as a server without the feature does, and clients list
  std::chrono::milliseconds patch_delay{0};
};

class Api {
 public:
  Api(World& world, async::TaskGroup& tasks, ApiOptions options) : world_(world), tasks_(tasks), options_(options) {}
  async::Awaitable<net::Response> handle(net::Request request);

 private:
  async::Awaitable<net::Response> control(std::string path, net::Target target);
  net::Response read(std::size_t kind, std::string_view name, const net::Target& target);
  net::Response list(const Kind& kind, const net::Target& target);
  async::Awaitable<net::Response> patch(std::size_t kind, std::string name, std::string body);
  net::Response discovery(std::string_view path);

  World& world_;
  async::TaskGroup& tasks_;
  ApiOptions options_;
};

}  // namespace slipway::bench
