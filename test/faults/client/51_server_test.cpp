// Scenarios 51, 52 and 55, of our own server: certificates replaced under it, requests that are too large or too slow, and no descriptors left.
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <sys/resource.h>

#include "pkg/metrics/metrics.h"
#include "pkg/net/detail/connection.h"
#include "test/faults/client/support.h"
#include "test/unit/net/pipe.h"
#include "test/unit/net/socket_world.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A folder as the kubelet makes it for a Secret: tls.crt -> ..data/tls.crt, ..data -> ..one; an update swaps ..data.
class SecretVolume {
 public:
  explicit SecretVolume(const net::KeyPair& pair) {
    swap(pair);
    for (const char* name : {"tls.crt", "tls.key"}) fs::create_symlink(fs::path("..data") / name, folder_.path() / name);
  }
  void swap(const net::KeyPair& pair) {
    const std::string version = ".." + std::to_string(++version_);
    fs::create_directory(folder_.path() / version);
    folder_.write(version + "/tls.crt", pair.cert_pem);
    folder_.write(version + "/tls.key", pair.key_pem);
    fs::create_symlink(version, folder_.path() / "..data_tmp");
    fs::rename(folder_.path() / "..data_tmp", folder_.path() / "..data");
  }
  [[nodiscard]] const Folder& folder() const noexcept { return folder_; }

 private:
  Folder folder_;
  int version_ = 0;
};

struct CertWorld : net::SocketWorld {
  net::KeyPair first = net::make_ca("first CA").value();
  net::KeyPair second = net::make_ca("second CA").value();

  void serve(const Folder& folder, async::Clock& on) {
    net::ServerOptions options;
    options.tls = std::make_unique<net::ServerTls>();
    options.tls->cert_file = folder.file("tls.crt");
    options.tls->key_file = folder.file("tls.key");
    auto made = net::Server::listen(loop.executor(), on, std::move(options), net::handler_of(state));
    if (!made) throw std::runtime_error(made.error().message());
    server = std::move(*made);
  }
  // Whether a new connection is met with a certificate of this CA.
  bool shows(const net::KeyPair& ca) {
    net::TransportOptions options;
    options.url = url("https");
    options.ca_pem = ca.cert_pem;
    const auto client = transport(std::move(options));
    const bool trusted = get(*client, "/").has_value();
    client->close();
    return trusted;
  }
  bool soon_shows(const net::KeyPair& ca) {
    const auto until = clock.now() + 20s;
    while (clock.now() < until)
      if (shows(ca)) return true;
    return false;
  }
};

TEST_CASE("51 a certificate that is replaced by a swap of symbolic links is served to new connections, and old ones go on") {
  CertWorld world;
  SecretVolume volume(certificate(world.first, "server", true));
  world.serve(volume.folder(), world.clock);
  net::TransportOptions options;
  options.url = world.url("https");
  options.ca_pem = world.first.cert_pem;
  const auto old = world.transport(std::move(options));
  REQUIRE(world.get(*old, "/"));
  volume.swap(certificate(world.second, "server", true));
  CHECK(world.soon_shows(world.second));
  CHECK_FALSE(world.shows(world.first));
  CHECK(world.get(*old, "/"));  // on its connection
  old->close();
}

TEST_CASE("51 half of a new pair leaves the old one in use until the other half is there") {
  CertWorld world;
  const Folder folder;
  const net::KeyPair before = certificate(world.first, "server", true);
  const net::KeyPair after = certificate(world.second, "server", true);
  folder.write("tls.crt", before.cert_pem);
  folder.write("tls.key", before.key_pem);
  world.serve(folder, world.clock);
  auto& errors = metrics::registry().counter("certwatcher_read_certificate_errors_total", "Total number of certificate read errors");
  static_cast<void>(errors);
  const auto count = [] {
    const std::string text = metrics::registry().expose();
    const auto at = text.find("\ncertwatcher_read_certificate_errors_total ");
    return std::stod(text.substr(text.find(' ', at) + 1));
  };
  const double failures = count();
  folder.write("tls.crt", after.cert_pem);
  REQUIRE(world.eventually([&] { return count() > failures; }));
  CHECK(world.shows(world.first));
  folder.write("tls.key", after.key_pem);
  CHECK(world.soon_shows(world.second));
}

TEST_CASE("51 a folder that is replaced behind inotify's back is noticed within ten seconds") {
  CertWorld world;
  const Folder base;
  const auto make = [&](const std::string& name, const net::KeyPair& pair) {
    fs::create_directory(base.path() / name);
    base.write(name + "/tls.crt", pair.cert_pem);
    base.write(name + "/tls.key", pair.key_pem);
  };
  make("certs", certificate(world.first, "server", true));
  make("next", certificate(world.second, "server", true));
  net::ServerOptions options;
  options.tls = std::make_unique<net::ServerTls>();
  options.tls->cert_file = base.file("certs/tls.crt");
  options.tls->key_file = base.file("certs/tls.key");
  auto made = net::Server::listen(world.loop.executor(), world.loop.clock, std::move(options), net::handler_of(world.state));
  REQUIRE(made);
  world.server = std::move(*made);
  world.loop.settle();
  fs::rename(base.path() / "certs", base.path() / "gone");
  fs::rename(base.path() / "next", base.path() / "certs");
  world.loop.settle();
  CHECK(world.shows(world.first));
  world.loop.pass(10s);
  CHECK(world.shows(world.second));
}

TEST_CASE("51 a server does not start with a certificate that is not there") {
  CertWorld world;
  const Folder folder;
  net::ServerOptions options;
  options.tls = std::make_unique<net::ServerTls>();
  options.tls->cert_file = folder.file("tls.crt");
  options.tls->key_file = folder.file("tls.key");
  const auto made = net::Server::listen(world.loop.executor(), world.clock, std::move(options), net::handler_of(world.state));
  REQUIRE_FALSE(made);
  CHECK(made.error().is(Disposition::Invalid));
  CHECK(has(made.error().message(), folder.file("tls.crt")));
}

TEST_CASE("52 a body over the limit is answered 413, and the server goes on") {
  net::SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  net::Request request("POST", "/big");
  request.body = std::string((8UL << 20U) + 1, 'x');
  const auto refused = world.send(*transport, request);
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(world.state->calls == 0);
  request.body.pop_back();
  const auto taken = world.send(*transport, request);
  REQUIRE(taken);
  CHECK(taken->status == 200);
  transport->close();
}

TEST_CASE("52 a client that goes away in the middle of its request or its answer leaves nothing behind") {
  net::SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  {
    auto stream = world.open(*transport, "/stream");
    REQUIRE(stream);
    REQUIRE(world.server->connections() == 1);
  }
  auto socket = world.loop.run_real(net::tcp_connect(world.loop.executor(), &world.clock, "127.0.0.1", world.server->port(), async::Deadline::never()));
  REQUIRE(socket);
  const auto half = net::make_tcp_stream(std::move(*socket));
  REQUIRE(world.loop.run_real(half->write("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf")));
  half->close();
  REQUIRE(world.eventually([&] { return world.server->connections() == 0 && world.feed->destroyed == 1; }));
  CHECK(world.get(*transport, "/still-there"));
  transport->close();
}

// One connection of the server in virtual time; the test is its peer.
struct SlowWorld {
  Loop loop;
  net::Pipe pipe{loop};
  std::shared_ptr<net::Feed> feed = std::make_shared<net::Feed>(loop.executor(), loop.clock);
  std::shared_ptr<net::Echo> state = std::make_shared<net::Echo>(net::Echo{feed, 0, 0, {}, {}, false});
  async::TaskGroup tasks{loop.executor()};
  SlowWorld() {
    const auto service = std::make_shared<net::detail::Service>();
    service->executor = loop.executor();
    service->clock = &loop.clock;
    service->handler = net::handler_of(state);
    service->max_body = 1024;
    tasks.spawn("connection", net::detail::serve_connection(service, pipe.server));
    loop.settle();
  }
  SlowWorld(const SlowWorld&) = delete;
  SlowWorld& operator=(const SlowWorld&) = delete;
  ~SlowWorld() { loop.run(tasks.stop()); }
  [[nodiscard]] bool closed() const { return pipe.client->peer_ended(); }
};

TEST_CASE("52 a head that trickles in a byte a second is given up after 32 s") {
  SlowWorld world;
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
  for (std::size_t i = 0; i < 31; ++i) {
    world.pipe.send(head.substr(i, 1));
    world.loop.pass(1s);
  }
  CHECK_FALSE(world.closed());
  world.pipe.send("x");
  world.loop.pass(2s);
  CHECK(world.closed());
  CHECK(world.state->calls == 0);
}

TEST_CASE("52 a body that does not come is given up after a minute, and a connection without a request after 90 s") {
  SlowWorld body;
  body.pipe.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
  body.loop.pass(59s);
  CHECK_FALSE(body.closed());
  body.loop.pass(1s);
  CHECK(body.closed());
  SlowWorld idle;
  idle.loop.pass(89s);
  CHECK_FALSE(idle.closed());
  idle.loop.pass(1s);
  CHECK(idle.closed());
}

TEST_CASE("52 a head of up to 1 MiB is read, a larger one is answered 431") {
  SlowWorld fits;
  fits.pipe.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1'000'000, 'x') + "\r\n\r\n");
  fits.loop.settle();
  CHECK(fits.pipe.client->take().starts_with("HTTP/1.1 200 "));
  SlowWorld larger;
  larger.pipe.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1'100'000, 'x') + "\r\n\r\n");
  larger.loop.settle();
  CHECK(larger.pipe.client->take().starts_with("HTTP/1.1 431 "));
}

// No descriptor can be opened while this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 512;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST_CASE("55 without descriptors the server does not spin on accept, and serves again when there are some") {
  net::SocketWorld world;
  auto made = net::Server::listen(world.loop.executor(), world.loop.clock, {}, net::handler_of(world.state));
  REQUIRE(made);
  world.server = std::move(*made);
  world.loop.settle();
  boost::asio::ip::tcp::socket caller(world.loop.executor());
  caller.open(boost::asio::ip::tcp::v4());
  {
    const NoDescriptors none;
    caller.connect({boost::asio::ip::address_v4::loopback(), world.server->port()});
    world.loop.settle();  // returns: a loop that tries again and again would not
    CHECK(world.server->connections() == 0);
    CHECK(world.loop.clock.sleepers() == 1);
    world.loop.pass(1s);
    CHECK(world.server->connections() == 0);
  }
  world.loop.pass(100ms);
  REQUIRE(world.eventually([&] { return world.server->connections() == 1; }));
}

TEST_CASE("55 without descriptors a request is an error that says so, and works again later") {
  net::SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  {
    const NoDescriptors none;
    const auto response = world.get(*transport, "/");
    REQUIRE_FALSE(response);
    CHECK(response.error().is(Disposition::Transient));
    CHECK(has(response.error().message(), "opening a socket"));
  }
  CHECK(world.get(*transport, "/"));
  transport->close();
}

}  // namespace
}  // namespace slipway::test
