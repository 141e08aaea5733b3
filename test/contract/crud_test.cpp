// Create, read, update: what the server fills in, what it refuses, in which words.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map;

TEST_CASE_METHOD(contract::Server, "a created object is answered whole, with what the server filled in") {
  const auto created = post(path("configmaps"), config_map("a", R"({"k":"v"})", R"(,"labels":{"l":"1"},"generation":7,"selfLink":"/x")"));
  CHECK(created.status == 201);
  CHECK(created.body["kind"].as_string() == "ConfigMap");
  CHECK(created.body["apiVersion"].as_string() == "v1");
  CHECK(created.meta("namespace").as_string() == ns);
  CHECK(created.uid().size() == 36);
  CHECK_FALSE(created.rv().empty());
  CHECK(created.meta("creationTimestamp").as_string().ends_with("Z"));
  CHECK(created.meta("generation").as_int() == 7);  // of kinds that do not count it, it is the client's
  CHECK(created.meta("selfLink").is_null());
  CHECK(created.meta("managedFields")[0U]["manager"].as_string() == "contract");
  CHECK(created.meta("managedFields")[0U]["operation"].as_string() == "Update");
  const auto read = get(path("configmaps", "a"));
  CHECK(read.status == 200);
  contract::check_equal(read.body, created.body);
}

TEST_CASE_METHOD(contract::Server, "creating twice is AlreadyExists, reading nothing is NotFound, with details") {
  REQUIRE(post(path("configmaps"), config_map("a")).status == 201);
  CHECK_STATUS(post(path("configmaps"), config_map("a")),
               R"({"code":409,"reason":"AlreadyExists","message":"configmaps \"a\" already exists","details":{"name":"a","kind":"configmaps"}})");
  CHECK_STATUS(get(path("configmaps", "b")),
               R"({"code":404,"reason":"NotFound","message":"configmaps \"b\" not found","details":{"name":"b","kind":"configmaps"}})");
  CHECK_STATUS(get(path_of("apps/v1", "deployments", "b")),
               R"({"code":404,"reason":"NotFound","message":"deployments.apps \"b\" not found","details":{"name":"b","group":"apps","kind":"deployments"}})");
  CHECK_STATUS(put(path("configmaps", "c"), parse(config_map("c"))),
               R"({"code":404,"reason":"NotFound","message":"configmaps \"c\" not found","details":{"name":"c","kind":"configmaps"}})");
  CHECK_STATUS(remove(path("configmaps", "c")),
               R"({"code":404,"reason":"NotFound","message":"configmaps \"c\" not found","details":{"name":"c","kind":"configmaps"}})");
}

TEST_CASE_METHOD(contract::Server, "generateName makes names that differ, and cuts a long base") {
  const auto one = post(path("configmaps"), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"}})");
  const auto two = post(path("configmaps"), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"}})");
  CHECK(one.status == 201);
  CHECK(one.meta("name").as_string().starts_with("x-"));
  CHECK(one.meta("name").as_string().size() == 7);
  CHECK(one.meta("generateName").as_string() == "x-");
  CHECK(one.meta("name") != two.meta("name"));
  const std::string base(70, 'b');
  const auto cut = post(path("configmaps"), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":")" + base + "\"}}");
  CHECK(cut.status == 201);
  CHECK(cut.meta("name").as_string().size() == 63);
}

TEST_CASE_METHOD(contract::Server, "names are checked, and missing ones asked for") {
  CHECK_STATUS(post(path("configmaps"), R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{}})"),
               R"({"code":422,"reason":"Invalid","message":"ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
               "details":{"kind":"ConfigMap","causes":[{"reason":"FieldValueRequired","message":"Required value: name or generateName is required","field":"metadata.name"}]}})");
  const auto bad = post(path("configmaps"), config_map("Bad_Name"));
  CHECK(bad.status == 422);
  CHECK(bad.message() ==
        "ConfigMap \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
        "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
  CHECK(bad.body["details"]["causes"][0U]["reason"].as_string() == "FieldValueInvalid");
  CHECK(bad.body["details"]["causes"][0U]["field"].as_string() == "metadata.name");
  const auto label = post(path("configmaps"), config_map("a", "{}", R"(,"labels":{"a b":"c d"})"));
  CHECK(label.status == 422);
  CHECK(label.body["details"]["causes"].size() == 2);
  CHECK(label.body["details"]["causes"][1U]["field"].as_string() == "metadata.labels");
}

TEST_CASE_METHOD(contract::Server, "a body must fit the path") {
  CHECK_STATUS(post(path("configmaps"), config_map("a", "{}", R"(,"namespace":"elsewhere")")),
               R"({"code":400,"reason":"BadRequest","message":"the namespace of the provided object does not match the namespace sent on the request"})");
  CHECK_STATUS(post(path("configmaps"), config_map("a", "{}", R"(,"resourceVersion":"1")")),
               R"({"code":500,"message":"resourceVersion should not be set on objects to be created"})");
  REQUIRE(post(path("configmaps"), config_map("a")).status == 201);
  CHECK_STATUS(put(path("configmaps", "a"), parse(config_map("b"))),
               R"j({"code":400,"reason":"BadRequest","message":"the name of the object (b) does not match the name on the URL (a)"})j");
  CHECK_STATUS(
      post(path("configmaps"), R"({"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"b"}})"),
      R"j({"code":400,"reason":"BadRequest","message":"ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" in scheme \"pkg/runtime/scheme.go:111\""})j");
  CHECK_STATUS(
      post(path("configmaps"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}})"),
      R"j({"code":400,"reason":"BadRequest","message":"Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion"})j");
  const auto broken = post(path("configmaps"), R"({"apiVersion":)");
  CHECK(broken.status == 400);
  CHECK(broken.reason() == "BadRequest");
}

TEST_CASE_METHOD(contract::Server, "a namespace must exist") {
  CHECK_STATUS(post("/api/v1/namespaces/none-of-that/configmaps", config_map("a")),
               R"({"code":404,"reason":"NotFound","message":"namespaces \"none-of-that\" not found","details":{"name":"none-of-that","kind":"namespaces"}})");
  CHECK(get("/api/v1/namespaces/none-of-that/configmaps").body["items"].size() == 0);
}

TEST_CASE_METHOD(contract::Server, "an update wants the live resourceVersion, or none; and the uid, or none") {
  const auto created = post(path("configmaps"), config_map("a"));
  json::Value next = created.body;
  next.ref("data").set("k", "w");
  const auto updated = put(path("configmaps", "a"), next);
  CHECK(updated.status == 200);
  CHECK(updated.rv() != created.rv());
  CHECK(updated.uid() == created.uid());
  CHECK_STATUS(
      put(path("configmaps", "a"), next),
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
               "details":{"name":"a","kind":"configmaps"}})");
  CHECK(put(path("configmaps", "a"), parse(config_map("a", R"({"k":"x"})"))).status == 200);
  const auto stranger = put(path("configmaps", "a"), parse(config_map("a", R"({"k":"y"})", R"(,"uid":"00000000-0000-0000-0000-000000000000")")));
  CHECK(stranger.status == 409);
  CHECK(stranger.message() == "Operation cannot be fulfilled on configmaps \"a\": StorageError: invalid object, Code: 4, Key: /registry/configmaps/" + ns +
                                  "/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, "
                                  "UID in object meta: " +
                                  created.uid());
}

TEST_CASE_METHOD(contract::Server, "an update of a custom resource must name a resourceVersion") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  REQUIRE(post(widgets(), contract::widget("a")).status == 201);
  CHECK_STATUS(
      put(widgets("a"), parse(contract::widget("a"))),
      R"({"code":422,"reason":"Invalid","message":"widgets.$GROUP \"a\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update",
               "details":{"name":"a","group":"$GROUP","kind":"widgets","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 0: must be specified for an update","field":"metadata.resourceVersion"}]}})");
}

TEST_CASE_METHOD(contract::Server, "a custom resource's body must fit the path") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  CHECK_STATUS(
      post(widgets(), R"({"apiVersion":"$GROUP/v2","kind":"Widget","metadata":{"name":"a"}})"),
      R"j({"code":400,"reason":"BadRequest","message":"the API version in the data ($GROUP/v2) does not match the expected API version ($GROUP/v1)"})j");
  CHECK_STATUS(post(widgets(), R"({"apiVersion":"$GROUP/v1","kind":"Gadget","metadata":{"name":"a"}})"),
               R"j({"code":422,"reason":"Invalid","message":"Gadget.$GROUP \"a\" is invalid: kind: Invalid value: \"Gadget\": must be Widget",
               "details":{"name":"a","group":"$GROUP","kind":"Gadget","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"Gadget\": must be Widget","field":"kind"}]}})j");
}

TEST_CASE_METHOD(contract::Server, "a write that changes nothing writes nothing") {
  const auto created = post(path("configmaps"), config_map("a"));
  const auto again = put(path("configmaps", "a"), created.body);
  CHECK(again.status == 200);
  CHECK(again.rv() == created.rv());
  CHECK(patch(path("configmaps", "a"), contract::kMergePatch, R"({"data":{"k":"v"}})").rv() == created.rv());
}

TEST_CASE_METHOD(contract::Server, "what identifies an object does not change") {
  const auto created = post(path("configmaps"), config_map("a"));
  json::Value next = created.body;
  next.ref("metadata").set("creationTimestamp", "2001-01-01T00:00:00Z");
  next.ref("metadata").set("deletionTimestamp", "2001-01-01T00:00:00Z");
  const auto updated = put(path("configmaps", "a"), next);
  INFO(updated.text);
  CHECK(updated.status == 422);
  CHECK(updated.body["details"]["causes"][0U]["field"].as_string() == "metadata.deletionTimestamp");
  next.ref("metadata").erase("deletionTimestamp");
  const auto kept = put(path("configmaps", "a"), next);
  CHECK(kept.status == 200);
  CHECK(kept.meta("creationTimestamp") == created.meta("creationTimestamp"));
}

TEST_CASE_METHOD(contract::Server, "unknown fields are dropped, warned of or refused as the request wants it") {
  const std::string body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"datum":{}})";
  CHECK_STATUS(
      post(path("configmaps") + "?fieldValidation=Strict", body),
      R"({"code":400,"reason":"BadRequest","message":"ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"datum\""})");
  const auto warned = post(path("configmaps") + "?fieldValidation=Warn", body);
  CHECK(warned.status == 201);
  CHECK(warned.headers.get("Warning") == R"(299 - "unknown field \"datum\"")");
  CHECK_FALSE(warned.body.contains("datum"));
  const auto silent = put(path("configmaps", "a") + "?fieldValidation=Ignore", parse(body));
  CHECK(silent.status == 200);
  CHECK_FALSE(silent.headers.contains("Warning"));
  CHECK_STATUS(
      post(path("configmaps") + "?fieldValidation=Loud", body),
      R"({"code":422,"reason":"Invalid","message":"CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Loud\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
               "details":{"group":"meta.k8s.io","kind":"CreateOptions","causes":[{"reason":"FieldValueNotSupported","message":"Unsupported value: \"Loud\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"","field":"fieldValidation"}]}})");
}
