#include "pkg/providers/cert_manager_upgrade.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::providers;

namespace {

const CertManagerManifest kManifest{.version = "v1.21.1", .objects = 2, .images = {"q/cert-manager:1", "q/webhook:1"}};

// Two objects of these versions.
std::string plan(std::string first, std::string second, std::vector<std::string> images = {"q/webhook:1", "q/cert-manager:1"},
                 const CertManagerManifest& manifest = kManifest) {
  const auto result =
      plan_cert_manager({.items = {{"Service a", std::move(first)}, {"Deployment b", std::move(second)}}, .images = std::move(images)}, manifest);
  if (!result) return "!" + result.error().message();
  return result->from + (result->upgrade ? "->" + result->to + ": " + result->reason : " stays");
}

}  // namespace

TEST_CASE("cert-manager is upgraded where an object of it is older, or has no version") {
  CHECK(plan("v1.21.1", "v1.21.1") == "v1.21.1 stays");
  CHECK(plan("v1.21.1", "v1.20.0") == "v1.20.0->v1.21.1: Deployment b is of version v1.20.0");
  CHECK(plan("v1.21.1", "") == "v0.11.0->v1.21.1: Deployment b has no version");
  CHECK(plan("v1.22.0", "v1.22.0") == "v1.22.0 stays");
  CHECK(plan("v1.21.1-rc.1", "v1.21.1") == "v1.21.1-rc.1->v1.21.1: Service a is of version v1.21.1-rc.1");
  CHECK(plan("v1.21.1+a", "v1.21.1") == "v1.21.1+a->v1.21.1: Service a is of version v1.21.1+a");
}

TEST_CASE("cert-manager of the same version is installed again where objects or images differ") {
  CertManagerManifest more = kManifest;
  more.objects = 3;
  CHECK(plan("v1.21.1", "v1.21.1", kManifest.images, more) == "v1.21.1->v1.21.1: the cluster has 2 of its objects, the manifest 3");
  CHECK(plan("v1.21.1", "v1.21.1", {"q/cert-manager:1", "mirror/webhook:1"}) == "v1.21.1->v1.21.1: its images differ from the manifest's");
  CHECK(plan("v1.22.0", "v1.22.0", {}, more) == "v1.22.0 stays");
}

TEST_CASE("a cert-manager that carries no labels is somebody else's") {
  const auto result = plan_cert_manager({}, kManifest);
  REQUIRE(result);
  CHECK(result->external);
  CHECK_FALSE(result->upgrade);
}

TEST_CASE("a version of cert-manager that is none is an error") {
  CHECK(plan("v1.21.1", "broken") == "!cert-manager: Deployment b has version \"broken\", which is none");
  CertManagerManifest broken = kManifest;
  broken.version = "latest";
  CHECK(plan("v1.21.1", "v1.21.1", {}, broken).starts_with("!cert-manager: version \"latest\" is no semantic version"));
}
