#include "controllers/managementcluster/component_fetcher.h"

#include <algorithm>
#include <utility>

#include "controllers/managementcluster/fetch_metrics.h"
#include "pkg/async/backoff.h"
#include "pkg/base/time.h"
#include "pkg/log/log.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;

constexpr std::chrono::minutes kTryLimit{5};
constexpr std::size_t kAtOnce = 8;  // a file may be kMaxFileBytes, and all of it is held
constexpr async::BackoffOptions kBackoff{
    .initial = std::chrono::seconds(10), .cap = std::chrono::minutes(5), .factor = 2.0, .jitter = 0.5, .reset_after = std::chrono::hours(1)};
constexpr std::chrono::seconds kLongestWait{3600};  // however long a server asks for
constexpr std::size_t kMaxTold = 16;                // reasons a task: what is never the same twice is not told for ever

async::Duration wait_after(const Error& error, async::Backoff& backoff, async::TimePoint now) {
  const async::Duration wait = backoff.next(now);
  const ApiStatus* status = error.status();
  if (status == nullptr || !status->retry_after) return wait;
  return std::max<async::Duration>(wait, std::min(*status->retry_after, kLongestWait));
}

std::string in_time(async::Duration wait) { return "in " + human_duration(std::chrono::ceil<std::chrono::seconds>(wait)); }

std::string title_of(const FetchTask& task) { return task.pins.version.empty() ? task.set : task.set + " " + task.pins.version; }

Awaitable<void> joined(std::shared_ptr<async::TaskGroup> group) { co_await group->join(); }

}  // namespace

struct ComponentFetcher::Shared {
  Shared(providers::SourceOptions o, Wake w, Report r) : options(std::move(o)), wake(std::move(w)), report(std::move(r)), turns(options.executor, kAtOnce) {}
  providers::SourceOptions options;
  Wake wake;
  Report report;
  async::Semaphore turns;
};

// What a running fetch and the reconciles share.
struct ComponentFetcher::Live {
  FetchTask task;
  FetchProgress progress;
  std::set<std::string> told;  // reasons
};

struct ComponentFetcher::Entry {
  std::shared_ptr<Live> live;
  std::shared_ptr<async::TaskGroup> tasks;
  bool rejected = false;

  using Repository = std::shared_ptr<providers::Repository>;
  static void tell(const Shared& shared, Live& live, const std::string& message);
  static void attempt_failed(const Shared& shared, Live& live, const providers::FailedAttempt& attempt);
  static Awaitable<Result<providers::Fetched>> one_try(std::shared_ptr<Shared> shared, std::shared_ptr<Live> live, Repository repository);
  static Awaitable<void> run(std::shared_ptr<Shared> shared, std::shared_ptr<Live> live, Repository repository);
};

// What gives up says the reason of its last attempt once more, with words before it.
void ComponentFetcher::Entry::tell(const Shared& shared, Live& live, const std::string& message) {
  const std::string whole = message.starts_with(live.task.set) ? message : title_of(live.task) + ": " + message;
  const bool before = std::ranges::any_of(live.told, [&](const std::string& reason) { return message.ends_with(reason); });
  if (before || live.told.size() >= kMaxTold) return;
  live.told.insert(message);
  log::warn("components not fetched", {{"namespace", live.task.key.ns}, {"name", live.task.key.name}, {"error", whole}});
  if (shared.report && !live.progress.over) shared.report(live.task, whole);
}

void ComponentFetcher::Entry::attempt_failed(const Shared& shared, Live& live, const providers::FailedAttempt& attempt) {
  live.progress.error = attempt.error;
  live.progress.trying = title_of(live.task) + ", attempt " + std::to_string(attempt.attempt + 1) + " of " + std::to_string(attempt.attempts) + " " +
                         in_time(attempt.wait) + ": " + attempt.error.message();
  tell(shared, live, attempt.error.message());
  shared.wake(live.task.key);
}

Awaitable<Result<providers::Fetched>> ComponentFetcher::Entry::one_try(std::shared_ptr<Shared> shared, std::shared_ptr<Live> live, Repository repository) {
  Status turn = co_await shared->turns.acquire();
  if (!turn) co_return fail(std::move(turn).error());
  async::Clock& clock = *shared->options.clock;
  const async::TimePoint begun = clock.now();
  auto fetched = co_await providers::fetch(std::move(repository), live->task.set, live->task.pins, clock.after(kTryLimit));
  shared->turns.release();
  count_fetch(source_kind(live->task.source, shared->options.bundle != nullptr), fetched, clock.now() - begun);
  co_return fetched;
}

Awaitable<void> ComponentFetcher::Entry::run(std::shared_ptr<Shared> shared, std::shared_ptr<Live> live, Repository repository) {
  co_await async::no_throw_on_cancel();
  async::Clock& clock = *shared->options.clock;
  async::Backoff backoff(kBackoff);
  const FetchTask& task = live->task;
  FetchProgress& progress = live->progress;
  for (;;) {
    auto fetched = co_await one_try(shared, live, repository);
    bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    if (fetched) {
      log::info("components fetched", {{"namespace", task.key.ns}, {"name", task.key.name}, {"message", task.set + " from " + fetched->where}});
      progress.fetched = std::make_shared<const providers::Fetched>(std::move(*fetched));
      progress.error.reset();
      progress.over = true;
      shared->wake(task.key);
      co_return;
    }
    const async::Duration wait = wait_after(fetched.error(), backoff, clock.now());
    progress.error = fetched.error();
    progress.over = !fetched.error().retryable();
    progress.trying = "next try " + in_time(wait) + ": " + fetched.error().message();
    tell(*shared, *live, fetched.error().message());
    shared->wake(task.key);
    if (progress.over) co_return;
    co_await clock.sleep_until(clock.now() + wait);
    cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
  }
}

ComponentFetcher::ComponentFetcher(providers::SourceOptions options, Wake wake, Report report)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(wake), std::move(report))), leaving_(shared_->options.executor) {}

ComponentFetcher::~ComponentFetcher() = default;

const providers::SourceOptions& ComponentFetcher::options() const noexcept { return shared_->options; }

void ComponentFetcher::begin(Entry& entry, FetchTask task) {
  entry.live = std::make_shared<Live>(Live{std::move(task), {}, {}});
  FetchProgress& progress = entry.live->progress;
  const FetchTask& asked = entry.live->task;
  providers::SourceOptions options = shared_->options;
  options.on_failed_attempt = [shared = shared_, live = entry.live](const providers::FailedAttempt& attempt) {
    Entry::attempt_failed(*shared, *live, attempt);
  };
  auto repository = providers::open_source(asked.source, asked.set_id, options);
  if (!repository) {
    progress.error = std::move(repository).error().in(asked.set);
    progress.over = true;
    return;
  }
  progress.where = (*repository)->where();
  entry.tasks = std::make_shared<async::TaskGroup>(shared_->options.executor);
  entry.tasks->spawn("fetch " + asked.set, Entry::run(shared_, entry.live, std::move(*repository)));
}

void ComponentFetcher::retire(Entry& entry) {
  if (!entry.tasks) return;
  entry.tasks->cancel();
  leaving_.spawn("cancelled fetch " + entry.live->task.set, joined(std::move(entry.tasks)));
}

FetchProgress ComponentFetcher::get(FetchTask task) {
  if (stopped_) return {};
  auto& entry = entries_[task.uid][task.set];
  if (entry) {
    const FetchProgress& now = entry->live->progress;
    const FetchTask& before = entry->live->task;
    const bool version = before.pins.version == task.pins.version || (now.fetched && now.fetched->version == task.pins.version);
    if (before.what == task.what && version && ((now.fetched && !entry->rejected) || before.how == task.how)) return now;
    retire(*entry);
  }
  entry = std::make_unique<Entry>();
  begin(*entry, std::move(task));
  return entry->live->progress;
}

std::string ComponentFetcher::latest_version(const std::string& uid, const std::string& set, const std::string& what) const {
  const auto request = entries_.find(uid);
  if (request == entries_.end()) return {};
  const auto found = request->second.find(set);
  if (found == request->second.end()) return {};
  const Live& live = *found->second->live;
  if (live.task.what != what || !live.task.latest || !live.progress.fetched) return {};
  return live.progress.fetched->version;
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
