// Deletion: finalizers, deletionTimestamp, preconditions, collections.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::kMergePatch;

namespace {

constexpr std::string_view kHeld = R"(,"finalizers":["x.dev/hold"])";

std::string preconditions(std::string_view key, std::string_view value) {
  return R"({"kind":"DeleteOptions","apiVersion":"v1","preconditions":{")" + std::string(key) + "\":\"" + std::string(value) + "\"}}";
}

}  // namespace

TEST_CASE_METHOD(contract::Server, "a delete is answered with a Status that names what went") {
  const auto created = post(path("configmaps"), config_map("a"));
  const auto deleted = remove(path("configmaps", "a"));
  CHECK_STATUS(deleted, R"({"status":"Success","details":{"name":"a","kind":"configmaps","uid":")" + created.uid() + "\"}}");
  CHECK(get(path("configmaps", "a")).status == 404);
}

TEST_CASE_METHOD(contract::Server, "finalizers hold an object until the last one is removed") {
  const auto created = post(path("configmaps"), config_map("a", "{}", R"(,"finalizers":["x.dev/one","x.dev/two"])"));
  const auto deleted = remove(path("configmaps", "a"));
  CHECK(deleted.status == 200);
  CHECK(deleted.body["kind"].as_string() == "ConfigMap");
  CHECK(deleted.meta("deletionTimestamp").as_string().ends_with("Z"));
  CHECK(deleted.meta("deletionGracePeriodSeconds").as_int(-1) == 0);
  CHECK(deleted.rv() != created.rv());
  const auto again = remove(path("configmaps", "a"));
  CHECK(again.status == 200);
  CHECK(again.meta("deletionTimestamp") == deleted.meta("deletionTimestamp"));
  CHECK(again.rv() == deleted.rv());
  const auto added = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":["x.dev/one","x.dev/two","x.dev/three"]}})");
  CHECK_STATUS(
      added,
      R"({"code":422,"reason":"Invalid","message":"ConfigMap \"a\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x.dev/three\"}",
               "details":{"name":"a","kind":"ConfigMap","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x.dev/three\"}","field":"metadata.finalizers"},{"reason":"FieldValueForbidden","message":"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x.dev/three\"}","field":"metadata.finalizers"}]}})");
  CHECK(patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":["x.dev/two"]},"data":{"may":"change"}})").status == 200);
  const auto last = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":null}})");
  CHECK(last.status == 200);
  CHECK(last.body["kind"].as_string() == "ConfigMap");
  CHECK(get(path("configmaps", "a")).status == 404);
}

TEST_CASE_METHOD(contract::Server, "an object that is being deleted cannot be created anew") {
  REQUIRE(post(path("configmaps"), config_map("a", "{}", kHeld)).status == 201);
  REQUIRE(remove(path("configmaps", "a")).status == 200);
  CHECK_STATUS(
      post(path("configmaps"), config_map("a")),
      R"({"code":409,"reason":"AlreadyExists","message":"object is being deleted: configmaps \"a\" already exists","details":{"name":"a","kind":"configmaps"}})");
  CHECK(patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":null}})").status == 200);
}

TEST_CASE_METHOD(contract::Server, "preconditions of a delete must hold") {
  const auto created = post(path("configmaps"), config_map("a"));
  const auto uid = remove(path("configmaps", "a"), preconditions("uid", "00000000-0000-0000-0000-000000000000"));
  CHECK_STATUS(
      uid,
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record ()" +
          created.uid() + R"(). The object might have been deleted and then recreated","details":{"name":"a","kind":"ConfigMap"}})");
  const auto rv = remove(path("configmaps", "a"), preconditions("resourceVersion", "1"));
  CHECK_STATUS(
      rv,
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on ConfigMap \"a\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ()" +
          created.rv() + R"(). The object might have been modified","details":{"name":"a","kind":"ConfigMap"}})");
  CHECK(remove(path("configmaps", "a"), preconditions("uid", created.uid())).status == 200);
}

TEST_CASE_METHOD(contract::Server, "preconditions hold for custom resources too") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  const auto created = post(widgets(), contract::widget("a"));
  const auto uid = remove(widgets("a"), preconditions("uid", "00000000-0000-0000-0000-000000000000"));
  CHECK_STATUS(
      uid,
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on Widget.$GROUP \"a\": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record ()" +
          created.uid() + R"(). The object might have been deleted and then recreated","details":{"name":"a","group":"$GROUP","kind":"Widget"}})");
  const auto deleted = remove(widgets("a"), preconditions("uid", created.uid()));
  CHECK_STATUS(deleted, R"({"status":"Success","details":{"name":"a","group":"$GROUP","kind":"widgets","uid":")" + created.uid() + "\"}}");
}

TEST_CASE_METHOD(contract::Server, "delete options are checked") {
  REQUIRE(post(path("configmaps"), config_map("a")).status == 201);
  CHECK_STATUS(
      remove(path("configmaps", "a"), R"({"propagationPolicy":"Sideways"})"),
      R"({"code":422,"reason":"Invalid","message":"DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Sideways\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
               "details":{"group":"meta.k8s.io","kind":"DeleteOptions","causes":[{"reason":"FieldValueNotSupported","message":"Unsupported value: \"Sideways\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"","field":"propagationPolicy"}]}})");
  const auto both = remove(path("configmaps", "a"), R"({"propagationPolicy":"Orphan","orphanDependents":true})");
  CHECK_STATUS(
      both,
      R"({"code":422,"reason":"Invalid","message":"DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set",
               "details":{"group":"meta.k8s.io","kind":"DeleteOptions","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set","field":"propagationPolicy"}]}})");
  CHECK(get(path("configmaps", "a")).status == 200);
}

TEST_CASE_METHOD(contract::Server, "deletecollection deletes what the selector names, and lists it") {
  REQUIRE(post(path("configmaps"), config_map("a", "{}", R"(,"labels":{"x":"1"})")).status == 201);
  REQUIRE(post(path("configmaps"), config_map("b", "{}", R"(,"labels":{"x":"2"})")).status == 201);
  REQUIRE(post(path("configmaps"), config_map("c", "{}", R"(,"labels":{"x":"1"})")).status == 201);
  const auto deleted = remove(path("configmaps") + "?labelSelector=x%3D1");
  CHECK(deleted.status == 200);
  CHECK(deleted.body["kind"].as_string() == "ConfigMapList");
  CHECK(contract::names_of(deleted.body) == "a c");
  CHECK(contract::names_of(get(path("configmaps") + "?labelSelector=x").body) == "b");
}

TEST_CASE_METHOD(contract::Server, "a watch sees the update that marks, and the deletion with a revision of its own") {
  const auto created = post(path("configmaps"), config_map("a", "{}", kHeld));
  contract::Watch watch(*this, path("configmaps") + "?watch=true&fieldSelector=metadata.name%3Da&resourceVersion=" + created.rv());
  REQUIRE(remove(path("configmaps", "a")).status == 200);
  const auto marked = watch.next();
  CHECK(marked["type"].as_string() == "MODIFIED");
  CHECK(marked["object"]["metadata"]["deletionTimestamp"].is_string());
  const auto last = patch(path("configmaps", "a"), kMergePatch, R"({"metadata":{"finalizers":null}})");
  const auto gone = watch.next();
  CHECK(gone["type"].as_string() == "DELETED");
  CHECK(gone["object"]["metadata"]["finalizers"].size() == 1);  // the last state that was stored
  CHECK(gone["object"]["metadata"]["resourceVersion"] != marked["object"]["metadata"]["resourceVersion"]);
  CHECK(last.rv() == marked["object"]["metadata"]["resourceVersion"].as_string());
}
