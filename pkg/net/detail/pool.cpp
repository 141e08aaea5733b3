#include "pkg/net/detail/pool.h"

#include <boost/asio/ip/address.hpp>

#include "pkg/metrics/buckets.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/detail/tunnel.h"
#include "pkg/net/tcp.h"

namespace slipway::net::detail {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t kMaxIdle = 64;                          // as many as there are writes in flight at most (kube::ClientOptions)
constexpr auto kIdleLimit = std::chrono::seconds(60);         // kube-apiserver closes idle connections at 90 s
constexpr auto kLookAtCredentials = std::chrono::minutes(5);  // client-go transport/cert_rotation.go
constexpr auto kResolveLimit = std::chrono::seconds(5);       // where older addresses are at hand; as resolv.conf's timeout

bool is_literal(const std::string& host) {
  boost::system::error_code ec;
  static_cast<void>(boost::asio::ip::make_address(host, ec));
  return !ec;
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

// "127.0.0.1:443" or "[::1]:443" without the port.
std::string address_part(std::string_view endpoint) {
  endpoint = endpoint.substr(0, endpoint.rfind(':'));
  if (endpoint.starts_with('[') && endpoint.ends_with(']')) endpoint = endpoint.substr(1, endpoint.size() - 2);
  return std::string(endpoint);
}

void note_resolution(const std::string& host, async::Duration took) {
  metrics::registry()
      .histogram("rest_client_dns_resolution_duration_seconds", "DNS resolver latency in seconds. Broken down by host.", metrics::kRestClientSeconds,
                 {{"host", host}})
      .observe(std::chrono::duration<double>(took).count());
}

// Fills the address book. An error only where it stays empty.
Awaitable<Status> look_up(PoolPtr pool, std::string host, Deadline deadline) {
  if (is_literal(host)) {
    pool->addresses.resolved(std::vector<std::string>(1, host));
    co_return Status{};
  }
  const auto begun = pool->clock->now();
  const Deadline until = pool->addresses.empty() ? deadline : min(deadline, pool->clock->after(kResolveLimit));
  auto found = co_await pool->resolve(host, until);
  note_resolution(host, pool->clock->now() - begun);
  if (found && !found->empty()) pool->addresses.resolved(std::move(*found));
  if (found || (!pool->addresses.empty() && !found.error().is(Disposition::Canceled))) co_return Status{};
  co_return fail(std::move(found).error());
}

Awaitable<Result<tcp::socket>> connect(PoolPtr pool, Deadline deadline) {
  const std::string host = pool->proxy ? pool->proxy->host : pool->url.host;
  const std::uint16_t port = pool->proxy ? pool->proxy->port : pool->url.port;
  const std::string where = std::string("connecting to ") + (pool->proxy ? "proxy " : "") + host_and_port(host, port);
  auto looked_up = co_await look_up(pool, host, deadline);
  if (!looked_up) co_return fail(std::move(looked_up).error().in(where));
  std::vector<std::string> failed;
  auto socket = co_await tcp_connect_any(pool->executor, pool->clock, pool->addresses.in_order(pool->clock->now()), port, deadline, &failed);
  for (const std::string& address : failed) pool->addresses.failed(address, pool->clock->now());
  if (!socket) co_return fail(std::move(socket).error().in(where));
  pool->addresses.worked(address_part(address_of(*socket)));
  if (!pool->proxy) co_return socket;
  co_return co_await open_tunnel(std::move(*socket), *pool->proxy, host_and_port(pool->url.host, pool->url.port), pool->clock, deadline);
}

Awaitable<Result<ByteStreamPtr>> secure(PoolPtr pool, tcp::socket socket, Deadline deadline) {
  if (!pool->tls) co_return make_tcp_stream(std::move(socket));
  const std::string address = address_part(address_of(socket));
  auto stream = co_await tls_client_handshake(std::move(socket), pool->tls->context(), pool->server_name, pool->clock, deadline);
  if (stream) co_return stream;
  if (!pool->proxy && !stream.error().is(Disposition::Canceled)) pool->addresses.failed(address, pool->clock->now());
  const std::string complaint = pool->tls->complaint(pool->clock->wall());
  if (complaint.empty()) co_return stream;
  co_return fail(std::move(stream).error().in(complaint));
}

}  // namespace

ByteStreamPtr Pool::take_idle() {
  while (!idle.empty()) {
    Idle last = std::move(idle.back());
    idle.pop_back();
    if (clock->now() - last.since < kIdleLimit && last.stream->usable()) return std::move(last.stream);
    last.stream->close();
  }
  return nullptr;
}

void Pool::give_back(ByteStreamPtr stream) {
  if (closed) return stream->close();
  // The oldest go, and those that are of no more use: their descriptors would wait for a burst of requests to be looked at again. Only up to the first good
  // one, since each look is a system call.
  const auto now = clock->now();
  while (!idle.empty() && (idle.size() >= kMaxIdle || now - idle.front().since >= kIdleLimit || !idle.front().stream->usable())) idle.erase(idle.begin());
  idle.push_back({std::move(stream), now});
  arm();
}

void Pool::arm() {
  if (closed) return;
  std::erase_if(live, [](const auto& weak) { return weak.expired(); });
  if (live.empty() && idle.empty()) return;
  const auto at = clock->now() + (idle.empty() ? async::Duration(kLookAtCredentials) : async::Duration(kIdleLimit));
  if (alarm && alarm_at <= at) return;
  alarm_at = at;
  alarm = clock->schedule(executor, at, [weak = weak_from_this()] {
    const PoolPtr pool = weak.lock();
    if (!pool) return;
    pool->alarm.reset();
    std::erase_if(pool->idle, [now = pool->clock->now()](const Idle& one) { return now - one.since >= kIdleLimit || !one.stream->usable(); });
    pool->refresh();
    pool->arm();
  });
}

void Pool::refresh() {
  if (!tls || !credentials_change) return;
  const auto change = tls->look();
  if (change == TlsKeeper::Change::None) return;
  idle.clear();
  if (change == TlsKeeper::Change::Trust) return;
  for (const auto& weak : std::exchange(live, {}))
    if (const auto stream = weak.lock()) stream->retire();
}

void Pool::close() noexcept {
  closed = true;
  alarm.reset();
  for (const Idle& one : idle) one.stream->close();
  idle.clear();
}

void Pool::silent(const ByteStream& stream) {
  if (!proxy) addresses.failed(address_part(stream.peer().address), clock->now());
}

Awaitable<Result<ByteStreamPtr>> dial(PoolPtr pool, Deadline deadline) {
  pool->refresh();
  const Deadline until = min(deadline, pool->clock->after(pool->connect_timeout));
  auto socket = co_await connect(pool, until);
  if (!socket) co_return fail(std::move(socket).error());
  auto stream = co_await secure(pool, std::move(*socket), until);
  if (!stream || !pool->credentials_change) co_return stream;
  const auto retirable = std::make_shared<RetirableStream>(std::move(*stream));
  pool->live.push_back(retirable);
  pool->arm();
  co_return retirable;
}

}  // namespace slipway::net::detail
