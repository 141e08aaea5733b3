// `slipway providers list`: what is installed and whether it runs; or what could be installed by name.
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cmd/slipway/components_flags.h"
#include "cmd/slipway/providers.h"
#include "cmd/slipway/table.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway providers list";

struct ListFlags {
  ClusterFlags cluster;
  SourceFlags sources;
  bool available = false;
  Output output = Output::Table;
};

struct Running {
  std::size_t available = 0;
  std::size_t all = 0;
};

async::Awaitable<Result<std::map<std::string, Running>>> deployments(std::shared_ptr<kube::Client> client) {
  kube::ListOptions options;
  options.label_selector = providers::kProviderLabel;
  auto listed = co_await kube::list_all(std::move(client), kube::res::kDeployments, "", std::move(options));
  if (!listed) co_return fail(std::move(listed).error());
  std::map<std::string, Running> out;
  for (const kube::Object& object : listed->items) {
    Running& running = out[std::string(kube::label(object, providers::kProviderLabel))];
    const bool is_current = object["status"]["observedGeneration"].as_int() >= kube::generation_of(object);
    running.available += is_current && kube::condition_true(object, "Available") ? 1 : 0;
    ++running.all;
  }
  co_return out;
}

json::Value value_of(const providers::InstalledProvider& provider, const Running& running) {
  return json::Object{{"type", providers::to_string(provider.id.type)},
                      {"name", provider.id.name},
                      {"namespace", provider.ns},
                      {"version", provider.version},
                      {"contract", provider.contract},
                      {"available", running.all > 0 && running.available == running.all},
                      {"deployments", running.all},
                      {"deploymentsAvailable", running.available}};
}

async::Awaitable<Result<int>> list_installed(Process* process, ListFlags flags) {
  auto client = connect(flags.cluster, *process);
  if (!client) co_return fail(std::move(client).error());
  auto installed = co_await providers::read_inventory(*client);
  if (!installed) co_return fail(std::move(installed).error());
  auto running = co_await deployments(*client);
  if (!running) co_return fail(std::move(running).error());
  Table table({"TYPE", "NAME", "NAMESPACE", "VERSION", "CONTRACT", "AVAILABLE"});
  json::Array values;
  for (const auto& provider : *installed) {
    const Running& have = (*running)[providers::manifest_label(provider.id.type, provider.id.name)];
    table.add({std::string(providers::to_string(provider.id.type)), provider.id.name, provider.ns, provider.version, provider.contract,
               std::to_string(have.available) + "/" + std::to_string(have.all)});
    values.push_back(value_of(provider, have));
  }
  if (flags.output != Output::Table)
    print_value(json::Object{{"providers", std::move(values)}}, flags.output);
  else if (table.empty())
    std::cerr << "There are no providers on " << (*client)->server() << "; slipway init installs them.\n";
  else
    std::cout << table.text() << std::flush;
  co_return 0;
}

// Without credentials: a URL may hold some, as the config file's variables are expanded in it.
std::string shown(const std::string& url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  std::string out = url.substr(0, url.find_first_of("?#"));
  const auto at = out.find('@', host);
  if (at != std::string::npos && at < std::min(out.find('/', host), out.size()) && scheme != std::string::npos) out.erase(host, at + 1 - host);
  return out;
}

async::Awaitable<Result<int>> list_available(Process* process, ListFlags flags) {
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  Table table({"TYPE", "NAME", "URL"});
  json::Array values;
  for (const providers::CatalogEntry& entry : (*sources)->config.catalog().entries()) {
    const std::string type(providers::to_string(entry.id.type));
    table.add({type, entry.id.name, shown(entry.url)});
    values.push_back(json::Object{{"type", type}, {"name", entry.id.name}, {"url", shown(entry.url)}});
  }
  if (flags.output != Output::Table)
    print_value(json::Object{{"providers", std::move(values)}}, flags.output);
  else
    std::cout << table.text() << std::flush;
  co_return 0;
}

}  // namespace

void add_providers_list(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<ListFlags>();
  CLI::App* app =
      parent.add_subcommand("list", "Providers that are installed, with the contract that their definitions name and how many of their Deployments run.");
  add_cluster_flags(*app, flags->cluster);
  app->add_option("--config", flags->sources.config, "clusterctl's config file, for --available; default: where clusterctl looks for it");
  app->add_flag("--available", flags->available, "list the catalog instead: what can be installed by name");
  add_output(*app, flags->output);
  app->callback([flags, &action] {
    action = [flags] {
      return run_work(kName, [flags](Process& process) { return flags->available ? list_available(&process, *flags) : list_installed(&process, *flags); });
    };
  });
}

}  // namespace slipway::cmd
