// `slipway providers delete`: the plan first, then, where nothing speaks against it, its execution.
#include <algorithm>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cmd/slipway/components_flags.h"
#include "cmd/slipway/providers.h"
#include "cmd/slipway/resolve_sets.h"
#include "pkg/base/strings.h"
#include "pkg/providers/deletion.h"
#include "pkg/providers/leftovers.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway providers delete";

struct DeleteFlags {
  ClusterFlags cluster;
  ProviderFlags providers;
  bool all = false;
  bool include_crds = false;
  bool include_namespaces = false;
  bool dry_run = false;
  Output output = Output::Table;
};

json::Value value_of(const providers::DeletionItem& item) {
  json::Value out = json::Object{{"kind", item.kind}, {"name", item.key.name}, {"provider", providers::manifest_label(item.provider.type, item.provider.name)}};
  if (!item.key.ns.empty()) out.set("namespace", item.key.ns);
  return out;
}

bool is_any(const std::vector<providers::KeptObject>& kept, std::string_view kind) {
  return std::ranges::any_of(kept, [&](const auto& one) { return one.object.starts_with(kind); });
}

// Finds them by their labels, also when the inventory does not tell of their providers any more. Empty where no flag helps.
std::string command_for_the_rest(const std::vector<providers::KeptObject>& kept, const DeleteFlags& flags) {
  const bool crds = !flags.include_crds && is_any(kept, "CustomResourceDefinition ");
  const bool namespaces = !flags.include_namespaces && is_any(kept, "Namespace ");
  if (!crds && !namespaces) return {};
  std::string out = "slipway providers delete";
  if (flags.all) out += " --all";
  out += flags_of(flags.providers);
  if (crds || flags.include_crds) out += " --include-crd";
  if (namespaces || flags.include_namespaces) out += " --include-namespace";
  for (const auto& [flag, value] : {std::pair(" --kubeconfig ", &flags.cluster.kubeconfig), std::pair(" --kubeconfig-context ", &flags.cluster.context)})
    if (!value->empty()) out.append(flag).append(*value);
  return out;
}

// A line for each reason, and how the rest goes too.
void print_kept(const std::vector<providers::KeptObject>& kept, const DeleteFlags& flags) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const auto& one : kept) by_reason[one.why].push_back(one.object);
  for (const auto& [why, objects] : by_reason) std::cerr << objects.size() << " kept: " << join(objects, ", ") << "; " << why << "\n";
  if (const std::string command = command_for_the_rest(kept, flags); !command.empty()) std::cerr << "To delete those too: " << command << "\n";
}

void print(const providers::DeletionPlan& plan, Output output, bool dry_run) {
  if (output == Output::Table) {
    for (const auto& item : plan.items) std::cout << "would delete " << item.kind << " " << item.key.to_string() << "\n";
    std::cout << std::flush;
    return;
  }
  json::Array objects;
  for (const auto& item : plan.items) objects.push_back(value_of(item));
  json::Array kept;
  for (const auto& one : plan.kept) kept.push_back(json::Object{{"object", one.object}, {"reason", one.why}});
  print_value(json::Object{{"dryRun", dry_run}, {"objects", std::move(objects)}, {"kept", std::move(kept)}}, output);
}

async::Awaitable<Result<int>> run(Process* process, DeleteFlags flags) {
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  auto installed = co_await providers::read_inventory(*client);
  if (!installed) co_return fail(std::move(installed).error());
  auto candidates = co_await providers::find_leftovers(*client, *installed);
  if (!candidates) co_return fail(std::move(candidates).error());
  candidates->insert(candidates->begin(), installed->begin(), installed->end());
  auto chosen = providers::choose_for_deletion(*candidates, flags.providers.named(), flags.all);
  if (!chosen) co_return fail(std::move(chosen).error());
  providers::DeletionOptions options;
  options.include_crds = flags.include_crds;
  options.include_namespaces = flags.include_namespaces;
  auto plan = co_await providers::prepare_deletion(*client, *installed, *chosen, options);
  if (!plan) co_return fail(std::move(plan).error());
  if (Status good = refuse("nothing was deleted, because", plan->problems); !good) co_return fail(std::move(good).error());
  if (flags.output == Output::Table && plan->items.empty()) std::cerr << "There is nothing to delete on " << (*client)->server() << ".\n";
  if (flags.dry_run) {
    print(*plan, flags.output, true);
    if (flags.output == Output::Table) print_kept(plan->kept, flags);
    co_return 0;
  }
  std::function<void(const providers::DeletionItem&)> tell;
  if (flags.output == Output::Table) tell = [](const auto& item) { std::cout << "deleted " << item.kind << " " << item.key.to_string() << std::endl; };
  Status done = co_await providers::execute_deletion(*client, *plan, tell);
  if (!done) co_return fail(std::move(done).error());
  if (flags.output == Output::Table)
    print_kept(plan->kept, flags);
  else
    print(*plan, flags.output, false);
  co_return 0;
}

}  // namespace

void add_providers_delete(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<DeleteFlags>();
  CLI::App* app = parent.add_subcommand(
      "delete", "Delete providers: webhooks and Deployments first. Definitions, their objects and namespaces stay unless they are asked for.");
  add_provider_flags(*app, flags->providers);
  add_cluster_flags(*app, flags->cluster);
  app->add_flag("--all", flags->all, "all providers");
  app->add_flag("--include-crd", flags->include_crds, "definitions too; refused where there are objects of them");
  app->add_flag("--include-namespace", flags->include_namespaces, "the namespaces of the controllers too, with everything in them");
  app->add_flag("--dry-run", flags->dry_run, "print what would go, and delete nothing");
  add_output(*app, flags->output);
  app->callback([flags, &action] {
    action = [flags] {
      const auto named = flags->providers.named();
      if (flags->all == !named.empty())
        return usage_error(kName, {Disposition::Invalid, "say either which providers are to be deleted, such as --infrastructure vsphere, or --all"});
      return run_work(kName, [flags](Process& process) { return run(&process, *flags); });
    };
  });
}

}  // namespace slipway::cmd
