#include "pkg/base/strings.h"
#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";

std::string names(const json::Value& list) {
  std::string out;
  for (const auto& item : list["items"].array()) out += (out.empty() ? "" : " ") + item["metadata"]["name"].str();
  return out;
}

void make(Api& api, std::initializer_list<std::string_view> list) {
  for (const auto name : list) REQUIRE(api.post(kMaps, config_map(name, R"({"k":"v"})", R"(,"labels":{"n":")" + std::string(name) + "\"}")).status == 201);
}

}  // namespace

TEST_CASE("lists page by limit over one snapshot") {
  Api api;
  make(api, {"a", "b", "c", "d", "e"});
  const auto first = api.get(kMaps + "?limit=2");
  CHECK(names(first.body) == "a b");
  CHECK(first.body["kind"].as_string() == "ConfigMapList");
  CHECK(first.body["metadata"]["remainingItemCount"].as_int() == 3);
  CHECK(!first.body["items"][0].contains("kind"));
  make(api, {"bb"});
  api.remove(kMaps + "/d");
  const std::string next = kMaps + "?limit=2&continue=" + percent_encode(first.body["metadata"]["continue"].as_string());
  const auto second = api.get(next);
  CHECK(names(second.body) == "c d");
  CHECK(second.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]);
  const auto third = api.get(kMaps + "?limit=2&continue=" + percent_encode(second.body["metadata"]["continue"].as_string()));
  CHECK(names(third.body) == "e");
  CHECK(!third.body["metadata"].contains("continue"));
  api.server.compact();
  const auto late = api.get(next);
  CHECK(late.status == 410);
  CHECK(late.reason() == "Expired");
  CHECK(api.get(kMaps + "?continue=garbage").status == 400);
}

TEST_CASE("lists filter by labels, fields and namespace") {
  Api api;
  make(api, {"a", "b"});
  api.post("/api/v1/namespaces/kube-system/configmaps", config_map("z"));
  CHECK(names(api.get(kMaps + "?labelSelector=n%20in%20(b,c)").body) == "b");
  CHECK(names(api.get(kMaps + "?fieldSelector=metadata.name%3Da").body) == "a");
  CHECK(names(api.get("/api/v1/configmaps").body) == "a b z");
  CHECK(names(api.get("/api/v1/configmaps?fieldSelector=metadata.namespace!%3Ddefault").body) == "z");
  CHECK(api.get(kMaps + "?labelSelector=a%20in").status == 400);
  CHECK(api.get(kMaps + "?fieldSelector=spec.x%3Dy").message() == "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
}

TEST_CASE("an exact list shows the past, a future one times out") {
  Api api;
  make(api, {"a"});
  const auto then = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  make(api, {"b"});
  CHECK(names(api.get(kMaps + "?resourceVersionMatch=Exact&resourceVersion=" + then).body) == "a");
  CHECK(names(api.get(kMaps + "?resourceVersionMatch=NotOlderThan&resourceVersion=" + then).body) == "a b");
  CHECK(names(api.get(kMaps + "?resourceVersion=0").body) == "a b");
  const auto future = api.get(kMaps + "?resourceVersion=999");
  CHECK(future.status == 504);
  CHECK(future.body["details"]["causes"][0]["reason"].as_string() == "ResourceVersionTooLarge");
  CHECK(api.get(kMaps + "?resourceVersionMatch=Exact").status == 422);
}

TEST_CASE("Accept decides between objects, metadata and tables") {
  Api api;
  make(api, {"a"});
  const auto table = api.get(kMaps, "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
  CHECK(table.body["kind"].as_string() == "Table");
  CHECK(table.body["rows"].size() == 1);
  CHECK(table.body["metadata"].contains("resourceVersion"));
  const auto partial = api.get(kMaps, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  CHECK(partial.body["kind"].as_string() == "PartialObjectMetadataList");
  CHECK(partial.body["items"][0]["kind"].as_string() == "PartialObjectMetadata");
  CHECK(!partial.body["items"][0].contains("data"));
  CHECK(api.get(kMaps + "/a", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1").body["metadata"]["name"].as_string() == "a");
  CHECK(api.get(kMaps + "/a", "application/yaml").text.starts_with("apiVersion: v1"));
  CHECK(api.get(kMaps, "application/json;as=Nonsense;g=meta.k8s.io;v=v1").status == 406);
}

TEST_CASE("a watch from a resourceVersion sees every later change in order") {
  Api api;
  make(api, {"a"});
  const auto since = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  make(api, {"b"});
  Watch watch(api, kMaps + "?watch=true&resourceVersion=" + since);
  CHECK(watch.next_line() == "ADDED b");
  api.patch(kMaps + "/a", kMergePatch, R"({"data":{"k":"w"}})");
  api.remove(kMaps + "/b");
  CHECK(watch.next_line() == "MODIFIED a");
  const json::Value gone = watch.next();
  CHECK(gone["type"].as_string() == "DELETED");
  CHECK(gone["object"]["metadata"]["resourceVersion"].as_int() == 0);
  CHECK(gone["object"]["metadata"]["resourceVersion"] == api.get(kMaps).body["metadata"]["resourceVersion"]);
  CHECK(watch.next_line() == "nothing");
}

TEST_CASE("a watch without a resourceVersion starts with what is there") {
  Api api;
  make(api, {"a", "b"});
  Watch watch(api, kMaps + "?watch=1");
  CHECK(watch.next_line() == "ADDED a");
  CHECK(watch.next_line() == "ADDED b");
  make(api, {"c"});
  CHECK(watch.next_line() == "ADDED c");
}

TEST_CASE("what enters or leaves a selector is added or deleted for its watch") {
  Api api;
  make(api, {"a"});
  const auto since = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  Watch watch(api, kMaps + "?watch=true&labelSelector=on%3Dyes&resourceVersion=" + since);
  api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"labels":{"on":"yes"}}})");
  CHECK(watch.next_line() == "ADDED a");
  api.patch(kMaps + "/a", kMergePatch, R"({"data":{"k":"w"}})");
  CHECK(watch.next_line() == "MODIFIED a");
  api.patch(kMaps + "/a", kMergePatch, R"({"metadata":{"labels":{"on":"no"}}})");
  const auto left = watch.next();
  CHECK(left["type"].as_string() == "DELETED");
  CHECK(left["object"]["metadata"]["labels"]["on"].as_string() == "yes");
  CHECK(left["object"]["metadata"]["resourceVersion"] == api.get(kMaps + "/a").body["metadata"]["resourceVersion"]);
  api.remove(kMaps + "/a");
  CHECK(watch.next_line() == "nothing");
}

TEST_CASE("bookmarks come every minute and before the time-out, which ends the watch cleanly") {
  Api api;
  make(api, {"a"});
  const auto rv = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  Watch watch(api, kMaps + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=100&resourceVersion=" + rv);
  const auto start = api.loop.clock.now();
  const auto first = watch.next(std::chrono::seconds(70));
  CHECK(first["type"].as_string() == "BOOKMARK");
  CHECK(first["object"]["kind"].as_string() == "ConfigMap");
  CHECK(first["object"]["metadata"]["resourceVersion"].as_string() == rv);
  CHECK(api.loop.clock.now() - start == std::chrono::seconds(60));
  CHECK(watch.next(std::chrono::seconds(70))["type"].as_string() == "BOOKMARK");
  CHECK(api.loop.clock.now() - start == std::chrono::seconds(98));
  CHECK(watch.next(std::chrono::seconds(70)).is_null());
  CHECK(!watch.failed());
  CHECK(api.loop.clock.now() - start == std::chrono::seconds(100));
}

TEST_CASE("initial events end with the bookmark that says so") {
  Api api;
  make(api, {"a"});
  Watch watch(api, kMaps + "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
  CHECK(watch.next_line() == "ADDED a");
  const auto end = watch.next();
  CHECK(end["type"].as_string() == "BOOKMARK");
  CHECK(end["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"].as_string() == "true");
  CHECK(api.get(kMaps + "?watch=true&sendInitialEvents=true").status == 422);
}

TEST_CASE("a watch whose past is gone gets 410 Expired") {
  Api api;
  make(api, {"a"});
  const auto rv = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  make(api, {"b"});
  api.server.compact();
  Watch watch(api, kMaps + "?watch=true&resourceVersion=" + rv);
  const auto event = watch.next();
  CHECK(event["type"].as_string() == "ERROR");
  CHECK(event["object"]["code"].as_int() == 410);
  CHECK(event["object"]["reason"].as_string() == "Expired");
  CHECK(event["object"]["message"].as_string() == "too old resource version: " + rv + " (" + std::to_string(std::stoi(rv) + 1) + ")");
  CHECK(watch.next().is_null());
  CHECK(!watch.failed());
}

TEST_CASE("a history that overflows makes old watches expire") {
  Options options = Api::open_to_all();
  options.watch_history = 3;
  Api api(options);
  make(api, {"a"});
  const auto rv = api.get(kMaps).body["metadata"]["resourceVersion"].str();
  make(api, {"b", "c", "d", "e"});
  Watch watch(api, kMaps + "?watch=true&resourceVersion=" + rv);
  CHECK(watch.next()["object"]["code"].as_int() == 410);
}

TEST_CASE("closing watches breaks their connections, and they are counted") {
  Api api;
  Watch a(api, kMaps + "?watch=true");
  Watch b(api, "/api/v1/secrets?watch=true");
  CHECK(api.server.open_watches() == 2);
  api.server.close_watches();
  CHECK(a.next().is_null());
  CHECK(a.failed());
  b.close();
  CHECK(api.server.open_watches() == 1);
}

TEST_CASE("a watch as Table sends its columns once") {
  Api api;
  make(api, {"a", "b"});
  Watch watch(api, kMaps + "?watch=true", "application/json;as=Table;v=v1;g=meta.k8s.io");
  const auto first = watch.next(), second = watch.next();
  CHECK(first["object"]["columnDefinitions"].size() > 0);
  CHECK(second["object"]["columnDefinitions"].size() == 0);
  CHECK(second["object"]["rows"][0]["object"]["metadata"]["name"].as_string() == "b");
}

}  // namespace slipway::kubesim::test
