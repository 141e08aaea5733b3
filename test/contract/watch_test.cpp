// Watches: order, resumption, bookmarks, WatchList, what ends them.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kMergePatch, contract::Watch;

namespace {

struct Watched : contract::Server {
  [[nodiscard]] std::string secret(std::string_view name, std::string_view labels = "{}") const {
    return R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + std::string(name) + R"(","labels":)" + std::string(labels) + "}}";
  }
  contract::Answer add(std::string_view name, std::string_view labels = "{}") { return post(path("secrets"), secret(name, labels)); }
  [[nodiscard]] std::string watch(const std::string& query) const { return path("secrets") + "?watch=true&" + query; }
};

}  // namespace

TEST_CASE_METHOD(Watched, "a watch from a resourceVersion sees every later change, whole and in order") {
  const auto a = add("a");
  Watch w(*this, watch("resourceVersion=" + a.rv()));
  const auto b = add("b");
  REQUIRE(patch(path("secrets", "a"), kMergePatch, R"({"metadata":{"labels":{"l":"1"}}})").status == 200);
  REQUIRE(remove(path("secrets", "b")).status == 200);
  const auto first = w.next();
  CHECK(first["type"].as_string() == "ADDED");
  contract::check_equal(first["object"], b.body);
  CHECK(w.line() == "MODIFIED a");
  const auto deleted = w.next();
  CHECK(deleted["type"].as_string() == "DELETED");
  CHECK(deleted["object"]["metadata"]["name"].as_string() == "b");
  CHECK(deleted["object"]["metadata"]["resourceVersion"] != b.meta("resourceVersion"));
}

TEST_CASE_METHOD(Watched, "a watch that was cut goes on from the last resourceVersion seen, losing nothing") {
  const auto start = add("a");
  std::string rv = start.rv();
  {
    Watch w(*this, watch("resourceVersion=" + rv));
    add("b");
    const auto event = w.next();
    CHECK(event["object"]["metadata"]["name"].as_string() == "b");
    rv = event["object"]["metadata"]["resourceVersion"].str();
  }
  add("c");
  REQUIRE(remove(path("secrets", "a")).status == 200);
  Watch again(*this, watch("resourceVersion=" + rv));
  CHECK(again.line() == "ADDED c");
  CHECK(again.line() == "DELETED a");
}

TEST_CASE_METHOD(Watched, "a watch without a resourceVersion starts with what is there") {
  add("a");
  add("b");
  Watch w(*this, watch("timeoutSeconds=60"));
  CHECK(w.line() == "ADDED a");
  CHECK(w.line() == "ADDED b");
  add("c");
  CHECK(w.line() == "ADDED c");
  Watch zero(*this, watch("resourceVersion=0"));
  CHECK(zero.line().starts_with("ADDED "));
}

TEST_CASE_METHOD(Watched, "what enters or leaves a selector is added or deleted for its watch") {
  const auto start = add("a", R"({"x":"1"})");
  Watch w(*this, watch("labelSelector=x%3D1&resourceVersion=" + start.rv()));
  add("other", R"({"x":"2"})");
  REQUIRE(patch(path("secrets", "other"), kMergePatch, R"({"metadata":{"labels":{"x":"1"}}})").status == 200);
  CHECK(w.line() == "ADDED other");
  const auto left = patch(path("secrets", "a"), kMergePatch, R"({"metadata":{"labels":{"x":"3"}}})");
  const auto gone = w.next();
  CHECK(gone["type"].as_string() == "DELETED");
  CHECK(gone["object"]["metadata"]["labels"]["x"].as_string() == "1");
  CHECK(gone["object"]["metadata"]["resourceVersion"].as_string() == left.rv());
  Watch by_name(*this, watch("fieldSelector=metadata.name%3Dnamed&resourceVersion=" + left.rv()));
  add("unnamed");
  add("named");
  CHECK(by_name.line() == "ADDED named");
}

TEST_CASE_METHOD(Watched, "a watch ends cleanly at its time-out, with a bookmark before") {
  const auto start = add("a");
  Watch w(*this, watch("allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion=" + start.rv()));
  add("b");
  CHECK(w.line() == "ADDED b");
  bool marked = false;
  for (auto event = w.next(); !event.is_null(); event = w.next()) {
    CHECK(event["type"].as_string() == "BOOKMARK");
    CHECK(event["object"]["kind"].as_string() == "Secret");
    CHECK(event["object"]["metadata"]["name"].is_null());
    CHECK(event["object"]["metadata"]["resourceVersion"].as_string() >= start.rv());
    CHECK(event["object"]["metadata"]["annotations"].is_null());
    marked = true;
  }
  CHECK(marked);
  CHECK(w.ended());
}

TEST_CASE_METHOD(Watched, "initial events end with the bookmark that says so, and the stream goes on") {
  add("a");
  const auto b = add("b");
  Watch w(*this, watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion="));
  CHECK(w.line() == "ADDED a");
  CHECK(w.line() == "ADDED b");
  const auto mark = w.next();
  CHECK(mark["type"].as_string() == "BOOKMARK");
  contract::check_equal(mark["object"]["metadata"]["annotations"], parse(R"({"k8s.io/initial-events-end":"true"})"));
  CHECK(mark["object"]["kind"].as_string() == "Secret");
  CHECK(std::stoll(mark["object"]["metadata"]["resourceVersion"].str()) >= std::stoll(b.rv()));
  add("c");
  CHECK(w.line() == "ADDED c");
}

TEST_CASE_METHOD(Watched, "WatchList serves custom resources and empty collections too") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  Watch w(*this, widgets() + "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  const auto mark = w.next();
  CHECK(mark["type"].as_string() == "BOOKMARK");
  CHECK(mark["object"]["kind"].as_string() == "Widget");
  CHECK(mark["object"]["apiVersion"].as_string() == group + "/v1");
  CHECK(mark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"].as_string() == "true");
  REQUIRE(post(widgets(), contract::widget("a")).status == 201);
  CHECK(w.line() == "ADDED a");
}

TEST_CASE_METHOD(Watched, "the options of a watch are checked") {
  const auto match = get(watch("resourceVersionMatch=NotOlderThan"));
  CHECK_STATUS(
      match,
      R"({"code":422,"reason":"Invalid","message":"ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
               "details":{"group":"meta.k8s.io","kind":"ListOptions","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided","field":"resourceVersionMatch"}]}})");
  const auto exact = get(watch("sendInitialEvents=true&resourceVersionMatch=Exact"));
  CHECK(exact.status == 422);
  CHECK(exact.body["details"]["causes"].size() == 2);
  CHECK(exact.message() ==
        "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, "
        "resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]");
  CHECK_STATUS(get(watch("resourceVersion=abc")),
               R"({"code":500,"message":"resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax"})");
}

TEST_CASE_METHOD(Watched, "initial events of a resourceVersion of the future are refused in the stream") {
  Watch w(*this, watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=999999999"));
  const auto event = w.next();
  CHECK(event["type"].as_string() == "ERROR");
  const json::Value& status = event["object"];
  CHECK(status["code"].as_int() == 504);
  CHECK(status["reason"].as_string() == "Timeout");
  CHECK(status["message"].as_string().starts_with("Timeout: Too large resource version: 999999999, current: "));
  CHECK(status["details"]["causes"][0U]["reason"].as_string() == "ResourceVersionTooLarge");
  CHECK(w.line() == "end");
}

TEST_CASE_METHOD(Watched, "a plain watch at a resourceVersion of the future waits for it") {
  const auto start = add("a");
  Watch w(*this, watch("timeoutSeconds=2&resourceVersion=" + std::to_string(std::stoll(start.rv()) + 100'000)));
  add("b");
  CHECK(w.line() == "end");
}

TEST_CASE_METHOD(Watched, "metadata alone can be watched") {
  const auto start = add("a");
  Watch w(*this, watch("resourceVersion=" + start.rv()), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  add("b");
  const auto event = w.next();
  CHECK(event["object"]["kind"].as_string() == "PartialObjectMetadata");
  CHECK(event["object"]["apiVersion"].as_string() == "meta.k8s.io/v1");
  CHECK(event["object"]["metadata"]["name"].as_string() == "b");
  CHECK_FALSE(event["object"].contains("type"));
}
