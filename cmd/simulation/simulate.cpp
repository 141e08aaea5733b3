// `slipway simulate`: the world alone, until stopped. For an operator in a process of its own, which may then be killed at will.
#include <iostream>

#include "cmd/simulation/world.h"

namespace slipway::cmd {
namespace {

async::Awaitable<int> simulate(Process& process, WorldFlags flags) {
  auto setup = co_await start_world(process, flags);
  if (!setup) {
    std::cerr << "slipway simulate: " << setup.error().message() << "\n";
    co_return 2;
  }
  std::cout << "hub ready at " << setup->client->server() << "\n"
            << "  KUBECONFIG " << setup->kubeconfig << "\n"
            << "  next: slipway operator --kubeconfig " << setup->kubeconfig << "\n"
            << "        kubectl --kubeconfig " << setup->kubeconfig << " apply -f " << setup->config_dir << "/samples/demo/\n"
            << "Ctrl-C ends it." << std::endl;
  const auto stopped = co_await process.stop.wait(process.clock);
  static_cast<void>(stopped);
  setup->client->close();
  co_await setup->world->stop();
  co_return 0;
}

}  // namespace

int run_simulate(const WorldFlags& flags) {
  if (auto logs = configure_logs(flags.log); !logs) {
    std::cerr << "slipway simulate: " << logs.error().message() << "\n";
    return 2;
  }
  Process process;
  return process.run(simulate(process, flags));
}

}  // namespace slipway::cmd
