// `slipway move`: Cluster API's objects from one management cluster to another, as clusterctl move does, but as a transaction (docs/pivot.md).
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/move_backup.h"
#include "cmd/slipway/move_ends.h"
#include "cmd/slipway/move_id.h"
#include "cmd/slipway/move_plan.h"
#include "cmd/slipway/move_words.h"
#include "pkg/async/task_group.h"
#include "pkg/pivot/scope.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway move";

struct MoveWork {
  Process* process = nullptr;
  MoveFlags flags;
  MoveEnd source;
  std::optional<MoveEnd> target;
  pivot::Options options;
  MoveChoice choice;
  MoveProgress progress;
  [[nodiscard]] std::shared_ptr<kube::Client> target_client() const { return target ? target->client : nullptr; }
};
using MoveWorkPtr = std::shared_ptr<MoveWork>;

Status open_files(MoveWork& work) {
  auto source = open_source(work.flags, *work.process);
  if (!source) return fail(std::move(source).error());
  work.source = std::move(*source);
  work.options = move_options(work.flags, work.source.current_namespace);
  if (!work.flags.has_target()) return {};
  auto target = open_target(work.flags, *work.process);
  if (!target) return fail(std::move(target).error());
  work.target = std::move(*target);
  return {};
}

async::Awaitable<Status> open_ends(MoveWorkPtr work) {
  if (Status opened = open_files(*work); !opened) co_return opened;
  // In its last phase a move needs its source no more, which may be gone by then.
  const bool target_may_do = !work->flags.id.empty() && (work->flags.mode() == MoveMode::Resume || work->flags.mode() == MoveMode::Status);
  auto source_uid = co_await cluster_uid("source", work->source.client);
  if (!source_uid && !target_may_do) co_return fail(std::move(source_uid).error());
  if (source_uid) work->source.uid = std::move(*source_uid);
  if (!work->target) co_return Status();
  auto target_uid = co_await cluster_uid("target", work->target->client);
  if (!target_uid) co_return fail(std::move(target_uid).error());
  work->target->uid = std::move(*target_uid);
  if (work->source.uid != work->target->uid) co_return Status();
  co_return fail(Disposition::Invalid, "source and target are the same cluster (" + work->source.client->server() + " and " + work->target->client->server() +
                                           " have one kube-system namespace): name another one with --to-kubeconfig or --to-kubeconfig-context");
}

async::Awaitable<Status> choose(MoveWorkPtr work) {
  if (!work->target) {
    work->options.id = "dry-run";
    co_return Status();
  }
  auto choice =
      co_await choose_move(work->source.client, work->target->client, work->options, move_id_prefix(work->source.uid, work->target->uid, work->options));
  if (!choice) co_return fail(std::move(choice).error());
  work->choice = std::move(*choice);
  work->options.id = work->choice.id;
  co_return Status();
}

// As the journal has it, or as the flags ask for it.
std::string scope_of(const MoveWork& work) {
  if (work.choice.journal && !work.choice.journal->scope.empty()) return work.choice.journal->scope;
  const auto scope = pivot::scope_of(work.options);
  return scope ? scope->describe() : "this set";
}

void print(const MoveWork& work, const pivot::Progress& progress) {
  if (work.flags.output == Output::Table)
    std::cout << move_summary(progress) << std::flush;
  else
    print_value(move_value(progress), work.flags.output);
}

void tell(MoveWork& work, const pivot::Progress& progress) {
  if (const auto sentence = work.progress.next(progress)) std::cerr << *sentence << "\n";
}

// An error, or a signal: says where things stand by the last word of the journal.
int stopped(const MoveWork& work, const Error& error) {
  if (!error.is(Disposition::Canceled)) (void)failure(kName, error);
  pivot::Progress last = work.progress.last().value_or(pivot::Progress{});
  last.id = work.options.id;
  std::cerr << (error.is(Disposition::Canceled) ? "stopped: " : "") << where_it_stands(last, move_command_line(work.flags, work.options));
  return 1;
}

// --dry-run, --rehearse
async::Awaitable<Result<int>> look(MoveWorkPtr work) {
  if (work->target) {
    Status ready = co_await check_cluster_api(work->source.client, work->target->client, target_as_cluster_flags(work->flags));
    if (!ready) co_return fail(std::move(ready).error());
  }
  auto preview = co_await pivot::preview(work->source.client, work->target_client(), work->options, work->flags.mode() == MoveMode::Rehearse);
  if (!preview) co_return fail(std::move(preview).error());
  if (work->flags.output == Output::Table)
    std::cout << preview_text(*preview, work->options) << std::flush;
  else
    print_value(preview_value(*preview, work->options), work->flags.output);
  const bool good = would_move(*preview, work->options);
  const bool rehearsed = good && work->flags.mode() == MoveMode::Rehearse;
  if (rehearsed) std::cerr << "The target would take all of it.\n";
  std::cerr << (good ? "The move can begin" : "The move would stop before it begins") << "; nothing was moved.\n";
  co_return good ? 0 : 1;
}

async::Awaitable<Result<int>> status(MoveWorkPtr work) {
  const auto& found = work->choice.journal ? work->choice.journal : work->choice.previous;
  if (!found) co_return fail(Disposition::NotFound, "there is no move of " + scope_of(*work) + " between these clusters; name one with --id");
  print(*work, *found);
  work->options.id = found->id;
  if (!is_over(*found)) std::cerr << where_it_stands(*found, move_command_line(work->flags, work->options));
  co_return 0;
}

// A command that is given again after its end: an exit code where there is nothing to do.
async::Awaitable<Result<std::optional<int>>> done_before(MoveWorkPtr work) {
  const MoveChoice& choice = work->choice;
  const MoveMode mode = work->flags.mode();
  if (choice.journal || !work->flags.id.empty()) co_return std::nullopt;
  if (mode == MoveMode::Rollback && choice.previous && choice.previous->phase == pivot::Phase::RolledBack) {
    print(*work, *choice.previous);
    co_return 0;
  }
  if (mode != MoveMode::Move) {
    const std::string last = choice.previous ? "; the last one, " + choice.previous->id + ", is " + std::string(to_string(choice.previous->phase)) : "";
    co_return fail(Disposition::NotFound, "there is no unfinished move of " + scope_of(*work) + " between these clusters" + last + "; name one with --id");
  }
  if (!choice.previous || choice.previous->phase != pivot::Phase::Completed) co_return std::nullopt;
  auto preview = co_await pivot::preview(work->source.client, nullptr, work->options, false);
  if (!preview) co_return fail(std::move(preview).error());
  for (const auto& object : preview->plan.objects)
    if (object.fate == pivot::Fate::Move) co_return std::nullopt;
  std::cerr << "nothing is left to move\n";
  print(*work, *choice.previous);
  co_return 0;
}

async::Awaitable<Result<int>> move(MoveWorkPtr work) {
  auto before = co_await done_before(work);
  if (!before) co_return fail(std::move(before).error());
  if (*before) co_return **before;
  const bool again = work->choice.journal.has_value();
  if (!again) {
    Status ready = co_await check_cluster_api(work->source.client, work->target->client, target_as_cluster_flags(work->flags));
    if (!ready) co_return fail(std::move(ready).error());
  }
  std::cerr << (again ? "going on with move " : "move ") << work->options.id << ": " << scope_of(*work) << " from " << work->source.client->server() << " to "
            << work->target->client->server() << "\n";
  if (again) tell(*work, *work->choice.journal);
  work->options.on_progress = [work](const pivot::Progress& progress) { tell(*work, progress); };
  Result<pivot::Progress> done = fail(Disposition::Terminal, "not run");
  if (work->flags.mode() == MoveMode::Rollback)
    done = co_await pivot::rollback(work->source.client, work->target->client, work->options);
  else
    done = co_await pivot::run(work->source.client, work->target->client, work->options);
  work->options.on_progress = nullptr;
  if (!done) co_return stopped(*work, done.error());
  print(*work, *done);
  co_return 0;
}

async::Awaitable<Result<int>> run(Process* process, MoveFlags flags) {
  co_await async::no_throw_on_cancel();
  const auto work = std::make_shared<MoveWork>();
  work->process = process;
  work->flags = std::move(flags);
  Status opened = co_await open_ends(work);
  if (!opened) co_return fail(std::move(opened).error());
  Status chosen = co_await choose(work);
  if (!chosen) co_return fail(std::move(chosen).error());
  const MoveMode mode = work->flags.mode();
  Result<int> code = fail(Disposition::Terminal, "not run");
  if (mode == MoveMode::DryRun || mode == MoveMode::Rehearse)
    code = co_await look(work);
  else if (mode == MoveMode::Status)
    code = co_await status(work);
  else
    code = co_await move(work);
  co_return code;
}

}  // namespace

int move_command(int argc, char** argv) {
  const auto flags = std::make_shared<MoveFlags>();
  CLI::App app("Move Cluster API objects from one management cluster to another, as clusterctl move does: resumable, verified, and undone on request.", kName);
  add_move_flags(app, *flags);
  return run_cli(app, argc, argv, [&flags] {
    if (Status good = check_move_flags(*flags); !good) return usage_error(kName, good.error());
    // A dry run of a backup is one of the source alone.
    const bool backup = flags->backup.restores() || (flags->backup.saves() && !flags->dry_run);
    return run_work(kName, [&flags, backup](Process& process) { return backup ? run_backup(&process, *flags) : run(&process, *flags); });
  });
}

}  // namespace slipway::cmd
