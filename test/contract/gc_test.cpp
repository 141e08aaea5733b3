// Owner references and garbage collection.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kMergePatch;

namespace {

std::string owned_by(const contract::Answer& owner, bool block = false) {
  return R"(,"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":")" + owner.meta("name").str() + R"(","uid":")" + owner.uid() + "\"" +
         (block ? R"(,"controller":true,"blockOwnerDeletion":true)" : "") + "}]";
}
std::string policy(std::string_view name) { return R"({"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":")" + std::string(name) + "\"}"; }

}  // namespace

TEST_CASE_METHOD(contract::Server, "in the background the owner goes at once, its dependents after it") {
  const auto owner = post(path("configmaps"), config_map("owner"));
  REQUIRE(post(path("configmaps"), config_map("child", "{}", owned_by(owner))).status == 201);
  REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"other")" + owned_by(owner) + "}}").status == 201);
  const auto deleted = remove(path("configmaps", "owner"), policy("Background"));
  CHECK(deleted.body["status"].as_string() == "Success");
  CHECK(get(path("configmaps", "owner")).status == 404);
  CHECK(gone(path("configmaps", "child")).status == 404);
  CHECK(gone(path("secrets", "other")).status == 404);
}

TEST_CASE_METHOD(contract::Server, "in the foreground the owner waits for dependents that block it") {
  const auto owner = post(path("configmaps"), config_map("owner"));
  REQUIRE(post(path("configmaps"), config_map("child", "{}", owned_by(owner, true) + R"(,"finalizers":["x.dev/hold"])")).status == 201);
  const auto deleted = remove(path("configmaps", "owner"), policy("Foreground"));
  CHECK(deleted.status == 200);
  contract::check_equal(deleted.meta("finalizers"), parse(R"(["foregroundDeletion"])"));
  CHECK(deleted.meta("deletionTimestamp").is_string());
  const auto child = eventually(path("configmaps", "child"), [](const contract::Answer& a) { return a.meta("deletionTimestamp").is_string(); });
  CHECK(child.meta("deletionTimestamp").is_string());
  CHECK(get(path("configmaps", "owner")).status == 200);
  REQUIRE(patch(path("configmaps", "child"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
  CHECK(gone(path("configmaps", "child")).status == 404);
  CHECK(gone(path("configmaps", "owner")).status == 404);
}

TEST_CASE_METHOD(contract::Server, "orphaning strips the references and keeps the dependents") {
  const auto owner = post(path("configmaps"), config_map("owner"));
  REQUIRE(post(path("configmaps"), config_map("child", "{}", owned_by(owner, true))).status == 201);
  const auto deleted = remove(path("configmaps", "owner"), policy("Orphan"));
  contract::check_equal(deleted.meta("finalizers"), parse(R"(["orphan"])"));
  CHECK(gone(path("configmaps", "owner")).status == 404);
  const auto child = get(path("configmaps", "child"));
  CHECK(child.status == 200);
  CHECK(child.meta("ownerReferences").is_null());
}

TEST_CASE_METHOD(contract::Server, "a dependent with another owner only loses the reference") {
  const auto one = post(path("configmaps"), config_map("one"));
  const auto two = post(path("configmaps"), config_map("two"));
  const std::string refs = R"(,"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"one","uid":")" + one.uid() +
                           R"("},{"apiVersion":"v1","kind":"ConfigMap","name":"two","uid":")" + two.uid() + "\"}]";
  REQUIRE(post(path("configmaps"), config_map("child", "{}", refs)).status == 201);
  REQUIRE(remove(path("configmaps", "one")).status == 200);
  const auto child = eventually(path("configmaps", "child"), [](const contract::Answer& a) { return a.meta("ownerReferences").size() < 2; });
  REQUIRE(child.meta("ownerReferences").size() == 1);
  CHECK(child.meta("ownerReferences")[0U]["name"].as_string() == "two");
}

TEST_CASE_METHOD(contract::Server, "a dependent of an owner that never was is collected") {
  const std::string refs = R"(,"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"never","uid":"00000000-0000-0000-0000-000000000000"}])";
  REQUIRE(post(path("configmaps"), config_map("child", "{}", refs)).status == 201);
  CHECK(gone(path("configmaps", "child")).status == 404);
}

TEST_CASE_METHOD(contract::Server, "owner references are checked") {
  const auto refs = [](std::string_view list) { return config_map("a", "{}", R"(,"ownerReferences":)" + std::string(list)); };
  const auto missing = post(path("configmaps"), refs(R"([{"apiVersion":"v1","kind":"","name":"","uid":""}])"));
  CHECK(missing.status == 422);
  std::string fields;
  for (const auto& cause : missing.body["details"]["causes"].array()) fields += cause["field"].str() + "=" + cause["message"].str() + "\n";
  CHECK(fields ==
        "metadata.ownerReferences.kind=Invalid value: \"\": must not be empty\nmetadata.ownerReferences.name=Invalid value: \"\": must not be empty\n"
        "metadata.ownerReferences.uid=Invalid value: \"\": must not be empty\n");
  const auto two = post(
      path("configmaps"),
      refs(R"([{"apiVersion":"v1","kind":"A","name":"a","uid":"1","controller":true},{"apiVersion":"v1","kind":"B","name":"b","uid":"2","controller":true}])"));
  CHECK(two.status == 422);
  CHECK(two.body["details"]["causes"].size() == 1);
  CHECK(two.message().ends_with("Only one reference can have Controller set to true. Found \"true\" in references for A/a and B/b"));
}
