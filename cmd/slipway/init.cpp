// `slipway init`: what clusterctl init does, from the flags to the point where everything is known to fit together; carry_out.h is the rest.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/carry_out.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway init";

struct InitFlags {
  ClusterFlags cluster;
  ProviderFlags providers;
  SourceFlags sources;
  std::string target_namespace;
  bool validate = true;
  WriteFlags write;
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
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  Status recent = co_await check_server_version(*client);
  if (!recent) co_return fail(std::move(recent).error());
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
  request.cert_manager_version = flags.write.cert_manager_version;
  auto sets = co_await resolve_sets(*sources, std::move(request));
  if (!sets) co_return fail(std::move(sets).error());
  if (Status good = check(providers::preflight(*installed, planned(*sets)), flags.validate); !good) co_return fail(std::move(good).error());
  Writing writing;
  writing.sources = std::move(*sources);
  writing.client = std::move(*client);
  writing.sets = std::move(*sets);
  writing.installed = std::move(*installed);
  auto code = co_await carry_out(std::move(flags.write), std::move(writing));
  co_return code;
}

}  // namespace

int init_command(int argc, char** argv) {
  const auto flags = std::make_shared<InitFlags>();
  CLI::App app("Install Cluster API providers, and cert-manager before them, as clusterctl init does. A provider that is installed keeps its version.", kName);
  add_provider_flags(app, flags->providers);
  add_cluster_flags(app, flags->cluster);
  add_source_flags(app, flags->sources);
  app.add_option("-n,--target-namespace", flags->target_namespace, "namespace of all providers; default: what their components say")->check(check_namespace);
  app.add_flag("--validate", flags->validate, "refuse what does not fit together; --validate=false warns only");
  add_write_flags(app, flags->write);
  return run_cli(app, argc, argv, [&flags] {
    if (auto named = providers::with_defaults(flags->providers.named(), false); !named) return usage_error(kName, named.error());
    return run_work(kName, [&flags](Process& process) { return run(&process, *flags); });
  });
}

}  // namespace slipway::cmd
