#include "pkg/providers/upgrade.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

const Metadata kCoreSeries{{{1, 13, "v1beta2"}, {1, 2, "v1beta1"}, {1, 9, "v1beta1"}, {1, 10, "v1beta1"}, {1, 11, "v1beta2"}, {1, 14, "v1beta2"}}};
const Metadata kInfraSeries{{{1, 5, "v1beta1"}, {1, 6, "v1beta1"}, {2, 0, "v1beta2"}}};

UpgradeCandidate candidate(std::string_view label, std::string version, std::vector<std::string> available, const Metadata& metadata) {
  const auto id = provider_of_label(label);
  REQUIRE(id);
  return {.id = *id, .ns = std::string(label) + "-system", .version = std::move(version), .available = std::move(available), .metadata = metadata};
}
UpgradeCandidate core(std::string version) {
  return candidate("cluster-api", std::move(version), {"v1.10.1", "v1.2.8", "v1.10.7", "v1.11.0", "v1.13.2", "v1.14.0-rc.0", "nightly"}, kCoreSeries);
}
UpgradeCandidate infra(std::string version) {
  return candidate("infrastructure-vsphere", std::move(version), {"v1.5.0", "v1.5.1", "v1.6.0", "v2.0.0"}, kInfraSeries);
}

// "v1beta1: cluster-api v1.10.1->v1.10.7, infrastructure-vsphere v1.5.0->v1.6.0", a line a plan; problems begin with "!".
std::string plans(const std::vector<UpgradeCandidate>& candidates) {
  const UpgradePlans result = plan_upgrades(candidates);
  std::vector<std::string> lines;
  for (const UpgradePlan& plan : result.plans) {
    std::vector<std::string> items;
    for (const UpgradeItem& i : plan.items) items.push_back(manifest_label(i.id.type, i.id.name) + " " + i.from + "->" + i.to);
    lines.push_back(plan.contract + ": " + join(items, ", "));
  }
  for (const Problem& p : result.problems) lines.push_back("!" + p.sentence);
  return join(lines, "\n");
}

// What is asked for, as "label:version"; the answer as above.
std::string decide(const std::vector<UpgradeCandidate>& candidates, const std::vector<std::string>& asked) {
  std::vector<UpgradeRequest> requests;
  for (const std::string& one : asked) requests.push_back({*provider_of_label(split(one, ':')[0]), split(one, ':')[1]});
  const UpgradeDecision decision = decide_upgrade(candidates, requests);
  std::vector<std::string> lines;
  for (const Problem& p : decision.problems) lines.push_back("!" + p.sentence);
  if (lines.empty()) lines.push_back(decision.contract + ":");
  for (const UpgradeItem& i : decision.items) lines.back() += " " + manifest_label(i.id.type, i.id.name) + " " + i.from + "->" + i.to;
  return join(lines, "\n");
}

}  // namespace

TEST_CASE("upgrades are planned for each contract ahead, to the highest final version that is compatible") {
  struct Row {
    const char* core_version;
    const char* infra_version;
    const char* plans;
  };
  const Row rows[] = {
      {"v1.10.1", "v1.5.0",
       "v1beta1: cluster-api v1.10.1->v1.10.7, infrastructure-vsphere v1.5.0->v1.6.0\n"
       "v1beta2: cluster-api v1.10.1->v1.13.2, infrastructure-vsphere v1.5.0->v2.0.0"},
      // Nothing newer under the contract that core has is a plan all the same; one that changes the contract needs a version for everybody.
      {"v1.10.7", "v2.0.0", "v1beta1: cluster-api v1.10.7->, infrastructure-vsphere v2.0.0->"},
      {"v1.11.0", "v1.6.0", "v1beta2: cluster-api v1.11.0->v1.13.2, infrastructure-vsphere v1.6.0->v2.0.0"},
      {"v1.13.2", "v2.0.0", "v1beta2: cluster-api v1.13.2->, infrastructure-vsphere v2.0.0->"},
      {"v1.14.0-alpha.0", "v2.0.0", "v1beta2: cluster-api v1.14.0-alpha.0->, infrastructure-vsphere v2.0.0->"},
  };
  for (const Row& row : rows) {
    INFO(row.core_version << " " << row.infra_version);
    CHECK(plans({infra(row.infra_version), core(row.core_version)}) == row.plans);
  }
}

TEST_CASE("a contract is not changed to where one provider has nothing to offer") {
  auto behind = candidate("ipam-in-cluster", "v1.0.0", {"v1.0.0", "v1.0.1"}, {{{1, 0, "v1beta1"}}});
  CHECK(plans({core("v1.10.1"), behind}) ==
        "v1beta1: cluster-api v1.10.1->v1.10.7, ipam-in-cluster v1.0.0->v1.0.1\n"
        "v1beta2: cluster-api v1.10.1->v1.13.2, ipam-in-cluster v1.0.0->v1.0.1");  // v1beta2 takes v1beta1
  behind.version = "v1.0.1";
  CHECK(plans({core("v1.10.1"), behind}) == "v1beta1: cluster-api v1.10.1->v1.10.7, ipam-in-cluster v1.0.1->");
}

TEST_CASE("the metadata of the highest version counts, even of a pre-release") {
  CHECK(highest_version(core("v1.10.1").available) == "v1.14.0-rc.0");
  CHECK(highest_version(std::vector<std::string>{"nightly"}).empty());
  CHECK(highest_version({}).empty());
}

TEST_CASE("a plan asks for what it has a version for") {
  auto result = plan_upgrades(std::vector{core("v1.13.2"), infra("v1.6.0")});
  REQUIRE(result.plans.size() == 1);
  const auto requests = requests_of(result.plans[0]);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].id.name == "vsphere");
  CHECK(requests[0].version == "v2.0.0");
}

TEST_CASE("nothing is planned while something does not add up, and all of it is listed") {
  auto gap = infra("v1.5.0");
  gap.available.emplace_back("v2.1.0");
  auto unlisted = candidate("ipam-in-cluster", "v0.9.0", {"v1.0.0"}, {{{1, 0, "v1beta1"}}});
  CHECK(
      plans({core("dev"), gap, unlisted}) ==
      "!CoreProvider cluster-api is installed as \"dev\", which is no semantic version\n"
      "!InfrastructureProvider vsphere v2.1.0 (on offer) is in no series of the newest metadata.yaml, which lists 1.5 (v1beta1), 1.6 (v1beta1), 2.0 (v1beta2)\n"
      "!IPAMProvider in-cluster v0.9.0 (installed) is in no series of the newest metadata.yaml, which lists 1.0 (v1beta1)");
  CHECK(plans({infra("v1.5.0")}) == "!CoreProvider cluster-api is not installed; there is nothing that the other providers could be upgraded with");
  auto second = core("v1.10.1");
  second.ns = "other";
  CHECK(plans({core("v1.10.1"), second}) == "!CoreProvider cluster-api is installed 2 times, in cluster-api-system, other; delete all instances but one");
}

TEST_CASE("an upgrade does what was asked for and nothing else") {
  const std::vector all{infra("v1.5.0"), core("v1.10.1")};
  CHECK(decide(all, {"cluster-api:v1.10.7"}) == "v1beta1: cluster-api v1.10.1->v1.10.7");
  CHECK(decide(all, {"infrastructure-vsphere:v1.6.0", "cluster-api:v1.11.0"}) == "v1beta2: cluster-api v1.10.1->v1.11.0 infrastructure-vsphere v1.5.0->v1.6.0");
  CHECK(decide(all, {"cluster-api:v1.13.2"}) == "v1beta2: cluster-api v1.10.1->v1.13.2");                     // v1beta2 takes vsphere's v1beta1
  CHECK(decide(all, {"infrastructure-vsphere:v1.5.9"}) == "v1beta1: infrastructure-vsphere v1.5.0->v1.5.9");  // not on offer, as far as the list goes
  CHECK(decide(all, {"cluster-api:v1.10.1"}) == "v1beta1:");
  CHECK(decide(all, {}) == "v1beta1:");
}

TEST_CASE("contracts must fit the core provider as it will be") {
  CHECK(decide({core("v1.10.1"), infra("v1.5.0")}, {"infrastructure-vsphere:v2.0.0"}) ==
        "!InfrastructureProvider vsphere would implement the contract v1beta2, which the core provider (v1beta1) does not take; name another version");
  const Metadata old{{{1, 0, "v1alpha4"}, {2, 0, "v1beta1"}}};
  const auto lagging = candidate("addon-helm", "v1.0.0", {"v1.0.0", "v2.0.0"}, old);
  CHECK(decide({core("v1.10.1"), lagging}, {"cluster-api:v1.10.7"}) ==
        "!AddonProvider helm v1.0.0 implements the contract v1alpha4, which the core provider (v1beta1) would not take any more; upgrade it along with the "
        "others");
  CHECK(decide({core("v1.10.1"), lagging}, {"cluster-api:v1.10.7", "addon-helm:v2.0.0"}) == "v1beta1: cluster-api v1.10.1->v1.10.7 addon-helm v1.0.0->v2.0.0");
  const auto ahead = candidate("cluster-api", "v1.10.1", {}, {{{1, 10, "v1beta1"}, {1, 12, "v1beta3"}}});
  CHECK(decide({ahead}, {"cluster-api:v1.12.0"}) ==
        "!CoreProvider cluster-api would implement the contract v1beta3; v1beta1 and v1beta2 are supported: name another version");
}

TEST_CASE("no more than three minor versions are skipped by Cluster API's own providers from v1.10 on") {
  const std::string_view ours[] = {"cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm"};
  for (const std::string_view label : ours) {
    INFO(label);
    const auto step = [&](const char* from, const std::string& to) {
      std::vector<UpgradeCandidate> all{candidate(label, from, {}, kCoreSeries)};
      if (label != "cluster-api") all.push_back(core("v1.13.2"));
      return decide(all, {std::string(label) + ":" + to});
    };
    CHECK_FALSE(step("v1.10.1", "v1.13.0").starts_with("!"));
    CHECK(step("v1.10.1", "v1.14.0")
              .ends_with("cannot be upgraded from v1.10.1 to v1.14.0 at once: no more than 3 minor versions may be skipped; go by way of 1.13"));
    CHECK_FALSE(step("v1.9.4", "v1.14.0").starts_with("!"));
    CHECK_FALSE(step("v1.11.0", "v1.14.0").starts_with("!"));
  }
  const Metadata wide{{{1, 10, "v1beta1"}, {1, 19, "v1beta1"}}};
  CHECK(decide({core("v1.10.1"), candidate("bootstrap-talos", "v1.10.0", {}, wide)}, {"bootstrap-talos:v1.19.0"}) ==
        "v1beta1: bootstrap-talos v1.10.0->v1.19.0");
}

TEST_CASE("what cannot be upgraded is refused, all of it at once") {
  const auto text = decide({core("v1.10.7"), infra("v1.6.0"), candidate("addon-helm", "v1.0.0", {}, {{{1, 0, "v1beta1"}}})},
                           {"cluster-api:v1.10.1", "infrastructure-vsphere:newest", "addon-helm:v1.1.0", "ipam-in-cluster:v1.0.0", "addon-helm:v1.0.0"});
  CHECK(text ==
        "!CoreProvider cluster-api is installed as v1.10.7; a downgrade to v1.10.1 is not supported, as stored objects may be of a newer version\n"
        "!InfrastructureProvider vsphere cannot be upgraded to \"newest\", which is no semantic version; name one such as v1.2.8\n"
        "!IPAMProvider in-cluster is not installed, so that it cannot be upgraded; install it\n"
        "!AddonProvider helm is asked for more than once\n"
        "!AddonProvider helm v1.1.0 (asked for) is in no series of the newest metadata.yaml, which lists 1.0 (v1beta1)");
  CHECK(decide({infra("v1.5.0")}, {"infrastructure-vsphere:v1.6.0"}).contains("!CoreProvider cluster-api is not installed"));
  CHECK(decide({core("v1.10.1"), core("v1.10.1")}, {"cluster-api:v1.10.7"}).contains("!CoreProvider cluster-api is installed 2 times"));
}
