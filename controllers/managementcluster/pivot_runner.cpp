#include "controllers/managementcluster/pivot_runner.h"

#include <utility>

#include "pkg/log/log.h"

namespace slipway::controllers::managementcluster {
namespace {

// Something was done that an undo takes back.
bool undoable(const std::optional<pivot::Progress>& p) { return p && p->phase >= pivot::Phase::Locked && p->phase < pivot::Phase::Committed; }

}  // namespace

PivotRunner::PivotRunner(async::Executor executor, async::Clock& clock, std::function<void(ObjectKey)> wake)
    : clock_(clock), wake_(std::move(wake)), tasks_(std::move(executor)) {}

Move PivotRunner::state(const std::string& uid, Direction direction, std::int64_t generation) const {
  const auto found = entries_.find({uid, direction});
  if (found == entries_.end()) return {};
  Move move = found->second->move;
  if (found->second->generation != generation) move.error.reset();
  return move;
}

bool PivotRunner::journal_read(const std::string& uid, Direction direction, const std::string& connections) const {
  const auto found = entries_.find({uid, direction});
  if (found == entries_.end()) return false;
  const Entry& entry = *found->second;
  return entry.move.running || entry.move.completed() || entry.connections == connections;
}

void PivotRunner::set_journal(const std::string& uid, Direction direction, const std::string& connections, int attempt,
                              std::optional<pivot::Progress> progress) {
  auto& entry = entries_[{uid, direction}];
  if (!entry) entry = std::make_shared<Entry>();
  entry->connections = connections;
  if (entry->move.running) return;
  entry->attempt = attempt;
  entry->move.progress = std::move(progress);
}

int PivotRunner::attempt(const std::string& uid, Direction direction) const {
  const auto found = entries_.find({uid, direction});
  if (found == entries_.end()) return 1;
  const Entry& entry = *found->second;
  const bool over = entry.move.progress && entry.move.progress->phase == pivot::Phase::RolledBack;
  return entry.attempt + (over && !entry.move.running ? 1 : 0);
}

void PivotRunner::start(PivotTask task) {
  auto& entry = entries_[{task.uid, task.direction}];
  if (!entry) entry = std::make_shared<Entry>();
  if (entry->move.running || tasks_.cancelled()) return;
  entry->attempt = attempt(task.uid, task.direction);
  if (entry->generation != task.generation) entry->move.error.reset();
  if (entry->move.progress && entry->move.progress->phase == pivot::Phase::RolledBack) entry->move.progress.reset();
  entry->move.running = true;
  entry->generation = task.generation;
  const std::string name = "pivot " + task.options.id;
  tasks_.spawn(name, run(entry, std::move(task), &clock_, wake_));
}

async::Awaitable<void> PivotRunner::run(std::shared_ptr<Entry> entry, PivotTask task, async::Clock* clock, std::function<void(ObjectKey)> wake) {
  if (entry->move.error) co_await clock->sleep_until(clock->now() + entry->backoff.next(clock->now()));
  log::info("pivot started", {{"name", task.key.name}, {"namespace", task.key.ns}});
  task.options.on_progress = [entry, wake, key = task.key](const pivot::Progress& progress) {
    if (progress.phase > pivot::Phase::Planned) entry->move.error.reset();
    entry->move.progress = progress;
    wake(key);
  };
  Result<pivot::Progress> result = co_await pivot::run(task.source, task.target, task.options);
  if (result) {
    entry->move.progress = *result;
    entry->move.error.reset();
    log::info("pivot completed", {{"name", task.key.name}, {"namespace", task.key.ns}});
  } else if (!result.error().is(Disposition::Canceled)) {
    log::error("pivot failed", {{"name", task.key.name}, {"namespace", task.key.ns}, {"error", result.error().message()}});
    // What cannot succeed is undone as long as it can be, so that one side stays in charge.
    if (!result.error().retryable() && undoable(entry->move.progress)) {
      Result<pivot::Progress> back = co_await pivot::rollback(task.source, task.target, task.options);
      if (back) entry->move.progress = *back;
      if (!back) log::error("pivot not undone", {{"name", task.key.name}, {"error", back.error().message()}});
    }
    entry->move.error = result.error();
  }
  entry->move.running = false;
  wake(task.key);
}

void PivotRunner::forget(const std::string& uid) {
  for (const Direction direction : {Direction::Forward, Direction::Back}) entries_.erase({uid, direction});
}

async::Awaitable<void> PivotRunner::stop() { co_await tasks_.stop(); }

}  // namespace slipway::controllers::managementcluster
