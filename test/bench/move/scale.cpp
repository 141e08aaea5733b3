// How planning grows: kubesim in a process of its own, so that what is measured of the other one is the mover alone.
#include <fstream>
#include <iostream>

#include <boost/asio/signal_set.hpp>

#include "pkg/kube/config.h"
#include "pkg/kubesim/server.h"
#include "pkg/pivot/pivot.h"
#include "test/bench/move/bench.h"

namespace slipway::bench {
namespace {

Awaitable<Status> plan_it(std::shared_ptr<kube::Client> source, pivot::Options options) {
  Result<pivot::Plan> plan = co_await pivot::plan(source, options);
  if (!plan) co_return fail(std::move(plan).error());
  const auto moved = std::ranges::count(plan->objects, pivot::Fate::Move, &pivot::PlannedObject::fate);
  Report report;
  report.add("objects", static_cast<std::int64_t>(plan->objects.size()));
  report.add("moved", static_cast<std::int64_t>(moved));
  report.print();
  co_return Status();
}

}  // namespace

void simulate(Flags& flags) {
  Bench bench;
  kubesim::ApiServer server(bench.io.get_executor(), bench.clock);
  auto port = server.listen();
  if (!port) die(port.error().message());
  std::ofstream(flags.required("kubeconfig")) << kube::write_kubeconfig(server.admin_config(), "kubesim");
  std::cout << *port << std::endl;
  boost::asio::signal_set signals(bench.io, SIGINT, SIGTERM);
  signals.async_wait([](boost::system::error_code, int) { std::_Exit(0); });
  bench.io.run();
}

void plan(Flags& flags) {
  Bench bench;
  pivot::Options options;
  options.id = "plan";
  options.journal_namespace = "slipway-system";
  bench.run(plan_it(bench.connect(flags.required("kubeconfig")), options));
}

}  // namespace slipway::bench
