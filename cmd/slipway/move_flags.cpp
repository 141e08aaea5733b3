#include "cmd/slipway/move_flags.h"

#include <CLI/CLI.hpp>

namespace slipway::cmd {
namespace {

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<kube::ObjectKey> keys_of(const std::vector<std::string>& names) {
  std::vector<kube::ObjectKey> out;
  for (const std::string& name : names) {
    const auto slash = name.find('/');
    out.push_back(slash == std::string::npos ? kube::ObjectKey{"", name} : kube::ObjectKey{name.substr(0, slash), name.substr(slash + 1)});
  }
  return out;
}

// A move that is named by its id alone goes on with the set that it was begun with.
bool names_a_set(const MoveFlags& flags) { return flags.all_namespaces || !flags.ns.empty() || !flags.clusters.empty() || !flags.target_namespace.empty(); }

Status check_backup(const MoveFlags& flags) {
  const BackupFlags& backup = flags.backup;
  const auto invalid = [](std::string sentence) { return fail(Disposition::Invalid, std::move(sentence)); };
  if (!backup.asked_for())
    return backup.key_file.empty() && !backup.unencrypted ? Status()
                                                          : invalid("--key-file and --unencrypted belong to a backup: --to-directory, --from-archive, ...");
  int places = 0;
  for (const std::string* place : {&backup.to_directory, &backup.to_archive, &backup.from_directory, &backup.from_archive}) places += place->empty() ? 0 : 1;
  if (places > 1) return invalid("--to-directory, --to-archive, --from-directory and --from-archive exclude each other");
  if (backup.key_file.empty() == !backup.unencrypted)
    return invalid("say with --key-file FILE what the backup is sealed with, or with --unencrypted that it is not");
  if (flags.resume || flags.rehearse || flags.status)
    return invalid("--resume, --rehearse and --status are of moves between clusters: a backup or restore is gone on with by the same command");
  if (!flags.target_namespace.empty()) return invalid("--to-namespace is of moves between clusters: a backup keeps its namespaces");
  if (backup.restores() && names_a_set(flags)) return invalid("a restore is of all that was saved: leave out --namespace, --all-namespaces and --cluster");
  if (backup.saves() && flags.has_target()) return invalid("a backup has no target: leave out --to-kubeconfig");
  if (backup.saves() && flags.rollback) return invalid("a backup is not undone: the source is as it was, and the files are yours to delete");
  return {};
}

void add_word(std::string& command, const char* flag, const std::string& value) {
  if (!value.empty()) command.append(" ").append(flag).append(" ").append(quoted(value));
}

pivot::GitOps gitops_of(std::string_view word) {
  return word == "suspend" ? pivot::GitOps::Suspend : word == "ignore" ? pivot::GitOps::Ignore : pivot::GitOps::Refuse;
}

}  // namespace

MoveMode MoveFlags::mode() const noexcept {
  if (rollback) return MoveMode::Rollback;
  if (dry_run) return MoveMode::DryRun;
  if (rehearse) return MoveMode::Rehearse;
  if (status) return MoveMode::Status;
  return resume ? MoveMode::Resume : MoveMode::Move;
}

void add_move_flags(CLI::App& app, MoveFlags& flags) {
  const auto cluster = [&](const char* name, std::string& into, const char* help) { app.add_option(name, into, help)->group("Clusters"); };
  cluster("--kubeconfig,--from", flags.source.kubeconfig, "of the source; default: $KUBECONFIG, then in-cluster, then ~/.kube/config");
  cluster("--kubeconfig-context,--from-context", flags.source.context, "context of the source's kubeconfig");
  cluster("--to-kubeconfig,--to", flags.target.kubeconfig, "of the target; default: the source's, where --to-kubeconfig-context is given");
  cluster("--to-kubeconfig-context,--to-context", flags.target.context, "context of the target's kubeconfig");

  CLI::Option* ns = app.add_option("-n,--namespace", flags.ns, "namespace to move; default: the current one of the source's context")->group("What moves");
  app.add_flag("-A,--all-namespaces", flags.all_namespaces, "move all namespaces")->excludes(ns)->group("What moves");
  const auto clusters = [&](const char* name, std::vector<std::string>& into, const char* help) {
    app.add_option(name, into, help)->delimiter(',')->allow_extra_args(false)->type_name("[NAMESPACE/]NAME")->group("What moves");
  };
  clusters("--cluster", flags.clusters, "only this Cluster with all that belongs to it; with commas or repeated");
  clusters("--allow-unprovisioned", flags.allow_unprovisioned,
           "this Cluster may move although it, or Machines of it, are still coming up; with commas or repeated");
  app.add_option("--to-namespace", flags.target_namespace, "where the objects of the namespace land; default: in one of the same name")->group("What moves");
  app.add_option("--on-unmovable", flags.on_unmovable, "fail or warn, where objects would be left behind or references would dangle")
      ->check(CLI::IsMember({"fail", "warn"}))
      ->capture_default_str()
      ->group("What moves");
  app.add_option("--gitops", flags.gitops, "refuse, suspend or ignore, where Flux or Argo CD applies what moves")
      ->check(CLI::IsMember({"refuse", "suspend", "ignore"}))
      ->capture_default_str()
      ->group("What moves");

  const auto file = [&](const char* name, std::string& into, const char* help) { app.add_option(name, into, help)->group("Files instead of a cluster"); };
  file("--to-directory", flags.backup.to_directory, "save what would move into this folder, a sealed file an object; the source stays as it is");
  file("--to-archive", flags.backup.to_archive, "save it into this file");
  file("--from-directory", flags.backup.from_directory, "create on the target what was saved into this folder");
  file("--from-archive", flags.backup.from_archive, "create on the target what was saved into this file");
  file("--key-file", flags.backup.key_file, "file with the key that a backup is sealed with: 32 random bytes, or a passphrase");
  app.add_flag("--unencrypted", flags.backup.unencrypted, "without a key: Secrets are in clear text in a backup")->group("Files instead of a cluster");

  const auto mode = [&](const char* name, bool& into, const char* help) { app.add_flag(name, into, help)->group("Modes, one of"); };
  mode("--dry-run", flags.dry_run, "print what would move, stay and stop the move, and write nothing; with a target, what happens there too");
  mode("--rehearse", flags.rehearse, "as --dry-run, and the target is asked whether it would take every object; creates its missing namespaces, nothing else");
  mode("--resume", flags.resume, "only go on with a move that was begun; an error where there is none");
  mode("--rollback", flags.rollback, "undo a move that is not committed: the source is as it was, the target without copies");
  mode("--status", flags.status, "say where a move stands");

  app.add_flag_function(
         "--quiesce-providers", [&flags](std::int64_t value) { flags.quiesce_providers = value > 0; },
         "scale the source's providers to zero; default: true with --all-namespaces, false otherwise: --quiesce-providers=false")
      ->group("How");
  app.add_flag("--no-rehearse", flags.no_rehearse, "ask the target beforehand for one object of each kind, not for all of them")->group("How");
  app.add_option("--concurrency", flags.concurrency, "requests at once on each side, at most")->check(CLI::Range(1, 256))->capture_default_str()->group("How");
  add_duration(app, "--timeout", flags.timeout, "of this run; a move that was cut short goes on where it stood");
  app.add_option("--id", flags.id, "name of the move; default: from the two clusters and what moves, so that the same command goes on with the same move");
  app.add_option("--journal-namespace", flags.journal_namespace, "on both sides, for the journal and the lock; made where it is not there")
      ->capture_default_str();
  add_output(app, flags.output);
}

Status check_move_flags(const MoveFlags& flags) {
  if (Status good = check_backup(flags); !good) return good;
  if (flags.resume + flags.rollback + flags.dry_run + flags.rehearse + flags.status > 1)
    return fail(Disposition::Invalid, "--dry-run, --rehearse, --resume, --rollback and --status exclude each other");
  if (!flags.has_target() && !flags.dry_run && !flags.backup.saves())
    return fail(Disposition::Invalid, "say where to move to: --to-kubeconfig FILE, or --to-kubeconfig-context NAME of the source's kubeconfig");
  const auto timeout = duration_flag("--timeout", flags.timeout);
  if (!timeout) return fail(timeout.error());
  if (*timeout < std::chrono::seconds(1)) return fail(Disposition::Invalid, "--timeout must be one second at least");
  if (flags.journal_namespace.empty()) return fail(Disposition::Invalid, "--journal-namespace must not be empty");
  return {};
}

pivot::Options move_options(const MoveFlags& flags, const std::string& current_namespace) {
  pivot::Options out;
  out.id = flags.id;
  out.journal_namespace = flags.journal_namespace;
  if (!flags.all_namespaces) out.ns = flags.ns.empty() ? current_namespace : flags.ns;
  out.clusters = keys_of(flags.clusters);
  out.allow_unprovisioned = keys_of(flags.allow_unprovisioned);
  out.target_namespace = flags.target_namespace;
  out.recorded_scope = flags.resume && !flags.id.empty() && !names_a_set(flags);
  out.quiesce_providers = flags.quiesce_providers.value_or(flags.all_namespaces && flags.clusters.empty());
  out.fail_on_unmovable = flags.on_unmovable == "fail";
  out.gitops = gitops_of(flags.gitops);
  out.rehearse = !flags.no_rehearse;
  out.max_concurrency = flags.concurrency;
  out.timeout = std::chrono::duration_cast<std::chrono::seconds>(*duration_flag("--timeout", flags.timeout));
  return out;
}

std::string target_as_cluster_flags(const MoveFlags& flags) {
  std::string out;
  add_word(out, "--kubeconfig", flags.target.kubeconfig.empty() ? flags.source.kubeconfig : flags.target.kubeconfig);
  add_word(out, "--kubeconfig-context", flags.target.context);
  return out;
}

std::string move_command_line(const MoveFlags& flags, const pivot::Options& options) {
  std::string out = "slipway move";
  add_word(out, "--kubeconfig", flags.source.kubeconfig);
  add_word(out, "--kubeconfig-context", flags.source.context);
  add_word(out, "--to-kubeconfig", flags.target.kubeconfig);
  add_word(out, "--to-kubeconfig-context", flags.target.context);
  if (options.ns.empty()) out += " --all-namespaces";
  add_word(out, "--namespace", options.ns);
  for (const kube::ObjectKey& cluster : options.clusters) add_word(out, "--cluster", cluster.to_string());
  for (const kube::ObjectKey& cluster : options.allow_unprovisioned) add_word(out, "--allow-unprovisioned", cluster.to_string());
  add_word(out, "--to-namespace", options.target_namespace);
  if (!options.fail_on_unmovable) out += " --on-unmovable warn";
  if (flags.gitops != MoveFlags{}.gitops) add_word(out, "--gitops", flags.gitops);
  if (flags.quiesce_providers) out += *flags.quiesce_providers ? " --quiesce-providers=true" : " --quiesce-providers=false";
  if (flags.journal_namespace != MoveFlags{}.journal_namespace) add_word(out, "--journal-namespace", flags.journal_namespace);
  add_word(out, "--id", options.id);
  return out;
}

}  // namespace slipway::cmd
