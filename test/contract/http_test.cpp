// What the API refuses before it looks at objects: paths, methods, media types, sizes, credentials.
#include "pkg/net/client.h"
#include "test/contract/server.h"

using namespace slipway;
using namespace std::chrono_literals;
using contract::config_map;

TEST_CASE_METHOD(contract::Server, "paths that nobody serves are 404 in plain text") {
  for (const std::string at : {"/apis/none.dev/v1/things", "/apis/none.dev/v1/namespaces/default/things/x", "/nothing", "/api-none/v1"}) {
    const auto none = get(at);
    INFO(at);
    CHECK(none.status == 404);
    CHECK(none.text == "404 page not found\n");
    CHECK(none.headers.get("Content-Type").starts_with("text/plain"));
  }
}

TEST_CASE_METHOD(contract::Server, "resources that a served version does not have are 404 too") {
  for (const std::string& at : {path("nothings"), path("configmaps", "a/status"), path_of("apps/v1", "nothings"),
                                std::string("/api/v2/namespaces/default/pods"), std::string("/apis/apps/v0/deployments"), path("configmaps", "a/b/c")})
    CHECK_STATUS(get(at), R"({"code":404,"reason":"NotFound","message":"the server could not find the requested resource","details":{}})");
}

TEST_CASE_METHOD(contract::Server, "methods that a path does not take are 405") {
  CHECK_STATUS(call("PUT", path("configmaps"), config_map("a")),
               R"({"code":405,"reason":"MethodNotAllowed","message":"the server does not allow this method on the requested resource","details":{}})");
  CHECK(call("POST", path("configmaps", "a"), config_map("a")).status == 405);
  CHECK(call("DELETE", "/api/v1/namespaces").status == 405);
}

TEST_CASE_METHOD(contract::Server, "bodies of an unknown media type are 415") {
  CHECK_STATUS(
      call("POST", path("configmaps"), config_map("a"), "text/html"),
      R"({"code":415,"reason":"UnsupportedMediaType","message":"the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"})");
  REQUIRE(post(path("configmaps"), config_map("a")).status == 201);
  CHECK_STATUS(call("PATCH", path("configmaps", "a"), "{}", "application/json"),
               R"({"code":415,"reason":"UnsupportedMediaType","message":"415: Unsupported Media Type","details":{}})");
  const auto yaml = call("POST", path("configmaps"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {k: v}\n", "application/yaml");
  CHECK(yaml.status == 201);
  CHECK(yaml.body["data"]["k"].as_string() == "v");
}

TEST_CASE_METHOD(contract::Server, "answers of an unknown media type are 406") {
  CHECK_STATUS(
      get(path("configmaps"), "text/html"),
      R"({"code":406,"reason":"NotAcceptable","message":"406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch","details":{}})");
  const auto yaml = get(path("configmaps"), "application/yaml");
  CHECK(yaml.status == 200);
  CHECK(yaml.headers.get("Content-Type") == "application/yaml");
}

TEST_CASE_METHOD(contract::Server, "bodies that are too large are 413, objects that are too large 422") {
  const std::string big(4UL << 20U, 'x');
  const auto refused = post(path("configmaps"), config_map("a", "{\"k\":\"" + big + "\"}"));
  CHECK(refused.status == 413);
  CHECK(refused.reason() == "RequestEntityTooLarge");
  CHECK(refused.message() == "Request entity too large: limit is 3145728");
  const std::string large(1100UL << 10U, 'x');
  const auto object = post(path("configmaps"), config_map("a", "{\"k\":\"" + large + "\"}"));
  CHECK_STATUS(object, R"j({"code":422,"reason":"Invalid","message":"ConfigMap \"a\" is invalid: []: Too long: may not be more than 1048576 bytes",
               "details":{"name":"a","kind":"ConfigMap","causes":[{"reason":"FieldValueTooLong","message":"Too long: may not be more than 1048576 bytes","field":"[]"}]}})j");
}

TEST_CASE_METHOD(contract::Server, "who shows no credentials is told so, who shows wrong ones is 401") {
  net::TransportOptions options;
  options.url = config.server;
  options.ca_pem = config.ca_pem;
  options.tls_server_name = config.tls_server_name;
  const auto stranger = net::make_transport(loop.executor(), clock, options);
  REQUIRE(stranger);
  net::Request request("GET", path("secrets"));
  request.headers.set("Authorization", "Bearer no-such-token");
  const auto answer = loop.run_real((*stranger)->send(request, clock.after(10s)));
  REQUIRE(answer);
  CHECK(answer->status == 401);
  const json::Value body = json::parse(answer->body).value();
  CHECK(body["reason"].as_string() == "Unauthorized");
  CHECK(body["message"].as_string() == "Unauthorized");
  CHECK(body["code"].as_int() == 401);
  (*stranger)->close();
}
