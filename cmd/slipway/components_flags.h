// The flags that name providers and say where their components come from: those of clusterctl under clusterctl's names, and Slipway's own beside them.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "cmd/slipway/process.h"
#include "pkg/kube/client.h"
#include "pkg/providers/client_config.h"
#include "pkg/providers/preflight.h"
#include "pkg/providers/sources/fetch.h"

namespace CLI {
class App;
}

namespace slipway::cmd {

// --core, -b, -c, -i, ...: name[:version], lists with commas, repeated.
struct ProviderFlags {
  std::array<std::vector<std::string>, 7> by_type;  // in the order of providers::ProviderType
  [[nodiscard]] std::vector<providers::NamedProvider> named() const;
};
// "--infrastructure".
[[nodiscard]] std::string_view flag_of(providers::ProviderType type);
// " --core cluster-api:v1.14.0 --infrastructure vsphere": as they were given, for a command that is shown.
[[nodiscard]] std::string flags_of(const ProviderFlags& flags);
void add_provider_flags(CLI::App& app, ProviderFlags& flags);

struct ClusterFlags {
  std::string kubeconfig;
  std::string context;
};
void add_cluster_flags(CLI::App& app, ClusterFlags& flags);
// Errors: Invalid.
[[nodiscard]] Result<std::shared_ptr<kube::Client>> connect(const ClusterFlags& flags, Process& process);

struct SourceFlags {
  std::string config;
  std::string bundle;
  std::string bundle_public_key;  // files, as the next
  std::string public_key;
  std::string cache_dir;
  std::string timeout = "10m";
};
void add_source_flags(CLI::App& app, SourceFlags& flags);

// What the flags name, read and verified.
struct Sources {
  providers::ClientConfig config;
  providers::SourceOptions options;  // with the bundle and the cache
  std::string public_key_pem;        // where set, every set must be signed
  std::string docker_config;         // docker's config.json, for credentials of registries; secret
  async::Deadline deadline;          // of everything that is fetched
};
// Reads local files. Errors: Invalid, naming the flag; NotFound.
[[nodiscard]] Result<std::shared_ptr<Sources>> open_sources(const SourceFlags& flags, Process& process);

// Only the bundle: null where there is none. Errors: as open_sources.
[[nodiscard]] Result<std::shared_ptr<const providers::Bundle>> open_bundle_flags(const SourceFlags& flags);

// "90s", "5m", or seconds as clusterctl takes them: "300". Errors: Invalid, naming the flag.
[[nodiscard]] Result<std::chrono::milliseconds> duration_flag(std::string_view flag, const std::string& text);
// A flag that holds such a duration: anything else is wrong usage.
void add_duration(CLI::App& app, const std::string& name, std::string& into, const std::string& help);

}  // namespace slipway::cmd
