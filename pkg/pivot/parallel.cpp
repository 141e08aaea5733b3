#include "pkg/async/task_group.h"
#include "pkg/pivot/detail/side.h"

namespace slipway::pivot::detail {
namespace {

struct Round {
  Round(const async::Executor& executor, std::size_t n, Work w) : count(n), work(std::move(w)), ended(executor) {}
  std::size_t count;
  Work work;
  std::size_t next = 0;
  std::size_t workers = 0;
  std::optional<Error> error;
  async::Event ended;
};

Awaitable<void> worker(std::shared_ptr<Round> round) {
  co_await async::no_throw_on_cancel();
  while (!round->error && round->next < round->count) {
    const std::size_t i = round->next++;
    Status done = co_await round->work(i);
    if (!done && !round->error) round->error = std::move(done).error();
  }
  if (--round->workers == 0) round->ended.set();
}

}  // namespace

Awaitable<Status> for_each(SidePtr side, std::size_t count, std::size_t width, Work work) {
  if (count == 0) co_return Status();
  const auto round = std::make_shared<Round>(side->executor(), count, std::move(work));
  async::TaskGroup group(side->executor());
  round->workers = std::min(count, std::max<std::size_t>(width, 1));
  for (std::size_t n = round->workers; n > 0; --n) group.spawn("move " + side->name(), worker(round));
  Status ended = co_await round->ended.wait(side->clock());
  if (!ended) group.cancel();
  co_await group.join();
  if (round->error) co_return fail(std::move(*round->error));
  co_return ended;
}

}  // namespace slipway::pivot::detail
