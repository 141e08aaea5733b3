#include "pkg/packages/packages.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/yaml/yaml.h"

using namespace slipway;

namespace {

kube::ObjectPtr object(std::string_view text) {
  auto parsed = yaml::parse(text, "test");
  REQUIRE(parsed);
  return std::make_shared<const kube::Object>(std::move(*parsed));
}

kube::ObjectPtr install(const std::string& name, const std::string& status) {
  return object("kind: PackageInstall\nmetadata: {name: " + name + ", namespace: tkg-system, generation: 1}\nstatus: " + status);
}

const char* kGood = "{observedGeneration: 1, conditions: [{type: ReconcileSucceeded, status: 'True'}]}";

api::Packages spec() {
  api::Packages p;
  p.repository = api::PackageRepository{.name = "tanzu-management", .image = "example.org/packages/management", .namespace_ = "tkg-system"};
  api::PackageInstall tkg;
  tkg.name = "tkg-pkg";
  tkg.refName = "tkg.tanzu.vmware.com";
  tkg.valuesSecretRef = api::LocalRef{"tkg-pkg-values"};
  p.install.push_back(tkg);
  p.expect = {"tanzu-framework"};
  return p;
}

kube::ObjectPtr repository() {
  return object(
      "kind: PackageRepository\nmetadata: {name: r, generation: 1}\nstatus: {observedGeneration: 1, conditions: [{type: ReconcileSucceeded, status: 'True'}]}");
}

}  // namespace

TEST_CASE("an install comes with its account and rights, named as the tanzu CLI names them") {
  const auto objects = packages::render(spec());
  REQUIRE(objects.size() == 5);
  CHECK(objects[0]["spec"]["fetch"]["imgpkgBundle"]["tagSelection"]["semver"]["constraints"].as_string() == ">0.0.0");
  CHECK(kube::key_of(objects[1]) == kube::ObjectKey{"tkg-system", "tkg-pkg-tkg-system-sa"});
  CHECK(kube::name_of(objects[3]) == "tkg-pkg-tkg-system-cluster-rolebinding");
  CHECK(kube::label(objects[4], "tkg.tanzu.vmware.com/package-type") == "management");
  CHECK(objects[4]["spec"]["values"][0]["secretRef"]["name"].as_string() == "tkg-pkg-values");
}

TEST_CASE("an image with a tag is taken as it is") {
  auto p = spec();
  p.repository->image = "example.org:5000/packages/management:v2";
  CHECK_FALSE(packages::render(p)[0]["spec"]["fetch"]["imgpkgBundle"].contains("tagSelection"));
}

TEST_CASE("every expected package must be reconciled at its present generation") {
  const auto p = spec();
  const auto tkg = install("tkg-pkg", kGood);
  CHECK(packages::reconciled(p, nullptr, {}).reason == "PackageRepositoryMissing");

  const std::vector<kube::ObjectPtr> one{tkg};
  auto r = packages::reconciled(p, repository(), one);
  CHECK(r.message == "1/2 packages reconciled; PackageInstall tanzu-framework does not exist yet");

  const std::vector<kube::ObjectPtr> stale{tkg,
                                           install("tanzu-framework", "{observedGeneration: 0, conditions: [{type: ReconcileSucceeded, status: 'True'}]}")};
  CHECK_FALSE(packages::reconciled(p, repository(), stale).ready);

  const std::vector<kube::ObjectPtr> failed{
      tkg, install("tanzu-framework", "{observedGeneration: 1, usefulErrorMessage: 'kapp: timed out', conditions: [{type: ReconcileFailed, status: 'True'}]}")};
  r = packages::reconciled(p, repository(), failed);
  CHECK(r.reason == "PackageReconcileFailed");
  CHECK(r.message == "1/2 packages reconciled; PackageInstall tkg-system/tanzu-framework: kapp: timed out");
  CHECK_FALSE(r.failed);

  const std::vector<kube::ObjectPtr> good{tkg, install("tanzu-framework", kGood)};
  CHECK(packages::reconciled(p, repository(), good).ready);
}
