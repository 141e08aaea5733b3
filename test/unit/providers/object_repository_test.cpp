#include "pkg/providers/sources/object_repository.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/gzip.h"
#include "test/support/loop.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kVersion = "provider.cluster.x-k8s.io/version";
const std::string kYaml = "kind: Namespace\n";

kube::Object config_map(std::string_view name, json::Object data) {
  kube::Object o = kube::make_object("v1", "ConfigMap", {"capi", std::string(name)});
  o.set("data", std::move(data));
  return o;
}
kube::Object labelled(kube::Object object, std::string_view version) {
  object.ref({"metadata", "labels", kVersion}) = version;
  return object;
}
Result<std::shared_ptr<Repository>> made(std::initializer_list<kube::Object> objects) {
  std::vector<kube::ObjectPtr> pointers;
  for (const kube::Object& o : objects) pointers.push_back(std::make_shared<const kube::Object>(o));
  return make_object_repository(std::move(pointers), "ConfigMaps in capi");
}
std::string why(const Result<std::shared_ptr<Repository>>& result) { return result ? "accepted" : result.error().message(); }

struct World {
  test::Loop loop;
  Result<std::string> file(const std::shared_ptr<Repository>& repository, std::string version, std::string name) {
    return loop.run(repository->file(std::move(version), std::move(name), Deadline::never()));
  }
  std::vector<std::string> versions(const std::shared_ptr<Repository>& repository) {
    auto found = loop.run(repository->versions(Deadline::never())).value();
    std::ranges::sort(found);
    return found;
  }
};

}  // namespace

TEST_CASE("a ConfigMap that names no version serves whatever version is asked for") {
  World w;
  const auto r = made({config_map("capv", {{"components.yaml", kYaml}, {"metadata.yaml", "m"}})});
  REQUIRE(r);
  CHECK(w.file(*r, "v1.5.1", "infrastructure-components.yaml") == kYaml);
  CHECK(w.file(*r, "v9.9.9", "metadata.yaml") == "m");
  CHECK(w.versions(*r).empty());
  CHECK((*r)->default_version().empty());
  CHECK((*r)->components_file() == "components.yaml");
  CHECK((*r)->where() == "ConfigMaps in capi");
}

TEST_CASE("the Cluster API operator's ConfigMaps are read: keys without .yaml, and a version a label") {
  World w;
  const auto r = made({labelled(config_map("a", {{"components", "new"}, {"metadata", "m"}}), "v1.9.4"),
                       labelled(config_map("b", {{"components", "old"}, {"metadata", "m"}}), "v1.9.3")});
  REQUIRE(r);
  CHECK(w.versions(*r) == std::vector<std::string>{"v1.9.3", "v1.9.4"});
  CHECK(w.file(*r, "v1.9.3", (*r)->components_file()) == "old");
  CHECK(w.file(*r, "v1.9.4", (*r)->components_file()) == "new");
  CHECK((*r)->default_version() == "latest");
  const auto absent = w.file(*r, "v1.9.5", "components.yaml");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is(Disposition::NotFound));
  CHECK(absent.error().message() == "ConfigMaps in capi has no version v1.9.5; it has v1.9.4, v1.9.3");
}

TEST_CASE("without a label the version is the annotation's, or the object's name where that is one") {
  World w;
  kube::Object annotated = config_map("a", {{"components.yaml", kYaml}});
  annotated.ref({"metadata", "annotations", kVersion}) = "v1.0.0+fips.1";
  CHECK(w.versions(made({annotated}).value()) == std::vector<std::string>{"v1.0.0+fips.1"});
  const auto named = made({config_map("v1.9.3", {{"components.yaml", kYaml}})}).value();
  CHECK(w.versions(named) == std::vector<std::string>{"v1.9.3"});
  CHECK(named->default_version() == "v1.9.3");
}

TEST_CASE("compressed components are unpacked: the operator's binaryData, a .gz key, and a Secret") {
  World w;
  const std::string packed = base64_encode(gzip(kYaml).value());
  kube::Object operators = config_map("a", {{"metadata", "m"}});
  operators.ref({"metadata", "annotations", "provider.cluster.x-k8s.io/compressed"}) = "true";
  operators.set("binaryData", json::Object{{"components", packed}});
  CHECK(w.file(made({operators}).value(), "v1.0.0", "components.yaml") == kYaml);
  CHECK(w.file(made({config_map("a", {{"core-components.yaml.gz", packed}})}).value(), "v1.0.0", "core-components.yaml") == kYaml);
  kube::Object binary = config_map("a", {});
  binary.set("binaryData", json::Object{{"components.yaml.gz", packed}});
  CHECK(w.file(made({binary}).value(), "v1.0.0", "components.yaml") == kYaml);
  kube::Object secret = kube::make_object("v1", "Secret", {"capi", "s"});
  secret.set("data", json::Object{{"components.yaml", base64_encode(kYaml)}, {"metadata.yaml.gz", packed}});
  CHECK(w.file(made({secret}).value(), "v1.0.0", "components.yaml") == kYaml);
  CHECK(w.file(made({secret}).value(), "v1.0.0", "metadata.yaml") == kYaml);
}

TEST_CASE("a file that is not there is named, together with what is") {
  World w;
  const auto r = made({config_map("a", {{"core-components.yaml", kYaml}})}).value();
  CHECK(r->components_file() == "core-components.yaml");
  const auto absent = w.file(r, "v1.0.0", "metadata.yaml");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is(Disposition::NotFound));
  CHECK(absent.error().message() == "ConfigMaps in capi has no file metadata.yaml in version v1.0.0; it has core-components.yaml");
}

TEST_CASE("objects that cannot serve are refused, each with its name and the reason") {
  const kube::Object good = config_map("a", {{"components.yaml", kYaml}});
  CHECK(why(made({})) == "ConfigMaps in capi: there is no such ConfigMap or Secret");
  CHECK(why(made({config_map("a", {{"readme.txt", "x"}, {"notes.txt", "x"}})})) ==
        "ConfigMap capi/a has no components: they belong under the key components.yaml, or components.yaml.gz in base64");
  CHECK(why(made({good, labelled(config_map("b", {{"components.yaml", kYaml}}), "v1.0.0")})) ==
        "ConfigMap capi/a does not say its version: of several objects, each needs the label provider.cluster.x-k8s.io/version");
  CHECK(why(made({labelled(good, "v1.0.0"), labelled(config_map("b", {{"components.yaml", kYaml}}), "v1.0.0")})) ==
        "ConfigMap capi/b is a second object of version v1.0.0: leave one of them out");
  CHECK(why(made({labelled(good, "latest")})) == "ConfigMap capi/a: provider.cluster.x-k8s.io/version is \"latest\", which is no version as v1.2.3");
  CHECK(why(made({config_map("a", {{"components.yaml", kYaml}, {"components", kYaml}})})) ==
        "ConfigMap capi/a: key components is a second components.yaml: leave one of them out");
  CHECK(why(made({config_map("a", {{"components.yaml.gz", "###"}})})) == "ConfigMap capi/a: key components.yaml.gz is not base64");
  CHECK(why(made({config_map("a", {{"components.yaml.gz", base64_encode("plain")}})})) == "ConfigMap capi/a: key components.yaml.gz is not gzip");
  CHECK(why(made({config_map("a", {{"components.yaml", 7}})})) == "ConfigMap capi/a: key components.yaml is no string");
  kube::Object broken = config_map("a", {{"components", kYaml}});
  broken.ref({"metadata", "annotations", "provider.cluster.x-k8s.io/compressed"}) = "true";
  CHECK(why(made({broken})) == "ConfigMap capi/a says provider.cluster.x-k8s.io/compressed, but has no key components in binaryData");
}

TEST_CASE("a zip bomb in a ConfigMap is refused") {
  const std::string bomb = base64_encode(gzip(std::string(33UL << 20U, ' ')).value());
  CHECK(why(made({config_map("a", {{"components.yaml.gz", bomb}})})) == "ConfigMap capi/a: key components.yaml.gz is larger than 32 MiB when unpacked");
}

}  // namespace slipway::providers
