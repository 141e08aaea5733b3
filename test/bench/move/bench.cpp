#include "test/bench/move/bench.h"

#include <boost/asio/co_spawn.hpp>

#include "pkg/kube/config.h"

namespace slipway::bench {
namespace {

constexpr std::size_t kWritesInFlight = 256;

}  // namespace

std::shared_ptr<kube::Client> Bench::connect(const std::string& kubeconfig) {
  auto config = kube::load_config(kubeconfig);
  if (!config) die(config.error().message());
  kube::ClientOptions options;
  options.user_agent = "bench-move";
  options.request_timeout = std::chrono::seconds(120);
  options.writes_in_flight = kWritesInFlight;
  auto client = kube::connect(io.get_executor(), clock, *config, options);
  if (!client) die(client.error().message());
  return *client;
}

void Bench::run(Awaitable<Status> command) {
  boost::asio::co_spawn(io, std::move(command), [this](std::exception_ptr failure, Status status) {
    if (failure) std::rethrow_exception(failure);
    if (!status) die(status.error().message());
    io.stop();
  });
  io.run();
}

bool is_done_already(const Error& error) { return error.is(Disposition::NotFound) || error.is(Disposition::Conflict) || error.is(Disposition::AlreadyExists); }

}  // namespace slipway::bench
