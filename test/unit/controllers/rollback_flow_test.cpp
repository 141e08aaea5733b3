// The way back through the whole operator: a management cluster that runs, an upgrade whose image cannot be pulled, and another process in the middle of it.
#include <catch2/catch_test_macros.hpp>

#include "demo.h"
#include "pkg/base/strings.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

const kube::ObjectKey kRequest{"tkg-system", "tkg-mgmt-vc"};
const kube::ObjectKey kEntry{"caip-in-cluster-system", "ipam-in-cluster"};
constexpr std::string_view kOld = "caip-in-cluster-controller-manager";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

struct UpgradeDemo {
  // What version 2 calls its manager, so that the simulated world knows whose image to withhold.
  Demo demo{{.speed = 1, .tls = false, .fail = "image:caip-manager-2"}};

  UpgradeDemo() {
    demo.apply_samples({}, false);
    demo.start_operator();
    demo.until("the request is Ready", [&] { return ready(demo.request()); }, 30min);
  }
  void publish(const std::string& version, std::string_view manager) {
    kube::Object map = kube::make_object("v1", "ConfigMap", {"tkg-system", "ipam-" + version});
    map.ref({"data", "components.yaml"}) = replaced(Demo::sample_components("ipam-in-cluster"), kOld, manager);
    REQUIRE(demo.loop.run(demo.hub->create(kube::res::kConfigMaps, map, {})));
    json::Value spec;
    spec.ref({"spec", "providers"}) = (*demo.request())["spec"]["providers"];
    json::Value& provider = spec.ref({"spec", "providers"}).make_array()[4];
    REQUIRE(provider["type"].as_string() == "IPAMProvider");
    provider.set("version", version);
    provider.ref({"source", "configMapRef", "name"}) = "ipam-" + version;
    demo.patch(kube::res::kManagementClusterRequests, kRequest, std::move(spec));
  }
  kube::Object entry() { return *demo.loop.run(demo.client_of(kTargetServer)->get(kube::res::kProviders, kEntry)); }
  std::string managers() {
    std::string out;
    for (const kube::Object& deployment : demo.list(kTargetServer, kube::res::kDeployments))
      if (kube::namespace_of(deployment) == kEntry.ns) out += (out.empty() ? "" : " ") + std::string(kube::name_of(deployment));
    return out;
  }
  bool told(std::string_view type, std::string_view part) {
    for (const kube::Object& event : demo.list("hub", kube::res::kEvents))
      if (event["type"].as_string() == type && event["message"].as_string().find(part) != std::string_view::npos) return true;
    return false;
  }
};

}  // namespace

TEST_CASE("the operator takes an upgrade back that does not get healthy, also where another process began it, and tries the next one") {
  UpgradeDemo f;
  f.publish("v0.2.0", "caip-manager-2");
  f.demo.until("the new version is there", [&] { return f.managers().find("caip-manager-2") != std::string::npos; });
  f.demo.loop.pass(4min);
  f.demo.stop_operator();
  f.demo.loop.pass(1min);
  f.demo.start_operator();
  f.demo.loop.pass(3min);
  CHECK(f.managers().find("caip-manager-2") != std::string::npos);
  f.demo.until("it is rolled back", [&] { return condition_of(f.demo.request(), "Stalled").starts_with("True/ProviderRolledBack"); }, 4min);
  const std::string said = condition_of(f.demo.request(), "Stalled");
  CAPTURE(said);
  CHECK(said.find("IPAMProvider in-cluster v0.2.0 did not get healthy within 10m (") != std::string::npos);
  CHECK(said.find("ImagePullBackOff") != std::string::npos);
  CHECK(said.find("ipam-in-cluster v0.1.0 is installed and healthy again") != std::string::npos);
  CHECK(condition_of(f.demo.request(), "TargetInitialized").starts_with("False/ProviderRolledBack"));
  CHECK(f.managers() == kOld);
  CHECK(f.entry()["version"].as_string() == "v0.1.0");
  f.demo.loop.pass(2s);
  CHECK(f.told("Warning", "IPAMProvider in-cluster v0.2.0 did not get healthy"));

  const auto before = f.demo.world->hub().requests();
  f.demo.loop.pass(2h);
  CHECK(f.demo.world->hub().requests() - before < 600);
  CHECK(f.managers() == kOld);
  CHECK(condition_of(f.demo.request(), "Stalled") == said);

  f.publish("v0.3.0", "caip-manager-3");
  f.demo.until("the next version is Ready", [&] { return ready(f.demo.request()); });
  CHECK(f.managers() == "caip-manager-3");
  CHECK(f.entry()["version"].as_string() == "v0.3.0");
  CHECK(kube::annotation(f.entry(), "slipway.dev/upgrade").empty());
}
