// Moves run beside the reconciles, one task a request and direction. A reconcile asks for one and reads how it goes; the task wakes it on progress and at its
// end. Where the task was killed with its process, the journal tells the next one where to go on. Thread: the loop's only. stop() cancels what runs; the move
// stays resumable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controllers/managementcluster/observed.h"
#include "pkg/async/backoff.h"
#include "pkg/async/task_group.h"

namespace slipway::controllers::managementcluster {

using Direction = RunPivot::Direction;

struct PivotTask {
  std::string uid;  // of the request
  ObjectKey key;
  Direction direction = Direction::Forward;
  std::int64_t generation = 0;
  std::shared_ptr<kube::Client> source;
  std::shared_ptr<kube::Client> target;
  pivot::Options options;
};

class PivotRunner {
 public:
  PivotRunner(async::Executor executor, async::Clock& clock, std::function<void(ObjectKey)> wake);
  // What is known of a direction; an error of an earlier generation is forgotten, so that a changed spec tries again.
  [[nodiscard]] Move state(const std::string& uid, Direction direction, std::int64_t generation) const;
  // True where the journal was read from these connections already, or a task knows better.
  [[nodiscard]] bool journal_read(const std::string& uid, Direction direction, const std::string& connections) const;
  // `attempt` is the last one that has a journal.
  void set_journal(const std::string& uid, Direction direction, const std::string& connections, int attempt, std::optional<pivot::Progress> progress);
  // Which attempt to start or resume: a move that was undone is not taken up again.
  [[nodiscard]] int attempt(const std::string& uid, Direction direction) const;
  void start(PivotTask task);  // no effect while one runs
  void forget(const std::string& uid);
  async::Awaitable<void> stop();

 private:
  struct Entry {
    Move move;
    std::int64_t generation = 0;
    std::string connections;
    int attempt = 1;
    async::Backoff backoff;
  };
  static async::Awaitable<void> run(std::shared_ptr<Entry> entry, PivotTask task, async::Clock* clock, std::function<void(ObjectKey)> wake);

  async::Clock& clock_;
  std::function<void(ObjectKey)> wake_;
  async::TaskGroup tasks_;
  std::map<std::pair<std::string, Direction>, std::shared_ptr<Entry>> entries_;
};

}  // namespace slipway::controllers::managementcluster
