// `slipway providers images`: what a registry must have before an installation; no cluster is asked.
#include <iostream>
#include <set>

#include <CLI/CLI.hpp>

#include "cmd/slipway/providers.h"
#include "cmd/slipway/resolve_sets.h"
#include "cmd/slipway/table.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway providers images";

struct ImagesFlags {
  ProviderFlags providers;
  SourceFlags sources;
  std::string cert_manager_version;
  Output output = Output::Table;
};

async::Awaitable<Result<int>> run(Process* process, ImagesFlags flags) {
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto requests = providers::with_defaults(flags.providers.named(), true);
  if (!requests) co_return fail(std::move(requests).error());
  SetRequest request;
  request.providers = std::move(*requests);
  request.cert_manager_version = flags.cert_manager_version;
  request.to_install = false;
  auto sets = co_await resolve_sets(*sources, std::move(request));
  if (!sets) co_return fail(std::move(sets).error());
  std::set<std::string> images;
  const auto add = [&](const ResolvedSet& set) {
    for (std::string& image : providers::images_of(set.components.objects)) images.insert(std::move(image));
  };
  if (sets->cert_manager) add(*sets->cert_manager);
  for (const ResolvedSet& set : sets->providers) add(set);
  if (flags.output != Output::Table) {
    print_value(json::Object{{"images", json::Array(images.begin(), images.end())}}, flags.output);
  } else {
    for (const std::string& image : images) std::cout << printable(image) << "\n";
    std::cout << std::flush;
  }
  co_return 0;
}

}  // namespace

void add_providers_images(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<ImagesFlags>();
  CLI::App* app = parent.add_subcommand(
      "images", "All container images of an installation with the same flags, one a line, after image overrides; as clusterctl init list-images.");
  add_provider_flags(*app, flags->providers);
  add_source_flags(*app, flags->sources);
  app->add_option("--cert-manager-version", flags->cert_manager_version, "default: the config file's, or the one that Slipway was built with");
  add_output(*app, flags->output);
  app->callback([flags, &action] {
    action = [flags] {
      if (auto named = providers::with_defaults(flags->providers.named(), true); !named) return usage_error(kName, named.error());
      return run_work(kName, [flags](Process& process) { return run(&process, *flags); });
    };
  });
}

}  // namespace slipway::cmd
