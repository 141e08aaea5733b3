// The flow from samples to Ready and away again, in memory: every part is the real one but the world.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "controllers/reasons.h"
#include "demo.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

const kube::GroupVersionResource kEvents{"events.k8s.io", "v1", "events", true};
const kube::ObjectKey kRequest{"tkg-system", "tkg-mgmt-vc"};
const kube::ObjectKey kWorkload{"default", "tkg-vc-antrea"};

json::Value spec_patch(std::initializer_list<std::string_view> path, json::Value value) {
  json::Value body;
  body.ref(path) = std::move(value);
  return body;
}

std::string annotation_of(const kube::ObjectPtr& object, std::string_view key) { return std::string(kube::annotation(*object, key)); }

// The reasons of Events about the request's move; each was told once.
std::set<std::string> events_of_the_move(Demo& demo) {
  std::set<std::string> out;
  for (const auto& event : demo.list("hub", kEvents)) {
    const std::string reason = event["reason"].str();
    if (event["regarding"]["kind"].as_string() != "ManagementClusterRequest" || !reason.starts_with("Pivot") || reason == "Pivoting") continue;
    CHECK(controllers::is_known_reason(reason));
    CHECK(event["series"].is_null());
    CHECK(out.insert(reason).second);
  }
  return out;
}

}  // namespace

TEST_CASE("the samples become a management cluster that manages itself, and a workload cluster") {
  Demo demo;
  demo.apply_samples();
  demo.start_operator();
  demo.until("the request is Ready", [&] { return ready(demo.request()); });

  CHECK(demo.world->server(kBootstrapServer) == nullptr);
  CHECK(annotation_of(demo.request(), "slipway.dev/custody") == "target");
  const json::Value& status = (*demo.request())["status"];
  CHECK(status["phase"].as_string() == "Ready");
  CHECK(status["controlPlane"].as_string() == "1/1");
  CHECK(status["workers"].as_string() == "1/1");
  CHECK(status["version"].as_string() == "v1.24.9+vmware.1");
  CHECK(status["providers"].size() == 5);
  CHECK(status["pivot"]["state"].as_string() == "Completed");
  CHECK(status["pivot"]["planned"].as_int() > 20);
  CHECK(status["pivot"]["created"] == status["pivot"]["planned"]);
  CHECK(status["pivot"]["verified"] == status["pivot"]["planned"]);
  CHECK(status["pivot"]["excluded"].size() > 0);
  CHECK(events_of_the_move(demo) == std::set<std::string>{"PivotLocked", "PivotPausing", "PivotFrozen", "PivotCreating", "PivotVerified", "PivotCommitted",
                                                          "PivotDeleting", "PivotFinalizing", "PivotCompleted"});
  CHECK(status["kubeconfigSecretRef"]["name"].as_string() == "tkg-mgmt-vc-kubeconfig");
  for (const json::Value& c : status["conditions"].array()) {
    CAPTURE(c["type"].str(), c["reason"].str());
    CHECK(controllers::is_known_reason(c["reason"].as_string()));
    CHECK(c["type"].as_string() != "Reconciling");
    CHECK(c["type"].as_string() != "Stalled");
  }
  const auto clusters = demo.list(kTargetServer, kube::res::kClusters);
  REQUIRE_FALSE(clusters.empty());
  const auto own = std::ranges::find_if(clusters, [](const kube::Object& c) { return kube::name_of(c) == "tkg-mgmt-vc"; });
  REQUIRE(own != clusters.end());
  CHECK(kube::annotation(*own, "TKGVERSION") == "v2.1.0");
  CHECK_FALSE((*own)["spec"]["paused"].as_bool());

  demo.until("the workload cluster is Ready", [&] { return ready(demo.workload()); });
  CHECK(demo.world->machines() == 4);
  CHECK((*demo.workload())["status"]["controlPlane"].as_string() == "1/1");

  SECTION("nothing is written any more once all is done") {
    demo.loop.pass(std::chrono::seconds(5));
    const auto before = demo.world->hub().requests();
    const auto target_before = demo.world->server(kTargetServer)->requests();
    demo.loop.pass(std::chrono::minutes(1));
    CHECK(demo.world->hub().requests() - before < 20);
    CHECK(demo.world->server(kTargetServer)->requests() - target_before < 200);
    CHECK(ready(demo.request()));
  }
  SECTION("workers are scaled by the spec") {
    demo.patch(kube::res::kWorkloadClusters, kWorkload,
               spec_patch({"spec", "cluster", "workers"}, json::Array{json::Value(json::Object{{"name", "md-0"}, {"class", "tkg-worker"}, {"replicas", 2}})}));
    demo.until("two workers", [&] { return ready(demo.workload()) && (*demo.workload())["status"]["workers"].as_string() == "2/2"; });
    CHECK(demo.world->machines() == 5);
  }
  SECTION("the control plane of the management cluster is scaled by the spec, on the target") {
    demo.patch(kube::res::kManagementClusterRequests, kRequest, spec_patch({"spec", "cluster", "controlPlane", "replicas"}, 3));
    demo.until("it is seen", [&] { return !ready(demo.request()); });
    demo.until("three machines", [&] { return ready(demo.request()) && (*demo.request())["status"]["controlPlane"].as_string() == "3/3"; });
    CHECK(demo.world->machines() == 6);
  }
  SECTION("a management cluster that stops answering is reported, and so is its return") {
    kubesim::ApiServer& target = *demo.world->server(kTargetServer);
    kubesim::Fault unavailable;
    unavailable.status = 503;
    target.inject(unavailable);
    // The watches that are open end by themselves within ten minutes.
    demo.until("its outage is reported", [&] { return condition_of(demo.request(), "Available").starts_with("False/TargetUnreachable"); }, 15min);
    CHECK(condition_of(demo.request(), "Ready").starts_with("Unknown/TargetUnreachable: the management cluster has stopped answering"));
    CHECK((*demo.request())["status"]["phase"].as_string() == "Unreachable");
    demo.until("that of what depends on it too", [&] { return condition_of(demo.workload(), "Ready").starts_with("Unknown/TargetUnreachable"); }, 2min);
    CHECK(condition_of(demo.workload(), "Available").starts_with("True"));
    const std::string version(kube::resource_version_of(*demo.request()));
    demo.loop.pass(5min);
    CHECK(kube::resource_version_of(*demo.request()) == version);  // said once
    target.clear_faults();
    demo.until("both are Ready again", [&] { return ready(demo.request()) && ready(demo.workload()); });
    CHECK(demo.world->machines() == 4);
  }
  SECTION("a restarted operator finds everything done") {
    const kube::ObjectPtr request_before = demo.request();
    const kube::ObjectPtr workload_before = demo.workload();
    demo.stop_operator();
    auto count = std::make_shared<Fuse>();
    demo.start_operator(count);
    demo.loop.pass(std::chrono::minutes(1));
    CHECK(kube::resource_version_of(*demo.request()) == kube::resource_version_of(*request_before));
    CHECK(kube::resource_version_of(*demo.workload()) == kube::resource_version_of(*workload_before));
    CHECK(count->writes == 0);
    CHECK(demo.world->server(kBootstrapServer) == nullptr);
    CHECK(demo.world->machines() == 4);
  }
  SECTION("the management cluster is not deleted under its workload cluster; after that it goes, to the last machine") {
    demo.remove(kube::res::kManagementClusterRequests, kRequest);
    demo.until("it is refused", [&] { return condition_of(demo.request(), "Deleting").starts_with("True/WorkloadClustersExist"); });
    demo.loop.pass(std::chrono::minutes(1));
    CHECK(demo.world->machines() == 4);
    demo.remove(kube::res::kWorkloadClusters, kWorkload);
    demo.until("the workload cluster is gone", [&] { return !demo.workload(); });
    CHECK(demo.world->machines() == 2);
    demo.until("the request is gone", [&] { return !demo.request(); });
    CHECK(demo.world->machines() == 0);
    CHECK(demo.world->server(kBootstrapServer) == nullptr);
    CHECK(demo.world->server(kTargetServer) == nullptr);
  }
}

TEST_CASE("a world without any latency is no trouble") {
  Demo demo({.speed = 0, .tls = false});
  demo.apply_samples();
  demo.start_operator();
  demo.until("both are Ready", [&] { return ready(demo.request()) && ready(demo.workload()); });
  CHECK(demo.world->machines() == 4);
}

TEST_CASE("an operator that is restarted whenever a step begins comes to the same end") {
  Demo demo;
  demo.apply_samples();
  demo.start_operator();
  std::string seen = running_step(demo.request());
  std::set<std::string> steps;
  demo.until("both are Ready", [&] {
    const std::string now = demo.request() && !ready(demo.request()) ? running_step(demo.request()) : running_step(demo.workload());
    if (now != seen && !now.empty()) {
      demo.stop_operator();
      demo.start_operator();
      steps.insert(now);
    }
    seen = now;
    return ready(demo.request()) && ready(demo.workload());
  });
  CHECK(steps.size() > 8);
  CHECK(demo.world->machines() == 4);
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
}

TEST_CASE("an operator that is killed again and again in the middle of its writes loses nothing and doubles nothing") {
  const std::uint64_t writes = GENERATE(41U, 90U);
  CAPTURE(writes);
  Demo demo;
  demo.apply_samples();
  std::size_t kills = 0;
  auto fuse = std::make_shared<Fuse>();
  fuse->blows_after = writes;
  demo.start_operator(fuse);
  demo.until(
      "both are Ready",
      [&] {
        CHECK(demo.world->machines() <= 4);
        if (fuse->blown()) {
          ++kills;
          demo.stop_operator();
          fuse = std::make_shared<Fuse>();
          fuse->blows_after = writes + kills;  // another place each time
          demo.start_operator(fuse);
        }
        return ready(demo.request()) && ready(demo.workload());
      },
      std::chrono::minutes(30));
  CHECK(kills > 3);
  CHECK(demo.world->machines() == 4);
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
  CHECK(demo.list(kTargetServer, kube::res::kMachines).size() == 4);
  demo.stop_operator();
}

// Hours: one flow for each place of SLIPWAY_KILL_STEP writes (default 25). For a machine that has nothing else to do.
TEST_CASE("an operator that is killed once, at any write, comes to the same end", "[.kill-everywhere]") {
  const char* given = std::getenv("SLIPWAY_KILL_STEP");
  const std::uint64_t step = given == nullptr ? 25 : std::strtoull(given, nullptr, 10);
  for (std::uint64_t at = 1;; at += step) {
    CAPTURE(at);
    Demo demo;
    demo.apply_samples();
    auto fuse = std::make_shared<Fuse>();
    fuse->blows_after = at;
    demo.start_operator(fuse);
    bool killed = false;
    demo.until("both are Ready", [&] {
      if (demo.world->machines() > 4) throw std::runtime_error("a machine too many");
      if (fuse->blown() && !killed) {
        demo.stop_operator();
        demo.start_operator();
        killed = true;
      }
      return ready(demo.request()) && ready(demo.workload());
    });
    CHECK(demo.world->machines() == 4);
    CHECK(demo.world->server(kBootstrapServer) == nullptr);
    CHECK(demo.list(kTargetServer, kube::res::kMachines).size() == 4);
    demo.stop_operator();
    if (!killed) break;
  }
}
