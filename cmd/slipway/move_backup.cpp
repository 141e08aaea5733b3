#include "cmd/slipway/move_backup.h"

#include <filesystem>
#include <iostream>

#include "cmd/slipway/move_ends.h"
#include "cmd/slipway/move_id.h"
#include "cmd/slipway/move_plan.h"
#include "cmd/slipway/move_tree.h"
#include "cmd/slipway/move_words.h"
#include "cmd/slipway/table.h"
#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/pivot/archive.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway move";

Result<pivot::Place> place_of(const BackupFlags& flags) {
  pivot::Place place;
  for (const std::string* path : {&flags.to_directory, &flags.to_archive, &flags.from_directory, &flags.from_archive})
    if (!path->empty()) place.path = *path;
  const bool archive = !flags.to_archive.empty() || !flags.from_archive.empty();
  place.form = archive ? pivot::Place::Form::Archive : pivot::Place::Form::Directory;
  place.unencrypted = flags.unencrypted;
  if (flags.key_file.empty()) return place;
  auto key = pivot::SealingKey::from_file(flags.key_file);
  if (!key) return fail(std::move(key).error().in("--key-file"));
  place.key = std::move(*key);
  return place;
}

std::string absolute(const std::string& path) {
  std::error_code ec;
  const auto whole = std::filesystem::absolute(path, ec);
  return ec ? path : whole.lexically_normal().string();
}

// The same backup, asked for again, goes on with the journal of the one that was cut.
std::string save_id(const std::string& source_uid, const pivot::Place& place, const pivot::Options& options) {
  return "save-" + hex(fnv1a(source_uid + "\n" + absolute(place.path) + "\n" + set_of(options)));
}

std::string restore_id(const pivot::Backup& backup) { return "restore-" + hex(fnv1a(backup.digest)); }

std::function<void(const pivot::Progress&)> teller() {
  const auto progress = std::make_shared<MoveProgress>();
  return [progress](const pivot::Progress& p) {
    if (const auto sentence = progress->next(p)) std::cerr << *sentence << "\n";
  };
}

int stopped(const Error& error, const std::string& next) {
  std::cerr << kName << ": " << (error.is(Disposition::Canceled) ? "stopped" : error.message()) << "\n" << next << "\n";
  return 1;
}

json::Value value_of(const pivot::Saved& saved) {
  json::Value excluded = json::Object{};
  for (const auto& [reason, count] : saved.excluded) excluded.set(reason, count);
  return json::Object{{"id", saved.id},           {"path", saved.path},   {"digest", saved.digest},
                      {"objects", saved.objects}, {"bytes", saved.bytes}, {"excluded", std::move(excluded)}};
}

void print(const pivot::Saved& saved, Output output) {
  if (output != Output::Table) return print_value(value_of(saved), output);
  std::cout << saved.objects << " objects (" << saved.bytes << " bytes) are in " << saved.path << ", " << saved.digest << "\n";
  for (const auto& [reason, count] : saved.excluded) std::cout << "  left: " << count << " " << printable(reason) << "\n";
  std::cout << std::flush;
}

async::Awaitable<Result<int>> save(Process* process, MoveFlags flags) {
  auto place = place_of(flags.backup);
  if (!place) co_return fail(std::move(place).error());
  auto source = open_source(flags, *process);
  if (!source) co_return fail(std::move(source).error());
  auto uid = co_await cluster_uid("source", source->client);
  if (!uid) co_return fail(std::move(uid).error());
  pivot::Options options = move_options(flags, source->current_namespace);
  if (options.id.empty()) options.id = save_id(*uid, *place, options);
  options.on_progress = teller();
  auto saved = co_await pivot::save(source->client, options, *place);
  if (!saved)
    co_return stopped(saved.error(),
                      "If it was cut while it read, Clusters of the source may be paused still: the same command again goes on, and unpauses them at its end.");
  print(*saved, flags.output);
  co_return 0;
}

void show(const pivot::Backup& backup, const MoveFlags& flags) {
  std::cerr << "backup " << backup.id << " of " << backup.created << ", " << (backup.sealed ? "sealed" : "in clear text") << ", " << backup.digest << "\n";
  if (flags.output != Output::Table) return print_value(preview_value({.plan = backup.plan, .presence = {}, .problems = {}}, {}), flags.output);
  Table table({"OBJECT", "GROUP"});
  for (const TreeLine& line : move_tree(backup.plan)) table.add({line.text, std::to_string(backup.plan.objects[line.object].group)});
  std::cout << table.text() << "\n" << backup.plan.objects.size() << " objects in the backup\n" << std::flush;
}

void print(const pivot::Progress& progress, Output output) {
  if (output != Output::Table) return print_value(move_value(progress), output);
  if (progress.phase == pivot::Phase::RolledBack)
    std::cout << progress.id << " is undone\n" << std::flush;
  else
    std::cout << progress.id << " is " << to_string(progress.phase) << ": " << progress.created << " of " << progress.planned << " objects restored\n"
              << std::flush;
}

async::Awaitable<Result<int>> restore(Process* process, MoveFlags flags) {
  auto place = place_of(flags.backup);
  if (!place) co_return fail(std::move(place).error());
  auto backup = pivot::inspect(*place);
  if (!backup) co_return fail(std::move(backup).error());
  if (flags.dry_run) {
    show(*backup, flags);
    co_return 0;
  }
  auto target = open_target(flags, *process);
  if (!target) co_return fail(std::move(target).error());
  auto uid = co_await cluster_uid("target", target->client);
  if (!uid) co_return fail(std::move(uid).error());
  pivot::Options options = move_options(flags, {});
  if (options.id.empty()) options.id = restore_id(*backup);
  options.on_progress = teller();
  std::cerr << (flags.rollback ? "undoing " : "") << options.id << ": " << absolute(place->path) << " to " << target->client->server() << "\n";
  Result<pivot::Progress> done = fail(Disposition::Terminal, "not run");
  if (flags.rollback)
    done = co_await pivot::undo_restore(target->client, options);
  else
    done = co_await pivot::restore(target->client, options, *place);
  if (!done)
    co_return stopped(done.error(), "The same command again goes on; with --rollback what was restored is deleted, until Clusters are being unpaused.");
  print(*done, flags.output);
  co_return 0;
}

}  // namespace

async::Awaitable<Result<int>> run_backup(Process* process, MoveFlags flags) {
  co_await async::no_throw_on_cancel();
  Result<int> code = fail(Disposition::Terminal, "not run");
  if (flags.backup.restores())
    code = co_await restore(process, flags);
  else
    code = co_await save(process, flags);
  co_return code;
}

}  // namespace slipway::cmd
