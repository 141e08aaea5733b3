// Dry runs: the whole way of a write, and nothing stored.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kMergePatch;

TEST_CASE_METHOD(contract::Server, "dry runs answer as if, and store nothing") {
  const auto created = post(path("configmaps") + "?dryRun=All", config_map("a"));
  CHECK(created.status == 201);
  CHECK(created.uid().size() == 36);
  CHECK(created.rv().empty());
  CHECK(get(path("configmaps", "a")).status == 404);
  const auto real_one = post(path("configmaps"), config_map("a"));
  CHECK(post(path("configmaps") + "?dryRun=All", config_map("a")).reason() == "AlreadyExists");
  const auto patched = patch(path("configmaps", "a") + "?dryRun=All", kMergePatch, R"({"data":{"k":"w"}})");
  CHECK(patched.status == 200);
  CHECK(patched.body["data"]["k"].as_string() == "w");
  CHECK(patched.rv() == real_one.rv());
  json::Value next = real_one.body;
  next.ref("data").set("k", "x");
  CHECK(put(path("configmaps", "a") + "?dryRun=All", next).body["data"]["k"].as_string() == "x");
  const auto applied = patch(path("configmaps", "a") + "?dryRun=All&fieldManager=alice&force=true", contract::kApplyPatch, config_map("a", R"({"k":"y"})"));
  CHECK(applied.body["data"]["k"].as_string() == "y");
  const auto removed = remove(path("configmaps", "a") + "?dryRun=All");
  CHECK(removed.body["status"].as_string() == "Success");
  CHECK(remove(path("configmaps", "a"), R"({"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]})").status == 200);
  const auto read = get(path("configmaps", "a"));
  contract::check_equal(read.body, real_one.body);
}

TEST_CASE_METHOD(contract::Server, "dry runs of custom resources validate and default") {
  serve_widgets(
      R"({"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer","minimum":1},"d":{"type":"string","default":"x"}}}}})");
  const auto created = post(widgets() + "?dryRun=All", contract::widget("a", R"(,"spec":{"n":1})"));
  CHECK(created.status == 201);
  CHECK(created.body["spec"]["d"].as_string() == "x");
  CHECK(post(widgets() + "?dryRun=All", contract::widget("a", R"(,"spec":{"n":0})")).status == 422);
  CHECK(get(widgets()).body["items"].size() == 0);
}

TEST_CASE_METHOD(contract::Server, "other values of dryRun are refused") {
  CHECK_STATUS(
      post(path("configmaps") + "?dryRun=Some", config_map("a")),
      R"({"code":422,"reason":"Invalid","message":"CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"",
               "details":{"group":"meta.k8s.io","kind":"CreateOptions","causes":[{"reason":"FieldValueNotSupported","message":"Unsupported value: [\"Some\"]: supported values: \"All\"","field":"dryRun"}]}})");
}
