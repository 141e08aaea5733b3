#include "controllers/managementcluster/component_fetcher.h"

#include <algorithm>
#include <utility>

#include "pkg/async/backoff.h"
#include "pkg/log/log.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;

constexpr std::chrono::minutes kTryLimit{5};
constexpr std::size_t kAtOnce = 8;  // a file may be kMaxFileBytes, and all of it is held
constexpr async::BackoffOptions kBackoff{
    .initial = std::chrono::seconds(10), .cap = std::chrono::minutes(5), .factor = 2.0, .jitter = 0.5, .reset_after = std::chrono::hours(1)};
constexpr std::chrono::seconds kLongestWait{3600};  // however long a server asks for

async::Duration wait_after(const Error& error, async::Backoff& backoff, async::TimePoint now) {
  const async::Duration wait = backoff.next(now);
  const ApiStatus* status = error.status();
  if (status == nullptr || !status->retry_after) return wait;
  return std::max<async::Duration>(wait, std::min(*status->retry_after, kLongestWait));
}

Awaitable<void> joined(std::shared_ptr<async::TaskGroup> group) { co_await group->join(); }

}  // namespace

struct ComponentFetcher::Shared {
  Shared(providers::SourceOptions o, Wake w) : options(std::move(o)), wake(std::move(w)), turns(options.executor, kAtOnce) {}
  providers::SourceOptions options;
  Wake wake;
  async::Semaphore turns;
};

struct ComponentFetcher::Entry {
  FetchTask task;
  std::shared_ptr<FetchProgress> progress;
  std::shared_ptr<async::TaskGroup> tasks;
  bool rejected = false;

  using Repository = std::shared_ptr<providers::Repository>;
  static Awaitable<Result<providers::Fetched>> one_try(std::shared_ptr<Shared> shared, FetchTask task, Repository repository);
  static Awaitable<void> run(std::shared_ptr<Shared> shared, FetchTask task, Repository repository, std::shared_ptr<FetchProgress> progress);
};

Awaitable<Result<providers::Fetched>> ComponentFetcher::Entry::one_try(std::shared_ptr<Shared> shared, FetchTask task, Repository repository) {
  Status turn = co_await shared->turns.acquire();
  if (!turn) co_return fail(std::move(turn).error());
  auto fetched = co_await providers::fetch(std::move(repository), task.set, task.pins, shared->options.clock->after(kTryLimit));
  shared->turns.release();
  co_return fetched;
}

Awaitable<void> ComponentFetcher::Entry::run(std::shared_ptr<Shared> shared, FetchTask task, Repository repository, std::shared_ptr<FetchProgress> progress) {
  co_await async::no_throw_on_cancel();
  async::Clock& clock = *shared->options.clock;
  async::Backoff backoff(kBackoff);
  for (;;) {
    auto fetched = co_await one_try(shared, task, repository);
    bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    if (fetched) {
      log::info("components fetched", {{"namespace", task.key.ns}, {"name", task.key.name}, {"message", task.set + " from " + fetched->where}});
      progress->fetched = std::make_shared<const providers::Fetched>(std::move(*fetched));
      progress->error.reset();
      progress->over = true;
      shared->wake(task.key);
      co_return;
    }
    log::warn("components not fetched", {{"namespace", task.key.ns}, {"name", task.key.name}, {"error", fetched.error().message()}});
    progress->error = fetched.error();
    progress->over = !fetched.error().retryable();
    shared->wake(task.key);
    if (progress->over) co_return;
    co_await clock.sleep_until(clock.now() + wait_after(fetched.error(), backoff, clock.now()));
    cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
  }
}

ComponentFetcher::ComponentFetcher(providers::SourceOptions options, Wake wake)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(wake))), leaving_(shared_->options.executor) {}

ComponentFetcher::~ComponentFetcher() = default;

const providers::SourceOptions& ComponentFetcher::options() const noexcept { return shared_->options; }

void ComponentFetcher::begin(Entry& entry, FetchTask task) {
  entry.progress = std::make_shared<FetchProgress>();
  entry.task = std::move(task);
  auto repository = providers::open_source(entry.task.source, entry.task.set_id, shared_->options);
  if (!repository) {
    entry.progress->error = std::move(repository).error().in(entry.task.set);
    entry.progress->over = true;
    return;
  }
  entry.progress->where = (*repository)->where();
  entry.tasks = std::make_shared<async::TaskGroup>(shared_->options.executor);
  entry.tasks->spawn("fetch " + entry.task.set, Entry::run(shared_, entry.task, std::move(*repository), entry.progress));
}

void ComponentFetcher::retire(Entry& entry) {
  if (!entry.tasks) return;
  entry.tasks->cancel();
  leaving_.spawn("cancelled fetch " + entry.task.set, joined(std::move(entry.tasks)));
}

FetchProgress ComponentFetcher::get(FetchTask task) {
  if (stopped_) return {};
  auto& entry = entries_[task.uid][task.set];
  if (entry) {
    const FetchProgress& now = *entry->progress;
    const bool version = entry->task.pins.version == task.pins.version || (now.fetched && now.fetched->version == task.pins.version);
    if (entry->task.what == task.what && version && ((now.fetched && !entry->rejected) || entry->task.how == task.how)) return now;
    retire(*entry);
  }
  entry = std::make_unique<Entry>();
  begin(*entry, std::move(task));
  return *entry->progress;
}

std::string ComponentFetcher::latest_version(const std::string& uid, const std::string& set, const std::string& what) const {
  const auto request = entries_.find(uid);
  if (request == entries_.end()) return {};
  const auto found = request->second.find(set);
  if (found == request->second.end()) return {};
  const Entry& entry = *found->second;
  if (entry.task.what != what || !entry.task.latest || !entry.progress->fetched) return {};
  return entry.progress->fetched->version;
}

void ComponentFetcher::reject(const std::string& uid, const std::string& set) {
  if (const auto request = entries_.find(uid); request != entries_.end())
    if (const auto found = request->second.find(set); found != request->second.end()) found->second->rejected = true;
}

void ComponentFetcher::retain(const std::string& uid, const std::set<std::string>& sets) {
  const auto found = entries_.find(uid);
  if (found == entries_.end()) return;
  std::erase_if(found->second, [&](auto& item) {
    if (sets.contains(item.first)) return false;
    retire(*item.second);
    return true;
  });
  if (found->second.empty()) entries_.erase(found);
}

Awaitable<void> ComponentFetcher::stop() {
  stopped_ = true;
  while (!entries_.empty()) forget(std::string(entries_.begin()->first));
  co_await leaving_.join();  // a task that waits for others must not be cancelled
}

}  // namespace slipway::controllers::managementcluster
