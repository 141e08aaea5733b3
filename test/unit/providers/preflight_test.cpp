#include "pkg/providers/preflight.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/json/value.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

const ProviderId kCore{ProviderType::Core, "cluster-api"};
const ProviderId kBootstrap{ProviderType::Bootstrap, "kubeadm"};
const ProviderId kVsphere{ProviderType::Infrastructure, "vsphere"};
const Metadata kCoreSeries{{{0, 4, "v1alpha4"}, {1, 2, "v1beta1"}, {1, 11, "v1beta2"}, {2, 0, "v1beta3"}}};
const Metadata kVsphereSeries{{{0, 8, "v1alpha4"}, {1, 5, "v1beta1"}, {2, 0, "v1beta2"}}};

PlannedProvider planned(const ProviderId& id, std::string version, const Metadata& metadata, std::string ns = "ns") {
  return {.id = id, .ns = std::move(ns), .version = std::move(version), .metadata = metadata, .objects = {}};
}
InstalledProvider installed(const ProviderId& id, std::string version, std::string contract, std::string ns = "ns") {
  return {.id = id, .ns = std::move(ns), .version = std::move(version), .contract = std::move(contract)};
}

// One line a problem.
std::string problems(const std::vector<InstalledProvider>& have, const std::vector<PlannedProvider>& plan) {
  std::string out;
  for (const Problem& p : preflight(have, plan)) out += p.sentence + "\n";
  return out;
}

std::string requested(const std::vector<NamedProvider>& named, bool first_run) {
  const auto requests = with_defaults(named, first_run);
  if (!requests) return "!" + requests.error().message();
  std::string out;
  for (const ProviderRequest& r : *requests)
    out += (out.empty() ? "" : " ") + manifest_label(r.id.type, r.id.name) + (r.version.empty() ? "" : ":" + r.version);
  return out;
}

}  // namespace

TEST_CASE("a first run adds core and kubeadm unless the user names others") {
  using enum ProviderType;
  CHECK(requested({{Infrastructure, "vsphere"}}, true) == "cluster-api bootstrap-kubeadm control-plane-kubeadm infrastructure-vsphere");
  CHECK(requested({{Infrastructure, "vSphere:v1.5.1"}}, false) == "infrastructure-vsphere:v1.5.1");
  CHECK(requested({{Bootstrap, "talos"}, {Core, "cluster-api:v1.2.8"}}, true) == "cluster-api:v1.2.8 bootstrap-talos control-plane-kubeadm");
  CHECK(requested({{Bootstrap, "-"}, {ControlPlane, "-"}}, true) == "cluster-api");
  CHECK(requested({}, false).empty());
  CHECK(requested({{Bootstrap, "talos"}, {Bootstrap, "kubeadm"}, {Addon, "-"}}, true) == "cluster-api bootstrap-kubeadm bootstrap-talos control-plane-kubeadm");
}

TEST_CASE("a request that is no name or name:version is refused") {
  using enum ProviderType;
  CHECK(requested({{Core, "-"}}, true) == "!CoreProvider \"-\": the core provider cannot be left out");
  CHECK(requested({{Infrastructure, "aws"}, {Infrastructure, "aws:v1.0.0"}}, false).starts_with("!InfrastructureProvider aws is named twice"));
  for (const char* text : {"", ":v1.0.0", "aws:", "aws:v1:v2", "a/b", "a.b"}) {
    INFO(text);
    CHECK(requested({{Infrastructure, text}}, false).starts_with("!InfrastructureProvider \"" + std::string(text) + "\": "));
  }
}

TEST_CASE("a sound first installation has no problems, of this year and of 2023") {
  CHECK(problems({}, {planned(kCore, "v1.11.3", kCoreSeries), planned(kVsphere, "v2.0.1", kVsphereSeries)}).empty());
  CHECK(problems({}, {planned(kCore, "v1.11.3", kCoreSeries), planned(kVsphere, "v1.5.1", kVsphereSeries)}).empty());
  CHECK(problems({}, {planned(kCore, "v1.2.8", kCoreSeries), planned(kVsphere, "v1.5.1", kVsphereSeries)}).empty());
  CHECK(problems({installed(kCore, "v1.2.8", "v1beta1")}, {planned(kVsphere, "v1.5.1", kVsphereSeries)}).empty());
}

TEST_CASE("an installation may be run again") {
  CHECK(problems({installed(kCore, "v1.2.8", "v1beta1"), installed(kVsphere, "v1.5.1", "")},
                 {planned(kCore, "v1.2.8", kCoreSeries), planned(kVsphere, "v1.5.1", kVsphereSeries)})
            .empty());
}

TEST_CASE("a provider of a newer contract than core's is refused") {
  CHECK(problems({}, {planned(kCore, "v1.2.8", kCoreSeries), planned(kVsphere, "v2.0.1", kVsphereSeries)}) ==
        "InfrastructureProvider vsphere v2.0.1 implements the contract v1beta2, which the core provider v1.2.8 (v1beta1) does not take; name a version of the "
        "contract v1beta1\n");
}

TEST_CASE("there is one instance of a provider, whatever the namespace, and installing changes no version") {
  const auto have = std::vector{installed(kCore, "v1.2.8", "v1beta1", "capi-system"), installed(kVsphere, "v1.5.1", "", "capv-system")};
  CHECK(problems(have, {planned(kVsphere, "v1.5.1", kVsphereSeries, "elsewhere")}) ==
        "InfrastructureProvider vsphere is installed in namespace capv-system already, and a cluster holds one instance of a provider; leave out namespace "
        "elsewhere, or delete the other instance\n");
  CHECK(problems(have, {planned(kVsphere, "v1.5.2", kVsphereSeries, "capv-system")}) ==
        "InfrastructureProvider vsphere is installed as v1.5.1; another version (v1.5.2) is an upgrade, not an installation\n");
  CHECK(problems(have, {planned(kCore, "v1.2.8", kCoreSeries, "other")}).contains("is installed in namespace capi-system already"));
  CHECK(problems({installed(kCore, "v1.2.8", "v1beta1", "a"), installed(kCore, "v1.2.8", "v1beta1", "b")}, {}) ==
        "CoreProvider cluster-api is installed 2 times, in a, b; delete all instances but one\n");
  CHECK(problems(have, {planned(kBootstrap, "v1.2.8", kCoreSeries, "x"), planned(kBootstrap, "v1.2.8", kCoreSeries, "y")}) ==
        "BootstrapProvider kubeadm is asked for more than once; a cluster holds one instance of a provider\n");
}

TEST_CASE("without a core provider, or with one whose contract is not known or not supported, nothing is installed") {
  const auto plan = std::vector{planned(kVsphere, "v1.5.1", kVsphereSeries)};
  CHECK(problems({}, plan) == "CoreProvider cluster-api is neither installed nor asked for, and every other provider needs it; add it\n");
  CHECK(problems({installed(kCore, "v1.2.8", "")}, plan).starts_with("CoreProvider cluster-api v1.2.8 is installed, but its contract is not known"));
  CHECK(problems({installed(kCore, "v0.4.7", "v1alpha4")}, plan).contains("v0.4.7 is installed and implements the contract v1alpha4; v1beta1 and v1beta2 are"));
}

TEST_CASE("everything that is wrong is listed at once, by provider") {
  const auto crd = json::parse(R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "vspherethings.infra.io"},
    "spec": {"group": "infra.io", "names": {"kind": "VSphereCluster", "plural": "vspherethings"}}})");
  REQUIRE(crd);
  const std::vector<kube::Object> objects{*crd, *crd};
  PlannedProvider named_wrongly = planned({ProviderType::Addon, "Helm"}, "v1.2.8", kCoreSeries);
  named_wrongly.objects = objects;
  const auto text = problems({installed(kVsphere, "v1.4.0", "")}, {named_wrongly, planned(kVsphere, "v0.8.1", kVsphereSeries),
                                                                   planned(kBootstrap, "newest", kCoreSeries), planned(kCore, "v1.9.0", kCoreSeries)});
  INFO(text);
  CHECK(text.contains(
      "CoreProvider cluster-api v1.9.0 has no series in its metadata.yaml, which lists 0.4 (v1alpha4), 1.2 (v1beta1), 1.11 (v1beta2), 2.0 (v1beta3)"));
  CHECK(text.contains("\nBootstrapProvider kubeadm has version \"newest\", which is no semantic version"));
  CHECK(text.contains("\nInfrastructureProvider vsphere is installed as v1.4.0; another version (v0.8.1)"));
  CHECK(text.contains("\nInfrastructureProvider vsphere v0.8.1 implements the contract v1alpha4 of Cluster API; v1beta1 and v1beta2 are supported"));
  CHECK(text.contains("\nAddonProvider Helm has a name that must be a DNS label"));
  CHECK(text.contains("\nAddonProvider Helm v1.2.8: CustomResourceDefinition vspherethings.infra.io would not be found"));
  CHECK(std::ranges::count(text, '\n') == 7);
}

TEST_CASE("a core provider of a contract that is not known yet is refused once") {
  CHECK(problems({}, {planned(kCore, "v2.0.0", kCoreSeries)}) ==
        "CoreProvider cluster-api v2.0.0 implements the contract v1beta3 of Cluster API; v1beta1 and v1beta2 are supported: name another version\n");
}
