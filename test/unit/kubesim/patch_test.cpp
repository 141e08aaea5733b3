#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";
const std::string kDeployments = "/apis/apps/v1/namespaces/default/deployments";

void make_deployment(Api& api) {
  REQUIRE(api.post(kDeployments, R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},
    "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[
      {"name":"one","image":"i:1","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"two","image":"i:2"}],"tolerations":[{"key":"a"}]}}}})")
              .status == 201);
}

const json::Value& containers(const Answer& a) { return a.body["spec"]["template"]["spec"]["containers"]; }

}  // namespace

TEST_CASE("merge patches set, replace and delete") {
  Api api;
  api.post(kMaps, config_map("a", R"({"a":"1","b":"2"})"));
  const auto patched = api.patch(kMaps + "/a", kMergePatch, R"({"data":{"a":null,"c":"3"}})");
  CHECK(patched.status == 200);
  CHECK(json::dump_canonical(patched.body["data"]) == R"({"b":"2","c":"3"})");
  CHECK(api.patch(kMaps + "/none", kMergePatch, "{}").status == 404);
  CHECK(api.patch(kMaps + "/a", kMergePatch, "[]").status == 400);
  CHECK(api.patch(kMaps + "/a", "text/plain", "{}").status == 415);
}

TEST_CASE("JSON patches test and replace, all or nothing") {
  Api api;
  api.post(kMaps, config_map("a"));
  CHECK(api.patch(kMaps + "/a", kJsonPatch, R"([{"op":"test","path":"/data/k","value":"v"},{"op":"replace","path":"/data/k","value":"w"}])")
            .body["data"]["k"]
            .as_string() == "w");
  const auto failed = api.patch(kMaps + "/a", kJsonPatch, R"([{"op":"replace","path":"/data/k","value":"x"},{"op":"test","path":"/data/k","value":"v"}])");
  CHECK(failed.status == 422);
  CHECK(failed.message() == "the server rejected our request due to an error in our request");
  CHECK(api.get(kMaps + "/a").body["data"]["k"].as_string() == "w");
}

TEST_CASE("a patch with a resourceVersion is conditional") {
  Api api;
  api.post(kMaps, config_map("a"));
  CHECK(api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"resourceVersion":"1"},"data":{"k":"w"}})").status == 409);
}

TEST_CASE("strategic merge patches merge lists by their keys") {
  Api api;
  make_deployment(api);
  const auto patched = api.patch(kDeployments + "/d", kStrategicPatch, R"({"spec":{"template":{"spec":{"containers":[
    {"name":"one","env":[{"name":"X","value":"9"},{"name":"Z","value":"3"}],"ports":[{"containerPort":81}]}]}}}})");
  REQUIRE(patched.status == 200);
  CHECK(containers(patched).size() == 2);
  CHECK(containers(patched)[0]["image"].as_string() == "i:1");
  CHECK(containers(patched)[0]["env"].size() == 3);
  CHECK(containers(patched)[0]["env"][0]["value"].as_string() == "9");
  CHECK(containers(patched)[0]["ports"].size() == 2);
}

TEST_CASE("strategic merge patches know their directives") {
  Api api;
  make_deployment(api);
  const auto deleted = api.patch(kDeployments + "/d", kStrategicPatch,
                                 R"({"spec":{"template":{"spec":{"containers":[{"name":"two","$patch":"delete"},{"name":"three","image":"i:3"}],
                                    "$setElementOrder/containers":[{"name":"three"},{"name":"one"}],"tolerations":[{"key":"b"}]}}}})");
  REQUIRE(deleted.status == 200);
  CHECK(containers(deleted).size() == 2);
  CHECK(containers(deleted)[0]["name"].as_string() == "three");
  CHECK(json::dump(deleted.body["spec"]["template"]["spec"]["tolerations"]) == R"([{"key":"b"}])");
  const auto replaced = api.patch(kDeployments + "/d", kStrategicPatch,
                                  R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"},
                                     "template":{"spec":{"containers":[{"$patch":"replace"},{"name":"four","image":"i"}]}}}})");
  REQUIRE(replaced.status == 200);
  CHECK(containers(replaced).size() == 1);
  CHECK(!replaced.body["spec"]["strategy"].contains("rollingUpdate"));
  const auto keyless = api.patch(kDeployments + "/d", kStrategicPatch, R"({"spec":{"template":{"spec":{"containers":[{"image":"x"}]}}}})");
  CHECK(keyless.status == 400);
  CHECK(keyless.message().contains("does not contain declared merge key: name"));
}

TEST_CASE("finalizers merge as a set and leave by name") {
  Api api;
  api.post(kMaps, config_map("a", "{}", R"(,"finalizers":["a.b/one","a.b/two"])"));
  const auto more = api.patch(kMaps + "/a", kStrategicPatch, R"({"metadata":{"finalizers":["a.b/three"]}})");
  CHECK(more.body["metadata"]["finalizers"].size() == 3);
  const auto less = api.patch(kMaps + "/a", kStrategicPatch, R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a.b/one"]}})");
  CHECK(json::dump(less.body["metadata"]["finalizers"]) == R"(["a.b/three","a.b/two"])");
}

}  // namespace slipway::kubesim::test
