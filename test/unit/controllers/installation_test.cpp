// An installation as the command line does it: on a simulated world, killed after every write, and again.
#include "controllers/managementcluster/installation.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "controllers/cluster_view.h"
#include "demo.h"

using namespace slipway;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

Resolved provider(std::string_view config_map, providers::Recipe recipe) {
  auto components = providers::process(recipe, Demo::sample_components(config_map));
  REQUIRE(components);
  return resolved(recipe.type + " " + recipe.name, std::move(*components), true);
}

Installation parsed_once() {
  Installation out;
  auto cert_manager = providers::process_plain("cert-manager", "v1.9.1", Demo::sample_components("cert-manager"));
  REQUIRE(cert_manager);
  out.cert_manager = resolved("cert-manager v1.9.1", std::move(*cert_manager), false);
  out.providers.push_back(provider("cluster-api", {"CoreProvider", "cluster-api", "v1.2.8", "", {}}));
  out.providers.push_back(
      provider("infrastructure-vsphere", {"InfrastructureProvider", "vsphere", "v1.5.1", "", {{"VSPHERE_USERNAME", "u"}, {"VSPHERE_PASSWORD", "hunter2"}}}));
  return out;
}

Installation everything() {
  static const Installation kAll = parsed_once();
  return kAll;
}

// What the installation left: every component with what was asked for of it.
std::vector<std::string> left_behind(Demo& demo) {
  std::vector<std::string> out;
  const auto read = [&](const kube::GroupVersionResource& gvr) {
    auto list = demo.loop.run(kube::list_all(demo.hub, gvr, "", {}));
    if (!list) return;
    for (const kube::Object& object : list->items)
      if (kube::has_label(object, providers::kComponentLabel) || gvr == kube::res::kProviders)
        out.push_back(kube::describe(object) + " " + json::dump_canonical(object["metadata"]["labels"]) +
                      std::string(kube::annotation(object, providers::kIntentAnnotation)));
  };
  for (const auto& row : controllers::component_kinds()) read(row.gvr);
  for (const auto& gvr : {kube::res::kCrds, kube::res::kNamespaces, kube::res::kDeployments, kube::res::kProviders}) read(gvr);
  return out;
}

Status install(Demo& demo, std::shared_ptr<Fuse> fuse, Installation installation, std::vector<std::string>* said = nullptr) {
  auto client = demo.world->hub().local_client("slipway");
  if (fuse) client = fused(std::move(client), std::move(fuse));
  const auto report = [said](std::string_view step, const std::string& sentence) {
    if (said != nullptr) said->push_back(std::string(step) + ": " + sentence);
  };
  return demo.loop.run(run_installation(demo.loop.executor(), client, std::move(installation), report));
}

}  // namespace

TEST_CASE("an installation ends when everything is healthy, and again does nothing") {
  Demo demo;
  auto fuse = std::make_shared<Fuse>();
  std::vector<std::string> said;
  const Status done = install(demo, fuse, everything(), &said);
  INFO((done ? "" : done.error().message()));
  REQUIRE(done);
  CHECK(said.front().starts_with("cert-manager: applying 6 CRDs of cert-manager v1.9.1"));
  CHECK(said.back().starts_with("providers: "));
  for (const std::string& line : said) CHECK(line.find("hunter2") == std::string::npos);
  auto entries = demo.loop.run(kube::list_all(demo.hub, kube::res::kProviders, "", {}));
  REQUIRE(entries);
  CHECK(entries->items.size() == 2);
  CHECK(fuse->writes > 20);
  auto again = std::make_shared<Fuse>();
  REQUIRE(install(demo, again, everything()));
  CHECK(again->writes == 0);
}

TEST_CASE("an installation that is killed after any write ends the same when it is run again") {
  std::vector<std::string> whole;
  std::uint64_t writes = 0;
  {
    Demo demo;
    auto fuse = std::make_shared<Fuse>();
    REQUIRE(install(demo, fuse, everything()));
    writes = fuse->writes;
    whole = left_behind(demo);
  }
  REQUIRE(whole.size() > 20);
  for (std::uint64_t k = 1; k < writes; ++k) {
    INFO("killed after write " << k << " of " << writes);
    Demo demo;
    auto fuse = std::make_shared<Fuse>();
    fuse->blows_after = k;
    CHECK_FALSE(install(demo, fuse, everything()));
    const Status done = install(demo, {}, everything());
    INFO((done ? "" : done.error().message()));
    REQUIRE(done);
    CHECK(left_behind(demo) == whole);
  }
}

TEST_CASE("an installation that cannot be finished says at its deadline what it waits for") {
  Demo demo;
  kubesim::Fault unavailable;
  unavailable.status = 503;
  demo.world->hub().inject(unavailable);
  const Status done = install(demo, {}, everything());
  demo.world->hub().clear_faults();
  REQUIRE_FALSE(done);
  CHECK(done.error().is(Disposition::Timeout));
  CHECK(done.error().message().find("503") != std::string::npos);
}

TEST_CASE("a provider that never works is named with the last reason when its patience is over, and each change of the reason was told once") {
  Demo demo({.speed = 1, .tls = false, .fail = "image:capi-controller-manager"});
  Installation installation = everything();
  installation.provider_patience = {std::chrono::minutes(30), "--wait-provider-timeout"};
  installation.cert_manager_patience = {std::chrono::minutes(40), "cert-manager's timeout"};
  std::vector<std::string> said;
  const Status done = install(demo, {}, std::move(installation), &said);
  REQUIRE_FALSE(done);
  CHECK(done.error().is(Disposition::Timeout));
  INFO(done.error().message());
  CHECK(done.error().message().starts_with("--wait-provider-timeout of 30m is over: CoreProvider cluster-api v1.2.8: "));
  CHECK(done.error().message().find("ImagePull") != std::string::npos);
  CHECK(done.error().message().find("bootstrap") == std::string::npos);
  for (const std::string& line : said) {
    INFO(line);
    CHECK(line.find("bootstrap cluster") == std::string::npos);
  }
  CHECK(std::ranges::count(said, "providers: InfrastructureProvider vsphere v1.5.1 is running") == 1);
  CHECK(std::ranges::adjacent_find(said) == said.end());
}

TEST_CASE("a cert-manager that never works uses up its own patience, and nobody else's") {
  Demo demo({.speed = 1, .tls = false, .fail = "image:cert-manager-webhook"});
  Installation installation = everything();
  installation.provider_patience = {std::chrono::minutes(1), "--wait-provider-timeout"};
  installation.cert_manager_patience = {std::chrono::minutes(10), "cert-manager's timeout"};
  const Status done = install(demo, {}, std::move(installation));
  REQUIRE_FALSE(done);
  CHECK(done.error().message().starts_with("cert-manager's timeout of 10m is over: "));
  CHECK(done.error().message().find("cert-manager-webhook") != std::string::npos);
}

TEST_CASE("an installation that does not wait writes the inventory when everything is applied") {
  Demo demo({.speed = 1, .tls = false, .fail = "image:capi-controller-manager"});
  Installation impatient = everything();
  impatient.wait = false;
  REQUIRE(install(demo, {}, std::move(impatient)));
  CHECK(demo.loop.run(kube::list_all(demo.hub, kube::res::kProviders, "", {}))->items.size() == 2);
}

TEST_CASE("cert-manager of somebody else that is not there ends an installation with a sentence") {
  Demo demo;
  Installation external = everything();
  external.cert_manager.reset();
  external.cert_manager_mode = "External";
  const Status done = install(demo, {}, std::move(external));
  REQUIRE_FALSE(done);
  CHECK(done.error().message().find("the config file says that cert-manager is provisioned externally, but the cluster serves no") != std::string::npos);
  CHECK(done.error().message().find("serves no cert-manager.io/v1 Certificates") != std::string::npos);
}

TEST_CASE("an installation leaves a provider alone that a request has installed, unless it is wanted just so") {
  Demo demo;
  REQUIRE(install(demo, {}, everything()));
  json::Value mark;
  mark.ref({"metadata", "annotations", "slipway.dev/installed-for"}) = R"({"as":"target","request":"tkg-system/mgmt","uid":"1234"})";
  demo.patch(kube::res::kProviders, {"capi-system", "cluster-api"}, std::move(mark));
  auto equal = std::make_shared<Fuse>();
  REQUIRE(install(demo, equal, everything()));
  CHECK(equal->writes == 0);

  Installation newer = everything();
  newer.providers[0] = provider("cluster-api", {"CoreProvider", "cluster-api", "v1.3.0", "", {}});
  auto other = std::make_shared<Fuse>();
  const Status refused = install(demo, other, std::move(newer));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("ManagementClusterRequest tkg-system/mgmt has installed this provider on the same cluster as v1.2.8") !=
        std::string::npos);
  CHECK(other->writes == 0);
}
