#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/client.h"
#include "pkg/net/server.h"
#include "pkg/runtime/health.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

// Takes every descriptor that is left below a low limit.
class Exhaustion {
 public:
  Exhaustion() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit low = before_;
    low.rlim_cur = 128;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0; fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) taken_.push_back(fd);
    REQUIRE_FALSE(taken_.empty());
  }
  ~Exhaustion() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  Exhaustion(const Exhaustion&) = delete;
  Exhaustion& operator=(const Exhaustion&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

struct Served {
  test::Loop loop;
  async::RealClock clock;
  std::shared_ptr<Health> health = std::make_shared<Health>();
  std::unique_ptr<net::Server> server;
  std::shared_ptr<net::Transport> transport;
  Served() {
    health->add_live("file-descriptors", descriptors_left);
    auto listening = net::Server::listen(loop.executor(), clock, {}, Health::handler(health));
    REQUIRE(listening);
    server = std::move(*listening);
    net::TransportOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(server->port());
    auto made = net::make_transport(loop.executor(), clock, std::move(options));
    REQUIRE(made);
    transport = std::move(*made);
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    transport->close();
    loop.run_real(server->stop());
  }
  Result<net::Response> get(std::string target, async::Duration limit = 5s) {
    return loop.run_real(transport->send(net::Request("GET", std::move(target)), clock.after(limit)));
  }
};

async::Awaitable<void> pause(async::Clock& clock, async::Duration d) { co_await clock.sleep_until(clock.now() + d); }

// A client that connected before, whose connection waits in the backlog.
int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  return fd;
}

}  // namespace

TEST_CASE_METHOD(Served, "55 without a descriptor left nothing crashes, liveness fails on the connections that there are, and all is well again after") {
  REQUIRE(get("/livez")->body == "ok");  // leaves a connection in the pool
  const int waiting = connect_to(server->port());
  {
    const Exhaustion exhaustion;
    const auto live = get("/livez");
    REQUIRE(live);
    CHECK(live->status == 500);
    CHECK(live->body.contains("[-]file-descriptors failed"));
    CHECK(get("/livez/file-descriptors")->body.contains("of 128 file descriptors are in use"));
    const auto scraped = get("/metrics");
    REQUIRE(scraped);
    CHECK(scraped->body.contains("process_max_fds 128\n"));
    transport->close();
    const auto refused = get("/livez", 300ms);  // needs a new connection
    REQUIRE_FALSE(refused);
    CHECK(refused.error().retryable());
    loop.run_real(pause(clock, 200ms));  // accepting fails meanwhile, and pauses
  }
  const std::string request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  REQUIRE(::write(waiting, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  CHECK(get("/livez")->body == "ok");
  loop.run_real(pause(clock, 300ms));
  std::array<char, 2048> buffer{};
  const ssize_t n = ::recv(waiting, buffer.data(), buffer.size(), MSG_DONTWAIT);
  CHECK(std::string_view(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))).ends_with("ok"));
  ::close(waiting);
}

TEST_CASE("55 a log on a full disk costs lines, which metrics count, and nothing else") {
  const auto lost = [] {
    const net::Response scraped = Health().respond(net::Request("GET", "/metrics"));
    const std::string series = "\nslipway_log_lines_lost_total ";
    const auto at = scraped.body.find(series);
    REQUIRE(at != std::string::npos);
    return std::stod(scraped.body.substr(at + series.size()));
  };
  const double before = lost();
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  {
    const log::Redirect redirect(full);
    for (int i = 0; i < 5000; ++i) log::warn("nothing can be written", {{"name", std::to_string(i)}});
  }
  ::close(full);
  CHECK(lost() - before == 5000);
}
