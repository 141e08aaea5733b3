#include "pkg/async/parallel.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"

namespace slipway::async {
namespace {

struct Round {
  Round(const Executor& executor, std::size_t n, Work w) : count(n), work(std::move(w)), ended(executor) {}
  std::size_t count;
  Work work;
  std::size_t next = 0;
  std::size_t workers = 0;
  std::optional<Error> error;
  Event ended;
};

Awaitable<void> worker(std::shared_ptr<Round> round) {
  co_await no_throw_on_cancel();
  while (!round->error && round->next < round->count) {
    const std::size_t i = round->next++;
    Status done = co_await round->work(i);
    if (!done && !round->error) round->error = std::move(done).error();
  }
  if (--round->workers == 0) round->ended.set();
}

}  // namespace

Awaitable<Status> for_each(Clock* clock, std::string name, std::size_t count, std::size_t width, Work work) {
  if (count == 0) co_return Status();
  const Executor executor = co_await boost::asio::this_coro::executor;
  const auto round = std::make_shared<Round>(executor, count, std::move(work));
  TaskGroup group(executor);
  round->workers = std::min(count, std::max<std::size_t>(width, 1));
  for (std::size_t n = round->workers; n > 0; --n) group.spawn(name, worker(round));
  Status ended = co_await round->ended.wait(*clock);
  if (!ended) group.cancel();
  co_await group.join();
  if (round->error) co_return fail(std::move(*round->error));
  co_return ended;
}

}  // namespace slipway::async
