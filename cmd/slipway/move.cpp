// `slipway move`: Cluster API's objects from one management cluster to another, as clusterctl move does, but as a transaction (docs/pivot.md).
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/move_ends.h"
#include "cmd/slipway/move_id.h"
#include "cmd/slipway/move_words.h"
#include "pkg/async/task_group.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway move";

struct MoveWork {
  Process* process = nullptr;
  MoveFlags flags;
  MoveEnd source, target;
  pivot::Options options;
  MoveProgress progress;
};
using MoveWorkPtr = std::shared_ptr<MoveWork>;

async::Awaitable<Status> open_ends(MoveWorkPtr work) {
  auto source = open_source(work->flags, *work->process);
  if (!source) co_return fail(std::move(source).error());
  auto target = open_target(work->flags, *work->process);
  if (!target) co_return fail(std::move(target).error());
  work->source = std::move(*source);
  work->target = std::move(*target);
  auto source_uid = co_await cluster_uid("source", work->source.client);
  if (!source_uid) co_return fail(std::move(source_uid).error());
  auto target_uid = co_await cluster_uid("target", work->target.client);
  if (!target_uid) co_return fail(std::move(target_uid).error());
  if (*source_uid == *target_uid)
    co_return fail(Disposition::Invalid, "source and target are the same cluster (" + work->source.client->server() + " and " + work->target.client->server() +
                                             " have one kube-system namespace): name another one with --to-kubeconfig or --to-kubeconfig-context");
  work->source.uid = std::move(*source_uid);
  work->target.uid = std::move(*target_uid);
  work->options = move_options(work->flags, work->source.current_namespace);
  co_return Status();
}

void tell(MoveWork& work, const pivot::Progress& progress) {
  if (const auto sentence = work.progress.next(progress)) std::cerr << *sentence << "\n";
}

Status begin(MoveWork& work, const MoveChoice& choice) {
  work.options.id = choice.id;
  const bool move = work.flags.mode() == MoveMode::Move;
  if (!choice.journal && !move)
    return fail(Disposition::NotFound, "there is no unfinished move of this set between these clusters (move " + choice.id + "); name another one with --id");
  const std::string set = work.options.ns.empty() ? "all namespaces" : "namespace " + work.options.ns;
  std::cerr << (choice.journal ? "going on with move " : "move ") << choice.id << ": " << set << " from " << work.source.client->server() << " to "
            << work.target.client->server() << "\n";
  if (choice.journal) tell(work, *choice.journal);
  return {};
}

int finish(const MoveWork& work, const pivot::Progress& progress) {
  if (work.flags.output == Output::Table)
    std::cout << move_summary(progress) << std::flush;
  else
    print_value(move_value(progress), work.flags.output);
  return 0;
}

// An error, or a signal: says where things stand. No word of the journal is asked for: the last that was written is known.
int stopped(const MoveWork& work, const Error& error) {
  if (!error.is(Disposition::Canceled)) (void)failure(kName, error);
  pivot::Progress last = work.progress.last().value_or(pivot::Progress{});
  last.id = work.options.id;
  std::cerr << (error.is(Disposition::Canceled) ? "stopped: " : "") << where_it_stands(last, move_command_line(work.flags, work.options));
  return 1;
}

async::Awaitable<Result<int>> run(Process* process, MoveFlags flags) {
  co_await async::no_throw_on_cancel();
  const auto work = std::make_shared<MoveWork>();
  work->process = process;
  work->flags = std::move(flags);
  Status opened = co_await open_ends(work);
  if (!opened) co_return fail(std::move(opened).error());
  auto choice =
      co_await choose_move(work->source.client, work->target.client, work->options, move_id_prefix(work->source.uid, work->target.uid, work->options));
  if (!choice) co_return fail(std::move(choice).error());
  if (Status begun = begin(*work, *choice); !begun) co_return fail(std::move(begun).error());
  work->options.on_progress = [work](const pivot::Progress& progress) { tell(*work, progress); };
  Result<pivot::Progress> done = fail(Disposition::Terminal, "not run");
  if (work->flags.mode() == MoveMode::Rollback)
    done = co_await pivot::rollback(work->source.client, work->target.client, work->options);
  else
    done = co_await pivot::run(work->source.client, work->target.client, work->options);
  work->options.on_progress = nullptr;
  co_return done ? finish(*work, *done) : stopped(*work, done.error());
}

}  // namespace

int move_command(int argc, char** argv) {
  const auto flags = std::make_shared<MoveFlags>();
  CLI::App app("Move Cluster API objects from one management cluster to another, as clusterctl move does: resumable, verified, and undone on request.", kName);
  add_move_flags(app, *flags);
  return run_cli(app, argc, argv, [&flags] {
    if (Status good = check_move_flags(*flags); !good) return usage_error(kName, good.error());
    return run_work(kName, [&flags](Process& process) { return run(&process, *flags); });
  });
}

}  // namespace slipway::cmd
