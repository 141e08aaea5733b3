#include <catch2/catch_test_macros.hpp>

#include "pkg/simcloud/failures.h"
#include "pkg/simcloud/inventory.h"
#include "pkg/simcloud/latency.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {

TEST_CASE("speed divides every latency, and zero means none") {
  CHECK(Latency(1).of(Act::CloneVm) == std::chrono::milliseconds(1200));
  CHECK(Latency(2).of(Act::CloneVm) == std::chrono::milliseconds(600));
  for (const LatencyRow& row : latency_table()) CHECK(Latency(0).of(row.act) == async::Duration{});
}

TEST_CASE("the plural of a kind is kubebuilder's") {
  CHECK(plural_of("VSphereClusterIdentity") == "vsphereclusteridentities");
  CHECK(plural_of("IPAddress") == "ipaddresses");
  CHECK(plural_of("ClusterClass") == "clusterclasses");
  CHECK(plural_of("VSphereVM") == "vspherevms");
}

TEST_CASE("a suffix follows from its seed alone") {
  CHECK(suffix("a") == suffix("a"));
  CHECK(suffix("a") != suffix("b"));
  CHECK(suffix("anything").size() == 5);
}

TEST_CASE("a pattern's star stands for five characters of one part") {
  const InventoryRow row{"Machine", "ns", "c-*-x-*", "somebody"};
  CHECK(matches(row, "Machine", "ns", "c-bbbbb-x-ccccc"));
  CHECK_FALSE(matches(row, "Machine", "ns", "c-bb-bb-x-ccccc"));
  CHECK_FALSE(matches(row, "Machine", "ns", "c-bbbbb-x-cccc"));
  CHECK_FALSE(matches(row, "Machine", "other", "c-bbbbb-x-ccccc"));
}

TEST_CASE("a ClusterBootstrap's reference finds its package with a version, with a star, and bare") {
  REQUIRE(package_by_reference("antrea.tanzu.vmware.com.1.7.2+vmware.1-tkg.1-advanced") != nullptr);
  CHECK(short_name(*package_by_reference("antrea*")) == "antrea");
  CHECK(short_name(*package_by_reference("metrics-server.tanzu.vmware.com")) == "metrics-server");
  CHECK(package_by_reference("nothing.example.com") == nullptr);
  CHECK(package_by_reference("") == nullptr);
}

TEST_CASE("the gravest condition speaks for the object") {
  const Env env;  // what is the same already needs no clock
  Object machine = object(
      "{status: {conditions: [{type: A, status: 'False', severity: Info, reason: Waiting}, {type: B, status: 'False', severity: Error, reason: "
      "Broken, message: no disk}, {type: Ready, status: 'False', severity: Error, reason: Broken, message: no disk}]}}");
  summarize(env, machine, {"A", "B"});
  CHECK(kube::condition(machine, "Ready")["reason"].as_string() == "Broken");
  CHECK(kube::condition(machine, "Ready")["message"].as_string() == "no disk");
}

TEST_CASE("every failure is said in one line, and an unknown one is refused") {
  CHECK(World::failures().size() == failure_table().size());
  CHECK(Failures("ready-for-move").known());
  CHECK_FALSE(Failures("weather").known());
  CHECK(Failures("image:capi-controller-manager").known());
  CHECK_FALSE(Failures("image:").known());
  CHECK_FALSE(Failures(std::string(kImageFailure)).known());
  slipway::test::Loop loop;
  World world(loop.io.get_executor(), loop.clock, {.tls = false, .fail = "weather"});
  const Status started = loop.run(world.start());
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().message().contains("choose one of bootstrap-cluster"));
  loop.run(world.stop());
}

}  // namespace slipway::simcloud::test
