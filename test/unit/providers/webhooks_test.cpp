#include "pkg/providers/webhooks.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/providers/sample.h"
#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

kube::Object crd(const std::string& schema) {
  auto parsed = yaml::parse(
      "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.x.io}, spec: {group: x.io, scope: Namespaced, names: "
      "{kind: Thing, plural: things}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: " +
          schema + "}}}}]}}",
      "crd");
  REQUIRE(parsed);
  return std::move(*parsed);
}

}  // namespace

TEST_CASE("a sample has what its schema requires, and no more") {
  const auto sample = sample_of(
      crd("{type: object, required: [a, b, c, d], properties: {a: {type: string, minLength: 3}, b: {type: integer, minimum: 7}, c: {type: string, enum: "
          "[x, z]}, d: {type: array, minItems: 2, items: {type: boolean}}, e: {type: string}}}"),
      "v1", {"ns", "n"});
  CHECK(json::dump(sample["spec"]) == R"({"a":"xxx","b":7,"c":"x","d":[false,false]})");
  CHECK(kube::namespace_of(sample) == "ns");
  CHECK(sample_of(crd("{type: object}"), "v2", {"ns", "n"}).is_null());
}

TEST_CASE("a schema that asks for more than there is memory gets no sample") {
  std::string schema = "{type: string}";
  for (int i = 0; i < 8; ++i) schema = "{type: array, minItems: 16, items: " + schema + "}";
  CHECK(sample_of(crd(schema), "v1", {"ns", "n"}).is_null());
}

TEST_CASE("each Service behind webhooks on creates has its questions") {
  Components components;
  components.ns = "ns";
  components.objects.push_back(crd("{type: object}"));
  auto webhooks = yaml::parse(
      "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w}, webhooks: [{name: a, clientConfig: {service: "
      "{namespace: ns, name: s}}, rules: [{operations: [CREATE], apiGroups: [x.io], apiVersions: [v1], resources: [things]}]}, {name: b, clientConfig: "
      "{service: {namespace: ns, name: t}}, rules: [{operations: [DELETE], apiGroups: [x.io], apiVersions: [v1], resources: [things]}]}]}",
      "webhooks");
  REQUIRE(webhooks);
  components.objects.push_back(std::move(*webhooks));
  const auto questions = webhook_questions(components);
  REQUIRE(questions.size() == 1);
  CHECK(questions[0].service == "ns/s");
  CHECK(questions[0].gvr.resource == "things");
}
