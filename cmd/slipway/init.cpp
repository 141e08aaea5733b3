// `slipway init`: what clusterctl init does, from the flags to the point where everything is known to fit together; install.h is the rest.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/dry_run.h"
#include "cmd/slipway/install.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway init";

struct InitFlags {
  ClusterFlags cluster;
  ProviderFlags providers;
  SourceFlags sources;
  std::string target_namespace;
  std::string cert_manager_version;
  bool wait = true;
  std::string wait_timeout = "5m";
  bool validate = true;
  bool dry_run = false;
  Output output = Output::Table;
};

// A DNS-1123 label, as the API server wants it.
std::string check_namespace(const std::string& name) {
  const bool fits = name.size() <= 63 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (fits && !name.empty() && name.front() != '-' && name.back() != '-') return {};
  return "must be at most 63 of a-z, 0-9 and -, with a letter or digit at both ends";
}

std::vector<providers::PlannedProvider> planned(const ResolvedSets& sets) {
  std::vector<providers::PlannedProvider> out;
  out.reserve(sets.providers.size());
  for (const ResolvedSet& set : sets.providers)
    out.push_back({.id = *set.id, .ns = set.components.ns, .version = set.components.version, .metadata = set.metadata, .objects = set.components.objects});
  return out;
}

Status check(const std::vector<providers::Problem>& problems, bool validate) {
  if (validate) return refuse("nothing was written, because", problems);
  for (const auto& problem : problems) std::cerr << kName << ": warning: " << problem.sentence << "\n";
  return {};
}

async::Awaitable<Result<int>> run(Process* process, InitFlags flags) {
  const auto wait_timeout = duration_flag("--wait-provider-timeout", flags.wait_timeout);
  if (!wait_timeout) co_return fail(wait_timeout.error());
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  auto installed = co_await providers::read_inventory(*client);
  if (!installed) co_return fail(std::move(installed).error());
  const bool first_run = std::ranges::none_of(*installed, [](const auto& p) { return p.id.type == providers::ProviderType::Core; });
  auto requests = providers::with_defaults(flags.providers.named(), first_run);
  if (!requests) co_return fail(std::move(requests).error());
  if (requests->empty()) co_return fail(Disposition::Invalid, "there is nothing to install: name a provider, such as --infrastructure vsphere");

  SetRequest request;
  request.providers = std::move(*requests);
  request.installed = *installed;
  request.target_namespace = flags.target_namespace;
  request.cert_manager_version = flags.cert_manager_version;
  auto sets = co_await resolve_sets(*sources, std::move(request));
  if (!sets) co_return fail(std::move(sets).error());
  if (Status good = check(providers::preflight(*installed, planned(*sets)), flags.validate); !good) co_return fail(std::move(good).error());
  if (flags.dry_run) {
    auto plan = co_await dry_run(*client, std::move(*sets));
    if (!plan) co_return fail(std::move(plan).error());
    print_plan(*plan, flags.output);
    co_return 0;
  }
  InstallRequest install;
  install.client = *client;
  install.clock = &process->clock;
  install.sets = std::move(*sets);
  install.wait = flags.wait;
  install.wait_timeout = *wait_timeout;
  install.cert_manager_timeout = (*sources)->config.catalog().cert_manager().timeout.value_or(std::chrono::minutes(10));
  install.progress = [](std::string_view step) { std::cerr << step << "\n"; };
  Status done = co_await install_sets(std::move(install));
  if (!done) co_return fail(std::move(done).error());
  co_return 0;
}

}  // namespace

int init_command(int argc, char** argv) {
  const auto flags = std::make_shared<InitFlags>();
  CLI::App app("Install Cluster API providers, and cert-manager before them, as clusterctl init does. A provider that is installed keeps its version.", kName);
  add_provider_flags(app, flags->providers);
  add_cluster_flags(app, flags->cluster);
  add_source_flags(app, flags->sources);
  app.add_option("-n,--target-namespace", flags->target_namespace, "namespace of all providers; default: what their components say")->check(check_namespace);
  app.add_option("--cert-manager-version", flags->cert_manager_version, "default: the config file's, or the one that Slipway was built with");
  app.add_flag("--wait-providers", flags->wait, "wait until the providers work; on by default, other than with clusterctl: --wait-providers=false");
  add_duration(app, "--wait-provider-timeout", flags->wait_timeout, "for each provider");
  app.add_flag("--validate", flags->validate, "refuse what does not fit together; --validate=false warns only");
  app.add_flag("--dry-run", flags->dry_run, "print what would be created and changed, and write nothing");
  add_output(app, flags->output);
  return run_cli(app, argc, argv, [&flags] {
    if (auto named = providers::with_defaults(flags->providers.named(), false); !named) return usage_error(kName, named.error());
    return run_work(kName, [&flags](Process& process) { return run(&process, *flags); });
  });
}

}  // namespace slipway::cmd
