#include "pkg/runtime/leader_thread.h"

#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/runtime/leader_election.h"

namespace slipway::runtime {

using async::Awaitable;

// What the main loop knows. Only it looks in here; the thread posts.
struct LeaderThread::News {
  News(const async::Executor& e, async::Clock& c) : executor(e), clock(c), changed(e) {}
  async::Executor executor;
  async::Clock& clock;
  async::Event changed;
  std::optional<Status> won;
  std::optional<Status> held;
  std::optional<Status> released;
  bool started = false;

  using Field = std::optional<Status> News::*;
  static void tell(const std::shared_ptr<News>& news, Field field, Status status) {
    boost::asio::post(news->executor, [news, field, s = std::move(status)] {
      (*news).*field = s;
      news->changed.notify_all();
    });
  }
  // Errors: Canceled, besides what was told.
  static Awaitable<Status> wait_for(std::shared_ptr<News> news, Field field) {
    while (!((*news).*field)) {
      Status woken = co_await news->changed.wait(news->clock);
      if (!woken) co_return woken;
    }
    co_return *((*news).*field);
  }
};

// What the thread owns. The main loop constructs and destroys it while the thread does not run, and posts meanwhile.
struct LeaderThread::Worker {
  Worker(LeaderThreadOptions o, std::shared_ptr<News> n)
      : options(std::move(o)),
        news(std::move(n)),
        clock(options.clock ? options.clock(io.get_executor()) : std::make_unique<async::RealClock>()),
        campaign(io.get_executor()),
        ending(io.get_executor()) {
    if (options.election.identity.empty()) options.election.identity = default_identity();
  }

  LeaderThreadOptions options;
  std::shared_ptr<News> news;
  std::shared_ptr<LeaseTerm> term = std::make_shared<LeaseTerm>();
  boost::asio::io_context io{1};
  std::unique_ptr<async::Clock> clock;
  std::shared_ptr<kube::Client> client;
  std::unique_ptr<LeaderElector> elector;
  async::TaskGroup campaign;
  async::TaskGroup ending;
  bool ended = false;
  std::thread thread;

  void run() {
    const auto keep = boost::asio::make_work_guard(io);
    while (!ended || ending.size() > 0) io.run_one();
  }
};

namespace {

template <class Worker, class News>
Awaitable<void> campaign(Worker* w, News* fields) {
  static_cast<void>(fields);
  co_await async::no_throw_on_cancel();
  auto client = w->options.connect(w->io.get_executor(), *w->clock);
  if (!client) {
    News::tell(w->news, &News::won, fail(std::move(client).error().in("leader election")));
    co_return;
  }
  w->client = std::move(*client);
  w->elector = std::make_unique<LeaderElector>(w->client, w->io.get_executor(), w->options.election, w->term);
  Status won = co_await w->elector->acquire();
  const bool leads = won.has_value();
  News::tell(w->news, &News::won, std::move(won));
  if (!leads) co_return;
  Status held = co_await w->elector->hold();
  News::tell(w->news, &News::held, std::move(held));
}

template <class Worker, class News>
Awaitable<void> end(Worker* w, News* fields, bool release) {
  static_cast<void>(fields);
  co_await async::no_throw_on_cancel();
  co_await w->campaign.stop();
  Status released;
  if (release && w->elector) released = co_await w->elector->release();
  w->term->end();
  if (w->client) w->client->close();
  News::tell(w->news, &News::released, std::move(released));
  w->ended = true;
}

}  // namespace

LeaderThread::LeaderThread(async::Executor main, async::Clock& main_clock, LeaderThreadOptions options)
    : news_(std::make_shared<News>(main, main_clock)), worker_(std::make_unique<Worker>(std::move(options), news_)) {}

LeaderThread::~LeaderThread() {
  if (!worker_->thread.joinable()) return;
  boost::asio::post(worker_->io, [w = worker_.get()] {
    if (!w->ended && w->ending.size() == 0) w->ending.spawn("end", end(w, w->news.get(), false));
  });
  worker_->thread.join();
}

Awaitable<Status> LeaderThread::acquire() {
  Worker* w = worker_.get();
  Status valid = validate(w->options.election);
  if (!valid) co_return valid;
  if (!std::exchange(news_->started, true)) {
    w->campaign.spawn("leader election", campaign(w, w->news.get()));
    w->thread = std::thread([w] { w->run(); });
  }
  Status won = co_await News::wait_for(news_, &News::won);
  co_return won;
}

Awaitable<Status> LeaderThread::hold() {
  Status held = co_await News::wait_for(news_, &News::held);
  co_return held;
}

Awaitable<Status> LeaderThread::release() {
  if (!news_->started) co_return Status();
  boost::asio::post(worker_->io, [w = worker_.get()] {
    if (!w->ended && w->ending.size() == 0) w->ending.spawn("release", end(w, w->news.get(), true));
  });
  Status released = co_await News::wait_for(news_, &News::released);
  co_return released;
}

bool LeaderThread::leading() const noexcept { return worker_->term->holds(news_->clock.now()); }
const std::string& LeaderThread::identity() const noexcept { return worker_->options.election.identity; }

Status LeaderThread::healthy() const {
  if (!worker_->term->overdue(news_->clock.now())) return {};
  return fail(Disposition::Terminal, "the lease " + worker_->options.election.ns + "/" + worker_->options.election.name + " has not been renewed");
}

}  // namespace slipway::runtime
