// Does what the state machine says, one action after the other.
#include "pkg/async/task_group.h"
#include "pkg/base/random.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/measure.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot {
namespace detail {
Awaitable<Status> leave_source(MovePtr move);  // leave_source.cpp
}
namespace {

using namespace detail;

constexpr std::size_t kMaxSteps = 64;  // 16 without a step back; more means that somebody undoes what the move does

Awaitable<Result<Event>> done(Awaitable<Status> action) {
  Status status = co_await std::move(action);
  if (!status) co_return fail(std::move(status).error());
  co_return Event::Done;
}

Awaitable<Result<Event>> delete_and_leave(MovePtr move) {
  Result<Event> deleted = co_await delete_originals(move);
  if (!deleted) co_return deleted;
  Status left = co_await leave_source(move);
  if (!left) co_return fail(std::move(left).error());
  co_return deleted;
}

Awaitable<Status> lock_and_write(MovePtr move) {
  Status locked = co_await lock(move);
  if (!locked) co_return locked;
  Status written = co_await write_journal(move, Phase::Locked);
  co_return written;
}

Awaitable<Result<Event>> perform(MovePtr move, Step step) {
  switch (step.action) {
    case Action::Prepare: return prepare(std::move(move));
    case Action::Lock: return done(lock_and_write(std::move(move)));
    case Action::Relock: return done(lock(std::move(move)));
    case Action::Write:
    case Action::Commit: return done(write_journal(std::move(move), step.phase));
    case Action::Pause: return pause(std::move(move));
    case Action::Freeze: return freeze(std::move(move));
    case Action::Create: return create(std::move(move));
    case Action::Verify: return verify(std::move(move));
    case Action::Delete: return delete_and_leave(std::move(move));
    case Action::Finalize: return finalize(std::move(move));
    case Action::DeleteCopies: return delete_copies(std::move(move));
    case Action::RestoreSource: return restore_source(std::move(move));
    default: return done(unlock(std::move(move)));
  }
}

bool is_end(Action action) {
  return action == Action::Return || action == Action::Stop || action == Action::RefuseCommitted || action == Action::RefuseRolledBack;
}

Result<Progress> end(const Move& move, Action action, std::optional<Error> error) {
  switch (action) {
    case Action::Stop: return fail(std::move(*error).in("move " + move.options.id));
    case Action::RefuseCommitted:
      return fail(Disposition::Terminal, "move " + move.options.id + " is committed: the target is the truth now, and the move can only go forward");
    case Action::RefuseRolledBack:
      return fail(Disposition::Terminal, "move " + move.options.id + " was rolled back: the source is as it was; start another move under a new id");
    default: return progress_of(move.journal);
  }
}

Awaitable<Result<Progress>> drive(MovePtr move, Machine machine, Event event) {
  std::optional<Error> error;
  PhaseTimer timer(move->source->clock());
  for (std::size_t steps = 0;; ++steps) {
    const Step step = machine.resume(event);
    if (is_end(step.action)) co_return end(*move, step.action, std::move(error));
    if (move->source->clock().now() >= move->deadline.at)
      co_return fail(Disposition::Timeout, "move " + move->options.id + " did not end within " + std::to_string(move->options.timeout.count()) +
                                               " s; it stands at " + std::string(to_string(move->journal.phase)) +
                                               " and goes on from there when it is run again");
    if (steps > kMaxSteps)
      co_return fail(Disposition::Terminal, "move " + move->options.id + ": the source changes or is unpaused again and again; find out who does it");
    const Phase from = move->journal.phase;
    Result<Event> result = co_await perform(move, step);
    if (step.action == Action::Write || step.action == Action::Commit || step.action == Action::Lock) {
      log::info("move", {{"move", move->options.id}, {"phase", to_string(move->journal.phase)}, {"done", result.has_value()}});
      if (result) report(*move, true);
      if (result) timer.ended(from);
    }
    if (result) {
      event = *result;
    } else {
      error = std::move(result).error();
      event = Event::Failed;
    }
  }
}

// What was begun with one scope does not go on with another. Before anything was touched the options decide.
Status agree_on_scope(Move& move, Phase phase, Event event) {
  std::optional<Scope>& recorded = move.journal.scope;
  const bool follow = event == Event::Undo || move.options.recorded_scope;
  if (phase == Phase::Planned && !(recorded && follow)) recorded = move.scope;
  if (!recorded) return {};  // a journal from before scopes were recorded
  if (follow) move.scope = *recorded;
  if (*recorded == move.scope) return {};
  return fail(Disposition::Invalid, "it was begun with another scope (" + recorded->describe() + ") than it is run with now (" + move.scope.describe() +
                                        "): run it with the first, or roll it back");
}

Awaitable<Result<Progress>> start(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options, Event event) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (Status sound = check_options(options); !sound) co_return fail(std::move(sound).error());
  if (auto scope = scope_of(options); !scope) co_return fail(std::move(scope).error());
  const MovePtr move = make_move(source, target, std::move(options), executor);
  Result<Phase> phase = co_await read_journals(move);
  if (!phase) co_return fail(std::move(phase).error().in("move " + move->options.id));
  if (!move->journal.purpose.empty())
    co_return fail(Disposition::Terminal, "journal " + journal_name(move->options.id) + " is of a " + move->journal.purpose +
                                              ", not of a move: run that again to finish it, or choose another id");
  if (Status same = agree_on_scope(*move, *phase, event); !same) co_return fail(std::move(same).error().in("move " + move->options.id));
  if (event == Event::Undo && move->source_version.empty() && move->target_version.empty()) {  // nothing was begun
    Status abandoned = co_await abandon(move);
    if (!abandoned) co_return fail(std::move(abandoned).error());
    move->journal.phase = Phase::RolledBack;
    co_return progress_of(move->journal);
  }
  Result<Progress> progress = co_await drive(move, Machine(*phase), event);
  co_return progress;
}

}  // namespace

namespace detail {

Status check_options(const Options& options) {
  const bool sound =
      !options.id.empty() && options.id.size() <= 200 && options.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
  if (!sound)
    return fail(Disposition::Invalid, "the id of a move must be lower-case letters, digits, '-' and '.', at most 200: it is part of a ConfigMap's name");
  if (options.journal_namespace.empty()) return fail(Disposition::Invalid, "a move needs a namespace for its journal");
  return {};
}

MovePtr make_move(const std::shared_ptr<kube::Client>& source, const std::shared_ptr<kube::Client>& target, Options options, const async::Executor& executor) {
  auto move = std::make_shared<Move>();
  if (auto scope = scope_of(options)) move->scope = std::move(*scope);
  move->options = std::move(options);
  move->deadline = source->clock().after(move->options.timeout);
  move->source = std::make_shared<Side>("source", source, executor, move->options.max_concurrency, move->deadline);
  if (target) move->target = std::make_shared<Side>("target", target, executor, move->options.max_concurrency, move->deadline);
  move->writer = random_suffix(10);
  move->journal.id = move->options.id;
  return move;
}

void report(Move& move, bool now) {
  const Journal& j = move.journal;
  const std::int64_t total = j.created + j.deleted;
  const bool due = total - move.reported >= static_cast<std::int64_t>(kProgressEvery) || total < move.reported;
  if (!move.options.on_progress || (!now && !due)) return;
  move.reported = total;
  move.options.on_progress(progress_of(j));
}

}  // namespace detail

Awaitable<Result<Plan>> plan(std::shared_ptr<kube::Client> source, Options options) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (auto scope = scope_of(options); !scope) co_return fail(std::move(scope).error());
  const MovePtr move = make_move(source, nullptr, std::move(options), executor);
  Result<SnapshotPtr> snapshot = co_await read_source(move);
  if (!snapshot) co_return fail(std::move(snapshot).error());
  if (Status sound = check_source(*move, **snapshot); !sound) co_return fail(std::move(sound).error());
  Result<std::vector<std::string>> left = co_await unmovable(move, *snapshot);
  if (!left) co_return fail(std::move(left).error());
  Plan out = (*snapshot)->draft.plan;
  out.unmovable = std::move(*left);
  co_return out;
}

Awaitable<Result<Preview>> preview(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options, bool rehearse) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (auto scope = scope_of(options); !scope) co_return fail(std::move(scope).error());
  Result<Preview> out = co_await detail::preview(make_move(source, target, std::move(options), executor), rehearse);
  co_return out;
}

Awaitable<Result<Progress>> run(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options) {
  Result<Progress> progress = co_await start(std::move(source), std::move(target), std::move(options), Event::Start);
  co_return progress;
}

Awaitable<Result<Progress>> rollback(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options) {
  Result<Progress> progress = co_await start(std::move(source), std::move(target), std::move(options), Event::Undo);
  co_return progress;
}

Awaitable<Result<std::optional<Progress>>> journal(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  const MovePtr move = make_move(source, target, std::move(options), executor);
  Result<Phase> phase = co_await read_journals(move);
  if (!phase) co_return fail(std::move(phase).error());
  if (move->source_version.empty() && move->target_version.empty()) co_return std::nullopt;
  co_return progress_of(move->journal);
}

}  // namespace slipway::pivot
