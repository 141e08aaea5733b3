// `slipway providers plan`: what could be upgraded to what, and how.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/providers.h"
#include "cmd/slipway/table.h"
#include "cmd/slipway/upgrade_candidates.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway providers plan";

struct PlanFlags {
  ClusterFlags cluster;
  SourceFlags sources;
  std::string cert_manager_version;
  Output output = Output::Table;
};

bool has_upgrade(const providers::UpgradePlan& plan) {
  return std::ranges::any_of(plan.items, [](const providers::UpgradeItem& i) { return !i.to.empty(); });
}

json::Value value_of(const providers::UpgradePlan& plan) {
  json::Array items;
  for (const auto& item : plan.items) {
    json::Value one = json::Object{{"type", providers::to_string(item.id.type)}, {"name", item.id.name}, {"namespace", item.ns}, {"version", item.from}};
    if (!item.to.empty()) one.set("nextVersion", item.to);
    items.push_back(std::move(one));
  }
  return json::Object{{"contract", plan.contract}, {"upgradeAvailable", has_upgrade(plan)}, {"providers", std::move(items)}};
}

json::Value value_of(const providers::CertManagerPlan& plan) {
  json::Value out = json::Object{{"external", plan.external}, {"upgrade", plan.upgrade}};
  for (const auto& [key, text] : {std::pair("from", &plan.from), std::pair("to", &plan.to), std::pair("reason", &plan.reason)})
    if (!text->empty()) out.set(key, *text);
  return out;
}

void print(const providers::CertManagerPlan& plan) {
  if (plan.external)
    std::cout << "cert-manager is looked after by somebody else.\n";
  else if (plan.upgrade)
    std::cout << "cert-manager would be upgraded from " << plan.from << " to " << plan.to << ": " << plan.reason << ".\n";
  else
    std::cout << "cert-manager " << plan.from << " is up to date.\n";
}

// The words of the command that does it, with the sources that the plan was made from.
std::string command_for(const PlanFlags& flags, const std::string& contract) {
  std::string out = "slipway providers upgrade --contract " + contract;
  for (const auto& [flag, value] : {std::pair("--kubeconfig", &flags.cluster.kubeconfig), std::pair("--kubeconfig-context", &flags.cluster.context),
                                    std::pair("--config", &flags.sources.config), std::pair("--bundle", &flags.sources.bundle)})
    if (!value->empty()) out.append(" ").append(flag).append(" ").append(*value);
  return out;
}

void print(const providers::UpgradePlan& plan, const PlanFlags& flags) {
  Table table({"NAME", "NAMESPACE", "TYPE", "CURRENT VERSION", "NEXT VERSION"});
  for (const auto& item : plan.items)
    table.add({item.id.name, item.ns, std::string(providers::to_string(item.id.type)), item.from, item.to.empty() ? "up to date" : item.to});
  std::cout << "\nLatest releases for contract " << plan.contract << " of Cluster API:\n\n" << table.text();
  if (has_upgrade(plan)) std::cout << "\nTo upgrade: " << command_for(flags, plan.contract) << "\n";
}

async::Awaitable<Result<int>> run(Process* process, PlanFlags flags) {
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  auto installed = co_await providers::read_inventory(*client);
  if (!installed) co_return fail(std::move(installed).error());
  providers::UpgradePlans plans;
  if (!installed->empty()) {
    auto candidates = co_await upgrade_candidates(*sources, std::move(*installed));
    if (!candidates) co_return fail(std::move(candidates).error());
    plans = providers::plan_upgrades(*candidates);
    if (Status good = refuse("no upgrade can be planned", plans.problems); !good) co_return fail(std::move(good).error());
  }
  auto cert_manager = co_await cert_manager_upgrade(*sources, *client, flags.cert_manager_version);
  if (!cert_manager) co_return fail(std::move(cert_manager).error());
  if (flags.output != Output::Table) {
    json::Array values;
    for (const auto& plan : plans.plans) values.push_back(value_of(plan));
    print_value(json::Object{{"certManager", value_of(cert_manager->plan)}, {"plans", std::move(values)}}, flags.output);
    co_return 0;
  }
  // Who looks after cert-manager is nobody's question where there is none.
  if (!plans.plans.empty() || !cert_manager->plan.external) print(cert_manager->plan);
  if (plans.plans.empty())
    std::cout << "There are no providers on " << (*client)->server() << "; slipway init installs them, as in: slipway init --infrastructure vsphere\n";
  for (const auto& plan : plans.plans) print(plan, flags);
  std::cout << std::flush;
  co_return 0;
}

}  // namespace

void add_providers_plan(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<PlanFlags>();
  CLI::App* app =
      parent.add_subcommand("plan", "What installed providers and cert-manager could be upgraded to, contract by contract; as clusterctl upgrade plan.");
  add_cluster_flags(*app, flags->cluster);
  add_source_flags(*app, flags->sources);
  app->add_option("--cert-manager-version", flags->cert_manager_version, "default: the config file's, or the one that Slipway was built with");
  add_output(*app, flags->output);
  app->callback([flags, &action] { action = [flags] { return run_work(kName, [flags](Process& process) { return run(&process, *flags); }); }; });
}

}  // namespace slipway::cmd
