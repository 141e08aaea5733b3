// bench_client: one case of the benchmarks, with our runtime. Prints a RESULT line.
//   --case sync|latency|throughput|idle|queue|load --kubeconfig FILE [--kinds N] [--health HOST:PORT] and the case's own:
//   sync: --settle SECONDS; latency: --rate N --seconds N; throughput: --workers N; idle: --controllers N --seconds N (0: until a signal); queue: --batch N;
//   load: --objects N --size BYTES (fills a real server)
#include <csignal>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

#include "pkg/log/log.h"
#include "test/bench/runtime/client/rig.h"

namespace {

using namespace slipway;

const std::map<std::string, bench::Case>& cases() {
  static const std::map<std::string, bench::Case> all{{"sync", bench::sync_case}, {"latency", bench::latency_case}, {"throughput", bench::throughput_case},
                                                      {"idle", bench::idle_case}, {"queue", bench::queue_case},     {"load", bench::load_case}};
  return all;
}

async::Awaitable<void> root(bench::Rig* rig) {
  auto ran = co_await rig->manager.run();
  bench::must(ran);
  co_await rig->cache->stop();
  if (rig->client) rig->client->close();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  bench::Flags flags(argc, argv);
  const std::string name = flags.required("case");
  const auto found = cases().find(name);
  if (found == cases().end()) bench::die("no such case: " + name);
  log::configure(log::Level::Error, log::Format::Text);

  boost::asio::io_context io{1};
  const std::string kubeconfig = flags.text("kubeconfig");
  const auto kinds = static_cast<std::size_t>(flags.number("kinds", 0));
  const std::string health = flags.text("health", "0");
  bench::Rig rig(io, kubeconfig, kinds, health);
  if (name == "latency") bench::prepare_latency(rig);
  if (name == "throughput") bench::prepare_throughput(rig, static_cast<std::size_t>(flags.number("workers", 1)));
  if (name == "idle") bench::prepare_idle(rig, static_cast<std::size_t>(flags.number("controllers", 10)));
  rig.manager.add_task(name, [&] { return found->second(&rig, &flags); });

  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code ec, int) {
    if (!ec) rig.manager.stop();
  });
  boost::asio::co_spawn(io, root(&rig), [&](std::exception_ptr failure) {
    signals.cancel();
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
  flags.end();
}
