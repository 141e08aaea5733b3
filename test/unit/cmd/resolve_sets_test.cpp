#include "cmd/slipway/resolve_sets.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::cmd;
namespace fs = std::filesystem;

namespace {

// A repository of providers in a folder.
class World {
 public:
  World() : folder_(fs::temp_directory_path() / ("slipway-resolve-" + std::to_string(::getpid()))) { fs::remove_all(folder_); }
  ~World() { fs::remove_all(folder_); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void add(const std::string& label, const std::string& version, const std::string& series, const std::string& more = "") {
    const auto id = providers::provider_of_label(label).value();
    const fs::path folder = folder_ / label / version;
    fs::create_directories(folder);
    std::ofstream(folder / providers::components_file_of(id.type)) << "apiVersion: v1\nkind: Namespace\nmetadata: {name: " << label << "-system}\n" << more;
    if (!series.empty())
      std::ofstream(folder / "metadata.yaml") << "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: [" << series << "]\n";
    urls_[label] = {
        {"type", providers::to_string(id.type)}, {"name", id.name}, {"url", (folder_ / label / "latest" / providers::components_file_of(id.type)).string()}};
  }
  Result<ResolvedSets> resolve(SetRequest request, std::map<std::string, std::string> environment = {}) {
    json::Value config{json::Object()};
    for (const auto& [label, entry] : urls_) config.ref("providers").push_back(entry);
    auto parsed = providers::ClientConfig::parse(json::dump(config), "config", [environment](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(std::string(name));
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
    REQUIRE(parsed);
    auto sources = std::make_shared<Sources>();
    sources->config = std::move(*parsed);
    sources->options.executor = loop.executor();
    sources->options.clock = &loop.clock;
    request.cert_manager = false;
    return loop.run(resolve_sets(sources, std::move(request)));
  }
  std::string refused(SetRequest request) {
    auto sets = resolve(std::move(request));
    REQUIRE_FALSE(sets);
    return sets.error().message();
  }

  test::Loop loop;

 private:
  fs::path folder_;
  std::map<std::string, json::Object> urls_;
};

providers::ProviderRequest ask(std::string_view label, std::string version = "") { return {providers::provider_of_label(label).value(), std::move(version)}; }
SetRequest request(std::vector<providers::ProviderRequest> providers) {
  SetRequest out;
  out.providers = std::move(providers);
  return out;
}

}  // namespace

TEST_CASE("all variables of all providers that have no value are named at once") {
  World world;
  world.add("cluster-api", "v1.14.0", "{major: 1, minor: 14, contract: v1beta2}", "# ${B} ${A}\n");
  world.add("infrastructure-vsphere", "v1.0.0", "{major: 1, minor: 0, contract: v1beta2}", "# ${C} ${D:=d}\n");
  CHECK(world.refused(request({ask("cluster-api"), ask("infrastructure-vsphere")})) ==
        "variables without a value: A, B (CoreProvider cluster-api); C (InfrastructureProvider vsphere); set them in the environment or in the config file");
  CHECK(world.resolve(request({ask("cluster-api"), ask("infrastructure-vsphere")}), {{"A", "1"}, {"B", ""}, {"C", "3"}}));
}

TEST_CASE("everything that cannot be had is said at once") {
  World world;
  world.add("cluster-api", "v1.14.0", "{major: 1, minor: 14, contract: v1beta2}");
  world.add("bootstrap-kubeadm", "v1.14.0", "");
  const std::string message = world.refused(request({ask("cluster-api"), ask("bootstrap-kubeadm", "v1.14.0"), ask("infrastructure-vshpere")}));
  CHECK(message.starts_with("these cannot be had:\n  - BootstrapProvider kubeadm v1.14.0: "));
  CHECK(message.contains("has no metadata.yaml for it"));
  CHECK(message.contains("\n  - the catalog has no InfrastructureProvider vshpere (did you mean InfrastructureProvider vsphere?)"));
}

TEST_CASE("the latest version is that of the contract of the core provider that is asked for") {
  World world;
  world.add("cluster-api", "v1.10.0", "{major: 1, minor: 10, contract: v1beta1}, {major: 1, minor: 14, contract: v1beta2}");
  world.add("cluster-api", "v1.14.0", "{major: 1, minor: 10, contract: v1beta1}, {major: 1, minor: 14, contract: v1beta2}");
  world.add("infrastructure-vsphere", "v1.0.0", "{major: 1, minor: 0, contract: v1beta1}");
  world.add("infrastructure-vsphere", "v2.0.0", "{major: 1, minor: 0, contract: v1beta1}, {major: 2, minor: 0, contract: v1beta2}");
  const auto version = [&](SetRequest of) {
    auto sets = world.resolve(std::move(of));
    REQUIRE(sets);
    return sets->providers.back().components.version;
  };
  CHECK(version(request({ask("cluster-api"), ask("infrastructure-vsphere")})) == "v2.0.0");
  CHECK(version(request({ask("cluster-api", "v1.10.0"), ask("infrastructure-vsphere")})) == "v1.0.0");

  SetRequest beside = request({ask("infrastructure-vsphere")});
  beside.installed = {{.id = ask("cluster-api").id, .ns = "capi-system", .version = "v1.10.0", .contract = "v1beta1"}};
  CHECK(version(beside) == "v1.0.0");
}

TEST_CASE("a provider that is installed keeps its version and its namespace where none is named") {
  World world;
  world.add("infrastructure-vsphere", "v1.0.0", "{major: 1, minor: 0, contract: v1beta2}");
  world.add("infrastructure-vsphere", "v1.0.1", "{major: 1, minor: 0, contract: v1beta2}");
  SetRequest again = request({ask("infrastructure-vsphere")});
  again.installed = {{.id = again.providers[0].id, .ns = "here", .version = "v1.0.0", .contract = "v1beta2"}};
  auto sets = world.resolve(again);
  REQUIRE(sets);
  CHECK(sets->providers[0].components.version == "v1.0.0");
  CHECK(sets->providers[0].components.ns == "here");
  again.target_namespace = "there";
  sets = world.resolve(again);
  REQUIRE(sets);
  CHECK(sets->providers[0].components.ns == "there");
}
