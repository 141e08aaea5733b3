// bench_server: a mock API server for benchmarks, over TLS on loopback. Writes DIR/kubeconfig, says "listening" on stdout, and serves until it is killed.
//   --dir DIR [--objects N] [--size BYTES] [--kinds N] [--seed N] [--watch-list yes|no] [--patch-delay MS] [--bookmarks SECONDS]
#include <cstdio>
#include <fstream>

#include <boost/asio/io_context.hpp>

#include "pkg/kube/config.h"
#include "pkg/net/pki.h"
#include "pkg/net/server.h"
#include "test/bench/runtime/common/flags.h"
#include "test/bench/runtime/server/api.h"

namespace {

using namespace slipway;

template <class T>
T must(Result<T> result) {
  if (!result) bench::die(result.error().message());
  return std::move(*result);
}

// The server's certificate and, for the kubeconfig, the CA's.
struct Certificates {
  net::KeyPair ca;
  net::KeyPair server;
};
Certificates make_certificates() {
  Certificates out;
  out.ca = must(net::make_ca("bench"));
  net::CertificateRequest request;
  request.common_name = "bench";
  request.ip_addresses = {"127.0.0.1"};
  request.server_auth = true;
  out.server = must(net::issue_certificate(out.ca, request));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Flags flags(argc, argv);
  const std::string dir = flags.required("dir");
  const auto objects = static_cast<std::size_t>(flags.number("objects", 1000));
  const auto size = static_cast<std::size_t>(flags.number("size", 11000));
  const auto kinds = static_cast<std::size_t>(flags.number("kinds", 0));
  const auto seed = static_cast<std::uint64_t>(flags.number("seed", 1));
  const std::chrono::seconds bookmarks(flags.number("bookmarks", 60));
  bench::ApiOptions options;
  options.watch_list = flags.text("watch-list", "yes") == "yes";
  options.patch_delay = std::chrono::milliseconds(flags.number("patch-delay", 0));
  flags.end();

  boost::asio::io_context io{1};
  async::RealClock clock;
  bench::World world(io.get_executor(), clock, bench::make_objects(objects, size, seed), kinds);
  async::TaskGroup tasks(io.get_executor());
  bench::Api api(world, tasks, options);

  const Certificates certificates = make_certificates();
  net::ServerOptions listen;
  listen.tls = std::make_unique<net::ServerTls>();
  listen.tls->cert_pem = certificates.server.cert_pem;
  listen.tls->key_pem = certificates.server.key_pem;
  const auto server =
      must(net::Server::listen(io.get_executor(), clock, std::move(listen), [&api](net::Request request) { return api.handle(std::move(request)); }));
  tasks.spawn("bookmarks", world.bookmarks(bookmarks));

  kube::ClusterConfig config;
  config.server = "https://127.0.0.1:" + std::to_string(server->port());
  config.ca_pem = certificates.ca.cert_pem;
  config.token = "bench";
  std::ofstream(dir + "/kubeconfig") << kube::write_kubeconfig(config, "bench");
  const std::size_t bytes = world.objects().empty() ? 0 : world.objects().front().body.size();
  std::printf("listening on %s: %zu kinds with %zu objects of %zu bytes\n", config.server.c_str(), world.kinds().size(), objects, bytes);
  std::fflush(stdout);
  io.run();
}
