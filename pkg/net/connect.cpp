// Names to addresses, and addresses to a connected socket.
#include <boost/asio/as_tuple.hpp>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/net/tcp.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Addresses = std::vector<std::string>;

constexpr auto kAttemptDelay = std::chrono::milliseconds(250);  // RFC 8305, 8

// What the resolver's thread brings back, perhaps after nobody waits for it any more.
struct Resolution {
  explicit Resolution(const async::Executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  async::Event done;
  boost::system::error_code ec;
  Addresses addresses;
};

Awaitable<Result<Addresses>> resolve(async::Executor executor, async::Clock* clock, std::string host, Deadline deadline) {
  const auto resolution = std::make_shared<Resolution>(executor);
  resolution->resolver.async_resolve(host, "", [resolution](const boost::system::error_code& ec, const tcp::resolver::results_type& results) {
    resolution->ec = ec;
    for (const auto& entry : results) resolution->addresses.push_back(entry.endpoint().address().to_string());
    resolution->done.set();
  });
  auto waited = co_await resolution->done.wait(*clock, deadline);
  if (!waited) co_return fail(std::move(waited).error().in("resolving the name"));
  if (resolution->ec) co_return fail(io_error(resolution->ec, "resolving the name"));
  co_return std::move(resolution->addresses);
}

Awaitable<Result<tcp::socket>> connect_one(async::Executor executor, async::Clock* clock, tcp::endpoint endpoint, Deadline deadline) {
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  const auto socket = std::make_shared<tcp::socket>(executor);
  boost::system::error_code ec;
  socket->open(endpoint.protocol(), ec);
  if (ec) co_return fail(io_error(ec, "opening a socket"));
  prepare_socket(*socket);
  bool expired = false;
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock->schedule(executor, deadline.at, [&expired, raw = socket.get()] {
      expired = true;
      boost::system::error_code ignored;
      raw->close(ignored);
    });
  const auto [failed] = co_await socket->async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
  if (expired) co_return fail(Disposition::Timeout, "no answer in time");
  if (failed) co_return fail(io_error(failed, endpoint.address().to_string()));
  co_return std::move(*socket);
}

struct Race {
  explicit Race(const async::Executor& executor) : changed(executor) {}
  async::Event changed;
  std::optional<tcp::socket> winner;
  std::size_t running = 0;
  Error last{Disposition::Transient, "the name has no address"};
  Addresses failed;
};

Awaitable<void> contend(async::Executor executor, async::Clock* clock, std::string address, std::uint16_t port, Deadline deadline, std::shared_ptr<Race> race) {
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(address, no_literal);
  Result<tcp::socket> socket = fail(Disposition::Invalid, address + " is no address");
  if (!no_literal) {
    auto connected = co_await connect_one(std::move(executor), clock, tcp::endpoint(literal, port), deadline);
    socket = std::move(connected);
  }
  --race->running;
  if (!socket) {
    if (!socket.error().is(Disposition::Canceled)) race->failed.push_back(address);
    race->last = std::move(socket).error();
  } else if (!race->winner) {
    race->winner = std::move(*socket);
  }
  race->changed.notify_all();
}

Awaitable<Status> run_race(async::Executor executor, async::Clock* clock, Addresses addresses, std::uint16_t port, Deadline deadline,
                           std::shared_ptr<Race> race, async::TaskGroup* group) {
  std::size_t next = 0;
  bool due = true;
  while (!race->winner) {
    if (next < addresses.size() && (due || race->running == 0)) {
      due = false;
      ++race->running;
      std::string address = addresses[next++];
      group->spawn("connect to " + address, contend(executor, clock, address, port, deadline, race));
      continue;  // it may be over already
    }
    if (race->running == 0) co_return fail(race->last);
    const Deadline until = next < addresses.size() ? min(deadline, clock->after(kAttemptDelay)) : deadline;
    auto changed = co_await race->changed.wait(*clock, until);
    if (!changed && changed.error().is(Disposition::Canceled)) co_return changed;
    due = !changed;
    if (due && !deadline.is_never() && clock->now() >= deadline.at) co_return fail(Disposition::Timeout, "no answer in time");
  }
  co_return Status{};
}

}  // namespace

Resolve system_resolver(async::Executor executor, async::Clock& clock) {
  return [executor = std::move(executor), c = &clock](std::string host, Deadline deadline) { return resolve(executor, c, std::move(host), deadline); };
}

Awaitable<Result<tcp::socket>> tcp_connect_any(async::Executor executor, async::Clock* clock, Addresses addresses, std::uint16_t port, Deadline deadline,
                                               Addresses* failed) {
  co_await async::no_throw_on_cancel();  // whatever happens, the attempts are waited for
  const auto race = std::make_shared<Race>(executor);
  async::TaskGroup group(executor);
  auto won = co_await run_race(executor, clock, std::move(addresses), port, deadline, race, &group);
  co_await group.stop();
  if (failed != nullptr) *failed = std::move(race->failed);
  if (race->winner) co_return std::move(*race->winner);
  co_return fail(std::move(won).error());
}

Awaitable<Result<tcp::socket>> tcp_connect(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port, Deadline deadline) {
  const std::string where = "connecting to " + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  boost::system::error_code no_literal;
  static_cast<void>(asio::ip::make_address(host, no_literal));
  Addresses addresses(1, host);
  if (no_literal) {
    auto resolved = co_await resolve(executor, clock, std::move(host), deadline);
    if (!resolved) co_return fail(std::move(resolved).error().in(where));
    addresses = std::move(*resolved);
  }
  auto socket = co_await tcp_connect_any(executor, clock, std::move(addresses), port, deadline, nullptr);
  if (!socket) co_return fail(std::move(socket).error().in(where));
  co_return socket;
}

}  // namespace slipway::net
