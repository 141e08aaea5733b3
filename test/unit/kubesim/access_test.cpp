#include "pkg/kube/client.h"
#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";

Fault fault(Fault::Action action, std::string verb, std::uint64_t nth = 0) {
  Fault f;
  f.action = action;
  f.verb = std::move(verb);
  f.resource = "configmaps";
  f.nth = nth;
  return f;
}

}  // namespace

TEST_CASE("without credentials there is 401, but health is open") {
  Api api{Options{}};
  const auto refused = api.get(kMaps);
  CHECK(refused.status == 401);
  CHECK(refused.message() == "Unauthorized");
  CHECK(api.get("/healthz").status == 200);
  api.token = "wrong";
  CHECK(api.get(kMaps).status == 401);
  api.token = api.server.token_for("alice", {"devs"});
  CHECK(api.get(kMaps).status == 200);
  CHECK(api.server.token_for("alice", {"devs"}) == api.token);
}

TEST_CASE("reviews say who asks and allow everything") {
  Api api{Options{}};
  api.token = api.server.token_for("alice", {"devs"});
  const auto who = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})");
  CHECK(who.status == 201);
  CHECK(who.body["status"]["userInfo"]["username"].as_string() == "alice");
  CHECK(json::dump(who.body["status"]["userInfo"]["groups"]) == R"(["devs","system:authenticated"])");
  const auto may = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                            R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":"get"}}})");
  CHECK(may.body["status"]["allowed"].as_bool());
}

TEST_CASE("whoever is known may act as somebody else") {
  Api api{Options{}};
  net::Request request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews");
  request.headers.set("Impersonate-User", "bob");
  request.headers.add("Impersonate-Group", "ops");
  request.body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})";
  CHECK(api.loop.run(api.server.handler()(request)).status == 401);
  request.headers.set("Authorization", "Bearer " + api.server.token_for("alice", {}));
  const auto answer = json::parse(api.loop.run(api.server.handler()(request)).body);
  REQUIRE(answer);
  CHECK(json::dump((*answer)["status"]["userInfo"]) == R"({"username":"bob","groups":["ops","system:authenticated"]})");
}

TEST_CASE("the local client is an administrator") {
  Api api{Options{}};
  auto client = api.server.local_client();
  std::string user;
  api.server.on_request([&](const RequestRecord& r) { user = r.user + " " + r.verb + " " + r.resource + " " + std::to_string(r.status); });
  const auto list = api.loop.run(client->list(kube::res::kNamespaces, "", {}));
  REQUIRE(list);
  CHECK(list->items.size() == 4);
  CHECK(user == "system:admin list namespaces 200");
  CHECK(api.server.requests() == 1);
}

TEST_CASE("an injected status answers without doing the work, for the nth call only") {
  Api api;
  Fault f = fault(Fault::Action::Status, "create", 2);
  f.status = 503;
  api.server.inject(f);
  CHECK(api.post(kMaps, config_map("a")).status == 201);
  const auto refused = api.post(kMaps, config_map("b"));
  CHECK(refused.status == 503);
  CHECK(refused.reason() == "ServiceUnavailable");
  CHECK(api.get(kMaps + "/b").status == 404);
  CHECK(api.post(kMaps, config_map("b")).status == 201);
}

TEST_CASE("a dropped call was done, a reset one was not") {
  Api api;
  Fault drop = fault(Fault::Action::Drop, "create");
  drop.times = 1;
  api.server.inject(drop);
  CHECK(api.post(kMaps, config_map("a")).status == 0);
  CHECK(api.get(kMaps + "/a").status == 200);
  api.server.inject(fault(Fault::Action::Reset, "delete"));
  CHECK(api.remove(kMaps + "/a").status == 0);
  CHECK(api.get(kMaps + "/a").status == 200);
  api.server.clear_faults();
  CHECK(api.remove(kMaps + "/a").status == 200);
}

TEST_CASE("a delayed call takes its time, a truncated one breaks in the middle") {
  Api api;
  Fault slow = fault(Fault::Action::Delay, "list");
  slow.delay = std::chrono::seconds(5);
  slow.times = 1;
  api.server.inject(slow);
  const auto before = api.loop.clock.now();
  CHECK(api.get(kMaps).status == 200);
  CHECK(api.loop.clock.now() - before == std::chrono::seconds(5));
  api.server.inject(fault(Fault::Action::Truncate, "list"));
  auto response = api.raw("GET", kMaps);
  REQUIRE(response.stream);
  const auto half = api.loop.run(response.stream->read(async::Deadline::never()));
  REQUIRE(half);
  CHECK(!half->empty());
  CHECK(!api.loop.run(response.stream->read(async::Deadline::never())));
}

TEST_CASE("a stopped server answers nobody") {
  Api api;
  Watch watch(api, kMaps + "?watch=true");
  api.loop.run(api.server.stop());
  CHECK(watch.next().is_null());
  CHECK(watch.failed());
  CHECK(api.get(kMaps).status == 0);
}

}  // namespace slipway::kubesim::test
