#include "cmd/slipway/components_flags.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cmd/slipway/commands.h"
#include "pkg/kube/config.h"

namespace slipway::cmd {
namespace {

using providers::ProviderType;

struct TypeFlag {
  ProviderType type;
  const char* name;
  const char* help;
};
constexpr TypeFlag kTypeFlags[] = {
    {ProviderType::Core, "--core", "core provider"},
    {ProviderType::Bootstrap, "-b,--bootstrap", "bootstrap providers"},
    {ProviderType::ControlPlane, "-c,--control-plane", "control plane providers"},
    {ProviderType::Infrastructure, "-i,--infrastructure", "infrastructure providers"},
    {ProviderType::Ipam, "--ipam", "IPAM providers"},
    {ProviderType::RuntimeExtension, "--runtime-extension", "runtime extension providers"},
    {ProviderType::Addon, "--addon", "add-on providers"},
};

}  // namespace

std::vector<providers::NamedProvider> ProviderFlags::named() const {
  std::vector<providers::NamedProvider> out;
  for (const TypeFlag& flag : kTypeFlags)
    for (const std::string& text : by_type[static_cast<std::size_t>(flag.type)]) out.push_back({flag.type, text});
  return out;
}

std::string_view flag_of(providers::ProviderType type) {
  const auto* flag = std::ranges::find(kTypeFlags, type, &TypeFlag::type);
  const std::string_view names(flag->name);
  return names.substr(names.rfind(',') + 1);
}

std::string flags_of(const ProviderFlags& flags) {
  std::string out;
  for (const TypeFlag& flag : kTypeFlags)
    for (const std::string& text : flags.by_type[static_cast<std::size_t>(flag.type)]) out.append(" ").append(flag_of(flag.type)).append(" ").append(text);
  return out;
}

void add_provider_flags(CLI::App& app, ProviderFlags& flags) {
  for (const TypeFlag& flag : kTypeFlags)
    app.add_option(flag.name, flags.by_type[static_cast<std::size_t>(flag.type)], std::string(flag.help) + " as name or name:version, with commas or repeated")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[:VERSION]")
        ->group("Providers");
}

void add_cluster_flags(CLI::App& app, ClusterFlags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig, "the management cluster; default: $KUBECONFIG, then in-cluster, then ~/.kube/config")->group("Cluster");
  app.add_option("--kubeconfig-context,--context", flags.context, "context of the kubeconfig")->group("Cluster");
}

Result<std::shared_ptr<kube::Client>> connect(const ClusterFlags& flags, Process& process) {
  auto config = kube::load_config(flags.kubeconfig, flags.context);
  if (!config) return fail(std::move(config).error());
  kube::ClientOptions options;
  options.user_agent = "slipway/" + std::string(version());
  return kube::connect(process.io.get_executor(), process.clock, *config, options);
}

void add_source_flags(CLI::App& app, SourceFlags& flags) {
  const auto add = [&](const char* name, std::string& into, const char* help) { return app.add_option(name, into, help)->group("Sources"); };
  add("--config", flags.config, "clusterctl's config file: catalog entries, images, overrides, variables; default: where clusterctl looks for it");
  add("--bundle", flags.bundle, "file of slipway bundle create; with it, nothing is fetched over a network");
  add("--bundle-public-key", flags.bundle_public_key, "PEM file; the bundle must be signed by its key, in BUNDLE.sig");
  add("--public-key", flags.public_key, "PEM file; all components, cert-manager's too, must be signed by its key");
  add("--cache-dir", flags.cache_dir, "folder for fetched files; default: slipway below $XDG_CACHE_HOME or ~/.cache; none: no cache");
  add_duration(app, "--timeout", flags.timeout, "for everything that is fetched");
}

void add_duration(CLI::App& app, const std::string& name, std::string& into, const std::string& help) {
  const auto check = [name](const std::string& text) {
    const auto duration = duration_flag(name, text);
    return duration ? std::string() : duration.error().message().substr(name.size() + 2);  // CLI11 names the flag itself
  };
  app.add_option(name, into, help)->capture_default_str()->type_name("DURATION")->check(check);
}

}  // namespace slipway::cmd
