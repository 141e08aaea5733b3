#include "pkg/kubesim/openapi.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/openapi_proto.h"
#include "pkg/kubesim/proto_writer.h"
#include "pkg/kubesim/schema.h"
#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::kubesim;

namespace {

json::Value value(std::string_view text) {
  auto parsed = yaml::parse(text, "test");
  INFO(text);
  REQUIRE(parsed);
  return std::move(*parsed);
}

constexpr std::string_view kSchema = R"(
description: A widget.
type: object
properties:
  spec:
    type: object
    required: [a, maybe]
    oneOf: [{required: [a]}, {required: [b]}]
    properties:
      a: {type: string, description: The a.}
      maybe: {type: string, nullable: true}
      open: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {x: {type: string}}}
      port: {x-kubernetes-int-or-string: true}
      list: {type: array, items: {type: string}}
      labels: {type: object, additionalProperties: {type: string}}
)";

ResourceDef widget() {
  ResourceDef def;
  def.gvr = {"things.example.com", "v1", "widgets", true};
  def.kind = "Widget";
  def.list_kind = "WidgetList";
  def.is_crd = true;
  def.has_status = true;
  def.schema = *compile_schema(value(kSchema));
  return def;
}

ResourceRegistry registry_with_widgets() {
  ResourceRegistry registry;
  registry.replace("things.example.com", "widgets", {widget()});
  return registry;
}

net::Response get(const ResourceRegistry& registry, std::string target, std::string accept = "") {
  net::Request request("GET", std::move(target));
  if (!accept.empty()) request.headers.set("Accept", std::move(accept));
  auto response = openapi_response(request, registry, "v1.32.4");
  REQUIRE(response);
  return std::move(*response);
}

const std::string kObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

}  // namespace

TEST_CASE("version 2 describes custom resources as old clients can read them") {
  const json::Value spec = to_v2(*widget().schema)["properties"]["spec"];
  CHECK(spec == value(R"(
type: object
required: [a]
properties:
  a: {type: string, description: The a.}
  maybe: {}
  open: {x-kubernetes-preserve-unknown-fields: true}
  port: {x-kubernetes-int-or-string: true}
  list: {type: array, items: {type: string}}
  labels: {type: object, additionalProperties: {type: string}}
)"));
}

TEST_CASE("version 2 has definitions, paths and the kinds that clients look up") {
  const auto registry = registry_with_widgets();
  const json::Value document = *json::parse(get(registry, "/openapi/v2").body);
  CHECK(document["swagger"].as_string() == "2.0");
  const json::Value& definition = document["definitions"]["com.example.things.v1.Widget"];
  CHECK(definition["x-kubernetes-group-version-kind"] == value("[{group: things.example.com, version: v1, kind: Widget}]"));
  CHECK(definition["properties"]["metadata"]["$ref"].as_string() == "#/definitions/" + kObjectMeta);
  CHECK(definition["properties"]["kind"]["type"].as_string() == "string");
  CHECK(document["definitions"][kObjectMeta]["properties"]["name"]["type"].as_string() == "string");
  const json::Value& patch = document["paths"]["/apis/things.example.com/v1/namespaces/{namespace}/widgets/{name}"]["patch"];
  CHECK(patch["x-kubernetes-group-version-kind"]["kind"].as_string() == "Widget");
  bool dry_run = false;
  for (const json::Value& p : patch["parameters"].array()) dry_run |= p["name"].as_string() == "dryRun";
  CHECK(dry_run);
}

TEST_CASE("old clients neither validate open kinds nor take merge keys from them") {
  const ResourceRegistry registry;
  const json::Value document = *json::parse(get(registry, "/openapi/v2").body);
  CHECK_FALSE(document["definitions"]["io.k8s.api.apps.v1.Deployment"].contains("x-kubernetes-group-version-kind"));
  CHECK(document["definitions"]["io.k8s.api.core.v1.ConfigMap"].contains("x-kubernetes-group-version-kind"));
}

TEST_CASE("version 3 is an index and one document a group version") {
  const auto registry = registry_with_widgets();
  const json::Value index = *json::parse(get(registry, "/openapi/v3").body);
  const std::string url = index["paths"]["apis/things.example.com/v1"]["serverRelativeURL"].str();
  CHECK(url.starts_with("/openapi/v3/apis/things.example.com/v1?hash="));
  CHECK(index["paths"]["api/v1"].is_object());
  const json::Value document = *json::parse(get(registry, url).body);
  const json::Value& definition = document["components"]["schemas"]["com.example.things.v1.Widget"];
  CHECK(definition["properties"]["spec"]["oneOf"].size() == 2);
  CHECK(definition["properties"]["metadata"]["allOf"][0]["$ref"].as_string() == "#/components/schemas/" + kObjectMeta);
  CHECK(document["components"]["schemas"][kObjectMeta].is_object());
  const json::Value& patch = document["paths"]["/apis/things.example.com/v1/namespaces/{namespace}/widgets/{name}"]["patch"];
  CHECK_FALSE(patch["requestBody"]["content"].contains("application/strategic-merge-patch+json"));
  CHECK(document["paths"]["/apis/things.example.com/v1/widgets"]["get"].is_object());
  const json::Value core = *json::parse(get(registry, "/openapi/v3/api/v1").body);
  CHECK(core["components"]["schemas"]["io.k8s.api.core.v1.Pod"]["x-kubernetes-group-version-kind"].size() == 1);
}

TEST_CASE("documents follow the registry") {
  ResourceRegistry registry;
  CHECK_FALSE(json::parse(get(registry, "/openapi/v3").body)->operator[]("paths").contains("apis/things.example.com/v1"));
  registry.replace("things.example.com", "widgets", {widget()});
  CHECK(json::parse(get(registry, "/openapi/v3").body)->operator[]("paths").contains("apis/things.example.com/v1"));
}

TEST_CASE("the protobuf form is given to whom asks for it") {
  const auto registry = registry_with_widgets();
  const std::string type = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  const auto response = get(registry, "/openapi/v2", type);
  CHECK(response.headers.get("Content-Type") == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  CHECK(response.body.starts_with(std::string("\x0A\x03") + "2.0"));
  CHECK(get(registry, "/openapi/v2", "application/xml").status == 406);
  CHECK_FALSE(openapi_response(net::Request("GET", "/openapi/v3/apis/nope/v1"), registry, "v1.32.4"));
  CHECK_FALSE(openapi_response(net::Request("GET", "/openapi/v3x"), registry, "v1.32.4"));
  CHECK_FALSE(openapi_response(net::Request("GET", "/apis"), registry, "v1.32.4"));
}

TEST_CASE("protobuf fields are written as the wire format wants them") {
  ProtoWriter inner;
  inner.integer(1, 150);
  CHECK(inner.bytes() == std::string("\x08\x96\x01"));
  ProtoWriter out;
  out.text(2, "testing");
  out.message(3, inner);
  out.boolean(16, true);
  CHECK(out.bytes() == std::string("\x12\x07testing\x1a\x03\x08\x96\x01\x80\x01\x01"));
  ProtoWriter negative;
  negative.integer(1, -1);
  CHECK(negative.bytes().size() == 11);
  ProtoWriter real;
  real.real(1, 1.0);
  CHECK(real.bytes() == std::string("\x09\x00\x00\x00\x00\x00\x00\xF0\x3F", 9));
}

TEST_CASE("a small document is encoded field by field") {
  const std::string bytes =
      openapi_v2_protobuf(value("{swagger: '2.0', info: {title: T, version: v}, paths: {}, definitions: {A: {type: object, x-y: {a: 1}}}}"));
  const std::string schema = std::string("\xB2\x01\x08\x0A\x06object", 11) + std::string("\xFA\x01\x10\x0A\x03x-y\x12\x09\x12\x07{\"a\":1}", 19);
  const std::string named = std::string("\x0A\x01") + "A" + "\x12" + static_cast<char>(schema.size()) + schema;
  const std::string definitions = std::string("\x0A") + static_cast<char>(named.size()) + named;
  const std::string expected = std::string("\x0A\x03") + "2.0" + std::string("\x12\x06\x0A\x01T\x12\x01v", 8) + std::string("\x42\x00", 2) + "\x4A" +
                               static_cast<char>(definitions.size()) + definitions;
  CHECK(bytes == expected);
}
