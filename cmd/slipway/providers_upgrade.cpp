// `slipway providers upgrade`: what was asked for is decided, fetched and verified before anything is touched; carry_out.h is the rest.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/carry_out.h"
#include "cmd/slipway/providers.h"
#include "cmd/slipway/upgrade_candidates.h"
#include "pkg/base/strings.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway providers upgrade";

struct UpgradeFlags {
  ClusterFlags cluster;
  ProviderFlags providers;
  SourceFlags sources;
  std::string contract;
  WriteFlags write;
};

struct Asked {
  std::string ns;  // empty: not said
  providers::ProviderRequest request;
};

// [namespace/]name:version, as clusterctl takes it.
Result<Asked> parse_asked(const providers::NamedProvider& named) {
  const auto slash = named.text.find('/');
  Asked out;
  if (slash != std::string::npos) out.ns = named.text.substr(0, slash);
  auto request = providers::parse_request(named.type, slash == std::string::npos ? named.text : named.text.substr(slash + 1));
  if (!request) return fail(std::move(request).error());
  if (request->version.empty() || request->version == "latest")
    return fail(Disposition::Invalid, providers::to_string(request->id) + ": name the version, as name:version; slipway providers plan lists them");
  out.request = std::move(*request);
  return out;
}

Result<std::vector<Asked>> asked_for(const UpgradeFlags& flags) {
  std::vector<Asked> out;
  for (const auto& named : flags.providers.named()) {
    auto asked = parse_asked(named);
    if (!asked) return fail(std::move(asked).error());
    out.push_back(std::move(*asked));
  }
  if (flags.contract.empty() == out.empty())
    return fail(Disposition::Invalid,
                "say what to upgrade to: either a contract, such as --contract v1beta2, or providers, such as --core cluster-api:v1.14.2");
  return out;
}

Result<std::vector<providers::UpgradeRequest>> requests_of(const UpgradeFlags& flags, const std::vector<providers::UpgradeCandidate>& candidates) {
  std::vector<providers::UpgradeRequest> out;
  auto asked = asked_for(flags);
  if (!asked) return fail(std::move(asked).error());
  for (const Asked& one : *asked) {
    const auto have = std::ranges::find(candidates, one.request.id, &providers::UpgradeCandidate::id);
    if (!one.ns.empty() && have != candidates.end() && have->ns != one.ns)
      return fail(Disposition::Invalid, providers::to_string(one.request.id) + " is installed in namespace " + have->ns + ", not in " + shorten(one.ns, 63));
    out.push_back({one.request.id, one.request.version});
  }
  if (flags.contract.empty()) return out;
  const providers::UpgradePlans plans = providers::plan_upgrades(candidates);
  if (Status good = refuse("no upgrade can be planned", plans.problems); !good) return fail(std::move(good).error());
  std::vector<std::string> contracts;
  for (const providers::UpgradePlan& plan : plans.plans) {
    if (plan.contract == flags.contract) return providers::requests_of(plan);
    contracts.push_back(plan.contract);
  }
  return fail(Disposition::NotFound, "there is no upgrade to contract " + shorten(flags.contract, 64) + "; there is one for " +
                                         (contracts.empty() ? "no contract" : join(contracts, ", ")) + " (slipway providers plan)");
}

SetRequest sets_for(const std::vector<providers::UpgradeItem>& items, std::string providers::UpgradeItem::* version,
                    std::vector<providers::InstalledProvider> installed) {
  SetRequest out;
  for (const auto& item : items) out.providers.push_back({item.id, item.*version});
  out.installed = std::move(installed);
  out.cert_manager = false;
  return out;
}

void describe(const std::vector<providers::UpgradeItem>& items, const CertManagerUpgrade& cert_manager) {
  if (cert_manager.set) std::cerr << "cert-manager: " << cert_manager.plan.from << " -> " << cert_manager.plan.to << " (" << cert_manager.plan.reason << ")\n";
  for (const auto& item : items) std::cerr << providers::to_string(item.id) << ": " << item.from << " -> " << item.to << "\n";
}

async::Awaitable<Result<int>> run(Process* process, UpgradeFlags flags) {
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  Status recent = co_await check_server_version(*client);
  if (!recent) co_return fail(std::move(recent).error());
  auto installed = co_await providers::read_inventory(*client);
  if (!installed) co_return fail(std::move(installed).error());
  auto candidates = co_await upgrade_candidates(*sources, *installed);
  if (!candidates) co_return fail(std::move(candidates).error());
  auto requests = requests_of(flags, *candidates);
  if (!requests) co_return fail(std::move(requests).error());
  auto decision = providers::decide_upgrade(*candidates, *requests);
  if (Status good = refuse("nothing was upgraded, because", decision.problems); !good) co_return fail(std::move(good).error());
  auto cert_manager = co_await cert_manager_upgrade(*sources, *client, flags.write.cert_manager_version);
  if (!cert_manager) co_return fail(std::move(cert_manager).error());
  if (decision.items.empty() && !cert_manager->set) {
    if (flags.write.output != Output::Table) print_value(json::Object{{"providers", json::Array()}}, flags.write.output);
    std::cerr << "Everything is up to date: there is nothing to upgrade.\n";
    co_return 0;
  }
  auto sets = co_await resolve_sets(*sources, sets_for(decision.items, &providers::UpgradeItem::to, *installed));
  if (!sets) co_return fail(std::move(sets).error());
  // Fetched now, while nothing is broken yet: the way back.
  auto previous = co_await resolve_sets(*sources, sets_for(decision.items, &providers::UpgradeItem::from, *installed));
  if (!previous) std::cerr << kName << ": warning: without a way back, because " << previous.error().message() << "\n";
  describe(decision.items, *cert_manager);
  sets->cert_manager = std::move(cert_manager->set);
  Writing writing;
  writing.sources = std::move(*sources);
  writing.client = std::move(*client);
  writing.sets = std::move(*sets);
  if (previous) writing.previous = std::move(*previous);
  writing.installed = std::move(*installed);
  auto code = co_await carry_out(std::move(flags.write), std::move(writing));
  co_return code;
}

}  // namespace

void add_providers_upgrade(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<UpgradeFlags>();
  CLI::App* app = parent.add_subcommand(
      "upgrade", "Upgrade providers to a contract's latest releases or to named versions, and cert-manager where it is due; as clusterctl upgrade apply.");
  add_provider_flags(*app, flags->providers);
  add_cluster_flags(*app, flags->cluster);
  add_source_flags(*app, flags->sources);
  app->add_option("--contract", flags->contract, "all providers, to the latest releases of this contract, such as v1beta2");
  add_write_flags(*app, flags->write);
  app->callback([flags, &action] {
    action = [flags] {
      if (auto asked = asked_for(*flags); !asked) return usage_error(kName, asked.error());
      return run_work(kName, [flags](Process& process) { return run(&process, *flags); });
    };
  });
}

}  // namespace slipway::cmd
