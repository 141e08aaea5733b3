#include "pkg/providers/client_config.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::providers;

namespace {

using Set = std::map<std::string, std::string, std::less<>>;

// Counts what is asked for: nobody may copy an environment.
struct Asked {
  Set set;
  std::shared_ptr<std::vector<std::string>> names = std::make_shared<std::vector<std::string>>();
  [[nodiscard]] Environment environment() const {
    return [set = set, names = names](std::string_view name) -> std::optional<std::string> {
      names->emplace_back(name);
      const auto found = set.find(name);
      return found == set.end() ? std::nullopt : std::optional(found->second);
    };
  }
};

ClientConfig parsed(std::string_view yaml, const Set& environment = {}) {
  auto config = ClientConfig::parse(yaml, "clusterctl.yaml", Asked{environment}.environment());
  INFO((config ? "" : config.error().message()));
  REQUIRE(config);
  return std::move(*config);
}
std::string refused(std::string_view yaml) {
  const auto config = ClientConfig::parse(yaml, "clusterctl.yaml");
  REQUIRE_FALSE(config);
  CHECK(config.error().is(Disposition::Invalid));
  return config.error().message();
}

}  // namespace

TEST_CASE("every single value of clusterctl's config file is a variable, written as clusterctl writes it") {
  const ClientConfig config =
      parsed("VSPHERE_SERVER: 10.0.0.1\nCOUNT: 3\nRATIO: 1.50\nBIG: 1e21\nEXP_MACHINE_POOL: true\nnothing: null\nnested: {a: 1}\nempty: \"\"\n");
  CHECK(config.value("VSPHERE_SERVER") == "10.0.0.1");
  CHECK(config.value("COUNT") == "3");
  CHECK(config.value("RATIO") == "1.5");
  CHECK(config.value("BIG") == "1000000000000000000000");
  CHECK(config.value("EXP_MACHINE_POOL") == "true");
  CHECK(config.value("empty") == "");
  CHECK_FALSE(config.value("nothing"));
  CHECK_FALSE(config.value("nested"));
  CHECK_FALSE(config.value("absent"));
}

TEST_CASE("names of variables do not know case, and two that differ in it only are refused") {
  CHECK(parsed("vsphere_server: a\n").value("VSPHERE_SERVER") == "a");
  CHECK(refused("FOO: a\nfoo: b\n") == "clusterctl.yaml: foo: is there twice but for case, which names of variables do not know; leave out one");
}

TEST_CASE("the environment comes before the file, also where it is set to nothing") {
  const ClientConfig config = parsed("FOO: file\nBAR: file\nBAZ: file\ngithub-token: file\n", {{"FOO", "environment"}, {"BAR", ""}, {"GITHUB_TOKEN", "t"}});
  CHECK(config.value("FOO") == "environment");
  CHECK(config.value("BAR") == "");
  CHECK(config.value("baz") == "file");
  CHECK(config.value("github-token") == "t");
}

TEST_CASE("the environment is asked for the names that a components file uses, and for no others") {
  const Asked asked{{{"A", "1"}, {"B", "2"}, {"D", ""}, {"AWS_SECRET", "hunter2"}}};
  const auto config = ClientConfig::parse("", "clusterctl.yaml", asked.environment());
  REQUIRE(config);
  asked.names->clear();
  const auto values = config->values_for("a: ${A}\nb: ${X:=${ B }}\nd: ${D:-none}\nl: ${#A}\nc: $AWS_SECRET ${} ${-}\n");
  CHECK(values == std::map<std::string, std::string>{{"A", "1"}, {"B", "2"}, {"D", ""}});
  CHECK(*asked.names == std::vector<std::string>{"A", "B", "D", "X"});
}

TEST_CASE("image overrides are for all components, for one, or for one image of it") {
  const ClientConfig config =
      parsed("images:\n  all: {repository: mirror.example/k8s}\n  cert-manager: {tag: v1.21.1-fips}\n  Infrastructure-vsphere/manager: {name: capv}\n");
  REQUIRE(config.images().size() == 3);
  CHECK((config.images()[0].component == "all" && config.images()[0].repository == "mirror.example/k8s"));
  CHECK((config.images()[1].component == "cert-manager" && config.images()[1].tag == "v1.21.1-fips"));
  CHECK((config.images()[2].component == "infrastructure-vsphere" && config.images()[2].image == "manager" && config.images()[2].name == "capv"));
}

TEST_CASE("an image override that cannot be meant is refused with its field") {
  CHECK(refused("images: [a]\n") == "clusterctl.yaml: images: must be a mapping of components to repository, name and tag");
  CHECK(refused("images: {all: mirror.example}\n") == "clusterctl.yaml: images.all: must be a mapping with repository, name or tag");
  CHECK(refused("images: {all: {repo: x}}\n") == "clusterctl.yaml: images.all.repo: is no field here; there are repository, name and tag");
  CHECK(refused("images: {all: {tag: 1.2}}\n") == "clusterctl.yaml: images.all.tag: must be text; put it in quotes");
  CHECK(refused("images: {cert-manager/: {tag: a}}\n") ==
        "clusterctl.yaml: images.cert-manager/: must be all, a component such as infrastructure-vsphere, or component/image");
}

TEST_CASE("the catalog is the built-in one under the file's own entries") {
  const ClientConfig config = parsed(
      "providers: [{type: InfrastructureProvider, name: mine, url: \"https://${HOST}/latest/infrastructure-components.yaml\"}]\ncert-manager: {version: "
      "v1.20.0}\n",
      {{"HOST", "example.com"}});
  REQUIRE(config.catalog().find(ProviderType::Infrastructure, "mine") != nullptr);
  CHECK(config.catalog().find(ProviderType::Infrastructure, "mine")->url == "https://example.com/latest/infrastructure-components.yaml");
  CHECK(config.catalog().find(ProviderType::Infrastructure, "vsphere") != nullptr);
  CHECK(config.catalog().cert_manager().version == "v1.20.0");
  CHECK(config.catalog().cert_manager().url == Catalog::builtin().cert_manager().url);
}

TEST_CASE("the overrides folder may be made of the environment's variables") {
  CHECK(parsed("overridesFolder: ${HOME}/overrides\n", {{"HOME", "/home/a"}}).overrides_folder() == "/home/a/overrides");
  CHECK(parsed("").overrides_folder().empty());
  CHECK(refused("overridesFolder: ${NOWHERE}/x\n").contains("NOWHERE"));
}

TEST_CASE("the config file is looked for below XDG_CONFIG_HOME, then at home") {
  const auto files = [](const Set& set) { return default_config_files(Asked{set}.environment()); };
  CHECK(files({{"HOME", "/home/a"}, {"XDG_CONFIG_HOME", "/etc/x"}}) ==
        std::vector<std::string>{"/etc/x/cluster-api/clusterctl.yaml", "/etc/x/cluster-api/clusterctl.yml", "/home/a/.cluster-api/clusterctl.yaml",
                                 "/home/a/.cluster-api/clusterctl.yml"});
  CHECK(files({{"HOME", "/home/a"}, {"XDG_CONFIG_HOME", "relative"}}).front() == "/home/a/.config/cluster-api/clusterctl.yaml");
  CHECK(files({}).empty());
  CHECK(default_overrides_folders(Asked{{{"HOME", "/home/a"}}}.environment()).back() == "/home/a/.cluster-api/overrides");
}

TEST_CASE("a config file that is none is refused, and its values are not repeated") {
  CHECK(refused("- a\n").starts_with("clusterctl.yaml: must be a mapping"));
  const std::string message = refused("PASSWORD: hunter2\nPASSWORD: hunter3\n");
  CHECK_FALSE(message.contains("hunter"));
}
