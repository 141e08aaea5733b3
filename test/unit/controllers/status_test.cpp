// What a request's status says of its providers and of its phase while components are fetched again.
#include "controllers/managementcluster/status.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "controllers/managementcluster/steps.h"
#include "pkg/providers/inventory_reader.h"
#include "support.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

// A management cluster that was Ready, and whose core provider's components are not at hand.
struct Refetching : Fixture {
  Refetching() {
    moved();
    target_ready();
    installed(observed.target);
    entry("v1.2.8");
    Object manager = deployment("capi-system", "capi-controller-manager", true);
    manager.ref({"metadata", "labels", providers::kProviderLabel}) = "cluster-api";
    observed.target.add(kube::res::kDeployments, std::move(manager));
    request.status.observedGeneration = request.generation;
    request.status.phase = "Ready";
    request.status.progress = "23/23";
    for (const StepInfo& step : infos(creation_steps())) {
      api::StepStatus s;
      s.name = step.name;
      s.state = "Done";
      request.status.steps.push_back(std::move(s));
    }
    for (const char* type : {"Ready", "Preflight", "TargetInitialized"}) {
      api::Condition c;
      c.type = type;
      c.status = "True";
      c.reason = "AllStepsDone";
      request.status.conditions.push_back(std::move(c));
    }
    api::ProviderStatus core;
    core.type = "CoreProvider";
    core.name = "cluster-api";
    core.version = "v1.2.8";
    core.digest = "sha256:abc";
    core.ready = true;
    request.status.providers.push_back(core);
    fetching("Fetching", "fetching it");
  }
  void entry(const std::string& version) {
    Object e = kube::make_object("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", {"capi-system", "cluster-api"});
    e.set("type", "CoreProvider");
    e.set("providerName", "cluster-api");
    e.set("version", version);
    observed.target.add(kube::res::kProviders, std::move(e));
  }
  void fetching(std::string reason, std::string message) {
    Resolved& core = observed.providers.front();
    core.components = nullptr;
    core.pending = true;
    core.reason = std::move(reason);
    core.message = std::move(message);
  }
  [[nodiscard]] api::ClusterStatus status() const {
    const auto table = creation_steps();
    const Pass pass = make_pass(infos(table), walk(table, in()), {request.status, request.spec.deadlines, request.generation, env.now, false});
    return make_status(in(), pass, false);
  }
};

const api::Condition& condition_in(const api::ClusterStatus& status, std::string_view type) {
  const auto found = std::ranges::find(status.conditions, type, &api::Condition::type);
  REQUIRE(found != status.conditions.end());
  return *found;
}

}  // namespace

TEST_CASE("a provider that is installed stays in the status while its components are fetched again") {
  Refetching f;
  const auto before = f.status().providers;
  REQUIRE(before.size() == 1);
  CHECK(before[0].version == "v1.2.8");
  CHECK(before[0].digest == "sha256:abc");
  CHECK(before[0].ready);
  SECTION("also one that the status did not know") {
    f.request.status.providers.clear();
    const auto told = f.status().providers;
    REQUIRE(told.size() == 1);
    CHECK(told[0].version == "v1.2.8");
    CHECK(told[0].digest.empty());
  }
  SECTION("with the version that is installed, not the one that is asked for") {
    f.request.spec.providers[0].version = "v1.3.0";
    CHECK(f.status().providers.at(0).version == "v1.2.8");
  }
  SECTION("and what its managers say now") {
    Object manager = deployment("capi-system", "capi-controller-manager", false);
    manager.ref({"metadata", "labels", providers::kProviderLabel}) = "cluster-api";
    f.observed.target.add(kube::res::kDeployments, std::move(manager));
    CHECK_FALSE(f.status().providers.at(0).ready);
  }
  SECTION("while the cluster cannot be read, what was told of it stands") {
    f.observed.target.synced = false;
    CHECK(f.status().providers.at(0).digest == "sha256:abc");
  }
}

TEST_CASE("a Ready cluster stays Ready while an operator that was started again cannot fetch, and says what fails") {
  Refetching f;
  f.fetching("FetchFailed", "trying again: attempt 2 of 6");
  for (int pass = 0; pass < 2; ++pass) {
    const api::ClusterStatus now = f.status();
    CHECK(now.phase == "Ready");
    CHECK(now.progress == "23/23");
    CHECK(condition_in(now, "Ready").status == "True");
    CHECK(condition_in(now, "Ready").message == "all 23 steps are done; the sources are asked again: trying again: attempt 2 of 6");
    CHECK(condition_in(now, "TargetInitialized").status == "True");
    CHECK(condition_in(now, "Preflight").status == "Unknown");
    CHECK(condition_in(now, "Preflight").reason == "FetchFailed");
    CHECK(now.steps.front().state == "Running");
    CHECK(now.steps.front().message == "trying again: attempt 2 of 6");
    CHECK(std::ranges::all_of(now.steps.begin() + 1, now.steps.end(), [](const api::StepStatus& s) { return s.state == "Done"; }));
    f.request.status = now;
  }
  SECTION("unless the cluster itself has stopped answering") {
    f.observed.target.lost = "connection refused";
    const api::ClusterStatus lost = f.status();
    CHECK(lost.phase == "Unreachable");
    CHECK(condition_in(lost, "Ready").status == "Unknown");
    f.request.status = lost;
    f.observed.target.lost.clear();
    CHECK(f.status().phase == "Ready");
  }
}

TEST_CASE("after a change of the spec a Ready cluster is Updating while its components are fetched, never Pending") {
  Refetching f;
  ++f.request.generation;
  for (int pass = 0; pass < 2; ++pass) {
    const api::ClusterStatus now = f.status();
    CHECK(now.phase == "Updating");
    CHECK(condition_in(now, "Ready").status == "Unknown");
    f.request.status = now;
  }
}

TEST_CASE("a cluster that is being made does not go back to Pending, and one of which nothing is there is") {
  Fixture fresh;
  const auto phase = [](const Fixture& f) {
    const auto table = creation_steps();
    const Pass pass = make_pass(infos(table), walk(table, f.in()), {f.request.status, f.request.spec.deadlines, f.request.generation, f.env.now, true});
    return make_status(f.in(), pass, false).phase;
  };
  fresh.observed.providers.front().components = nullptr;
  fresh.observed.providers.front().pending = true;
  CHECK(phase(fresh) == "Pending");
  fresh.bootstrap_ready();
  for (const char* name : {"preflight", "bootstrap-cluster"}) {
    api::StepStatus s;
    s.name = name;
    s.state = "Done";
    fresh.request.status.steps.push_back(std::move(s));
  }
  CHECK(phase(fresh) == "InstallingProviders");
}
