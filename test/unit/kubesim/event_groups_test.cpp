#include "test/unit/kubesim/api.h"

using namespace slipway;
using namespace slipway::kubesim::test;

namespace {

constexpr auto* kCore = "/api/v1/namespaces/default/events";
constexpr auto* kNew = "/apis/events.k8s.io/v1/namespaces/default/events";
constexpr auto* kEvent = R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"a.1"},"eventTime":"2026-01-01T00:00:00.000000Z",
  "regarding":{"kind":"ConfigMap","namespace":"default","name":"a","uid":"u1"},"type":"Normal","reason":"Said","action":"Say","note":"words",
  "reportingController":"slipway","reportingInstance":"slipway-1"})";

}  // namespace

TEST_CASE("an Event written in one group is read in the other, in its words") {
  Api api;
  REQUIRE(api.post(kNew, kEvent).status == 201);
  const auto core = api.get(std::string(kCore) + "/a.1");
  REQUIRE(core.status == 200);
  CHECK(core.body["apiVersion"].as_string() == "v1");
  CHECK(core.body["involvedObject"]["uid"].as_string() == "u1");
  CHECK(core.body["message"].as_string() == "words");
  CHECK(core.body["reportingComponent"].as_string() == "slipway");
  CHECK(core.body["note"].is_null());
  const auto same = api.get(std::string(kNew) + "/a.1");
  CHECK(same.body["apiVersion"].as_string() == "events.k8s.io/v1");
  CHECK(same.body["note"].as_string() == "words");
  CHECK(same.body["metadata"]["resourceVersion"] == core.body["metadata"]["resourceVersion"]);
}

TEST_CASE("a patch through one group is a change in both, and core's selectors find it") {
  Api api;
  REQUIRE(api.post(kNew, kEvent).status == 201);
  Watch watch(api, std::string(kCore) + "?watch=true");
  CHECK(watch.next_line() == "ADDED a.1");
  const auto patched = api.patch(std::string(kNew) + "/a.1", kMergePatch, R"({"series":{"count":2,"lastObservedTime":"2026-01-01T00:00:10.000000Z"}})");
  REQUIRE(patched.status == 200);
  CHECK(patched.body["note"].as_string() == "words");
  const auto event = watch.next();
  CHECK(event["type"].as_string() == "MODIFIED");
  CHECK(event["object"]["message"].as_string() == "words");
  CHECK(event["object"]["series"]["count"].as_int() == 2);
  const auto found = api.get(std::string(kCore) + "?fieldSelector=involvedObject.uid%3Du1");
  CHECK(found.body["items"].size() == 1);
  CHECK(api.remove(std::string(kCore) + "/a.1").status == 200);
  CHECK(api.get(std::string(kNew) + "/a.1").status == 404);
}
