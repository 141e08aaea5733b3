#include "pkg/net/detail/pool.h"

#include "pkg/net/tcp.h"

namespace slipway::net::detail {
namespace {

constexpr std::size_t kMaxIdle = 8;
constexpr auto kIdleLimit = std::chrono::seconds(60);  // kube-apiserver closes idle connections at 90 s

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
  // The oldest make room, and those that are of no more use: their descriptors would wait for a burst of requests to be looked at again.
  const auto now = clock->now();
  std::erase_if(idle, [now](const Idle& one) { return now - one.since >= kIdleLimit || !one.stream->usable(); });
  if (idle.size() >= kMaxIdle) idle.erase(idle.begin());
  idle.push_back({std::move(stream), now});
}

void Pool::close() noexcept {
  closed = true;
  for (const Idle& one : idle) one.stream->close();
  idle.clear();
}

Awaitable<Result<ByteStreamPtr>> dial(PoolPtr pool, Deadline deadline) {
  const Deadline until = min(deadline, pool->clock->after(pool->connect_timeout));
  auto socket = co_await tcp_connect(pool->executor, pool->clock, pool->url.host, pool->url.port, until);
  if (!socket) co_return fail(std::move(socket).error());
  if (!pool->tls) co_return make_tcp_stream(std::move(*socket));
  co_return co_await tls_client_handshake(std::move(*socket), pool->tls, pool->server_name, pool->clock, until);
}

}  // namespace slipway::net::detail
