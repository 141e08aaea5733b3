#include "pkg/kubesim/crd.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::kubesim;

namespace {

json::Value crd(std::string_view schema = "{type: object}", std::string_view more = "") {
  auto parsed = yaml::parse(
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec:\n"
      "  group: example.com\n  scope: Namespaced\n  names: {kind: Widget, plural: widgets, shortNames: [wd]}\n"
      "  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema: " +
          std::string(schema) + "\n" + std::string(more),
      "crd");
  if (!parsed) FAIL(parsed.error().message());
  default_crd(*parsed);
  return std::move(*parsed);
}

std::vector<std::string> issues(const json::Value& definition, const json::Value* old = nullptr) {
  std::vector<std::string> out;
  for (const FieldIssue& issue : validate_crd(definition, old)) out.push_back(issue.field + ": " + issue.message);
  return out;
}

// config/crd of the checkout that the tests run in: the build directory is somewhere below it.
std::filesystem::path crd_folder() {
  std::filesystem::path root = std::filesystem::current_path();
  while (!std::filesystem::exists(root / "config" / "crd") && root.has_relative_path()) root = root.parent_path();
  return root / "config" / "crd";
}

using Sentences = std::vector<std::string>;
const std::string kSchema = "spec.validation.openAPIV3Schema";

}  // namespace

TEST_CASE("a plain CRD is accepted and gets its default names") {
  const json::Value definition = crd();
  CHECK(issues(definition).empty());
  CHECK(definition["spec"]["names"]["singular"].as_string() == "widget");
  CHECK(definition["spec"]["names"]["listKind"].as_string() == "WidgetList");
  CHECK(definition["spec"]["conversion"]["strategy"].as_string() == "None");
}

TEST_CASE("the name of a CRD is plural and group") {
  json::Value definition = crd();
  definition.ref("metadata").set("name", "gadgets.example.com");
  CHECK(issues(definition) == Sentences{R"(metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group)"});
}

TEST_CASE("exactly one version is stored") {
  json::Value definition = crd();
  definition.ref({"spec", "versions"}).make_array()[0].set("storage", false);
  CHECK(issues(definition) ==
        Sentences{
            R"(spec.versions: Invalid value: []apiextensions.CustomResourceDefinitionVersion{"v1"}: must have exactly one version marked as storage version)"});
}

TEST_CASE("names, scope and columns are checked") {
  json::Value definition = crd("{type: object}", "    additionalPrinterColumns:\n    - {name: A, type: text, jsonPath: spec.a}\n");
  definition.ref("spec").set("scope", "Galaxy");
  definition.ref({"spec", "names"}).set("listKind", "Widget");
  CHECK(issues(definition) == Sentences{
                                  R"(spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced")",
                                  R"(spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string)",
                                  R"(spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.a": must be a simple json path starting with .)",
                                  R"(spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same)",
                              });
}

TEST_CASE("a schema must be there and structural") {
  json::Value definition = crd();
  definition.ref({"spec", "versions"}).make_array()[0].erase("schema");
  CHECK(issues(definition) == Sentences{"spec.versions[0].schema.openAPIV3Schema: Required value"});
  CHECK(issues(crd("{type: object, properties: {spec: {properties: {a: {type: string}}}}}")) ==
        Sentences{kSchema + ".properties[spec].type: Required value: must not be empty for specified object fields"});
  CHECK(issues(crd("{type: string}")) == Sentences{kSchema + R"(.type: Invalid value: "string": must be object at the root)"});
  CHECK(issues(crd("{type: object, properties: {l: {type: array}}}")) == Sentences{kSchema + ".properties[l].items: Required value: must be specified"});
  CHECK(issues(crd("{type: object, properties: {l: {type: array, items: {}}}}")) ==
        Sentences{kSchema + ".properties[l].items.type: Required value: must not be empty for specified array items"});
  CHECK(issues(crd("{type: object, additionalProperties: {type: string}}")) ==
        Sentences{kSchema + ".additionalProperties: Forbidden: must not be used at the root"});
  CHECK(issues(crd("{type: object, properties: {a: {type: string, oneOf: [{type: string}]}}}")) ==
        Sentences{kSchema + ".properties[a].oneOf[0].type: Forbidden: must be empty to be structural"});
  CHECK(issues(crd("{type: object, oneOf: [{properties: {b: {minLength: 1}}}]}")) ==
        Sentences{kSchema + ".properties[b]: Required value: because it is defined in " + kSchema + ".oneOf[0].properties[b]"});
  CHECK(
      issues(crd("{type: object, properties: {a: {type: text}}}")) ==
      Sentences{kSchema + R"(.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string")"});
  CHECK(issues(crd("{type: object, properties: {metadata: {type: object, properties: {labels: {type: object}}}}}")) ==
        Sentences{kSchema +
                  ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"});
  CHECK(
      issues(crd("{type: object, properties: {a: {type: string, pattern: '('}}}")) ==
      Sentences{kSchema +
                R"(.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(`)"});
}

TEST_CASE("what structural schemas allow is allowed") {
  CHECK(issues(crd(R"(
        type: object
        properties:
          port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
          any: {x-kubernetes-preserve-unknown-fields: true}
          spec:
            type: object
            oneOf: [{required: [a]}, {properties: {b: {enum: [x]}}, required: [b]}]
            properties: {a: {type: string}, b: {type: string}}
          template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
          metadata: {type: object, properties: {name: {type: string, maxLength: 20}}}
)"))
            .empty());
}

TEST_CASE("list types need their keys") {
  CHECK(issues(crd("{type: object, properties: {l: {type: array, x-kubernetes-list-type: map, items: {type: object}}}}")) ==
        Sentences{kSchema + ".properties[l].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"});
  CHECK(issues(crd("{type: object, properties: {l: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], "
                   "items: {type: object, properties: {id: {type: string}}}}}}")) ==
        Sentences{kSchema +
                  ".properties[l].items.properties[id].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default "
                  "or be a required property"});
}

TEST_CASE("defaults must fit their schema") {
  CHECK(issues(crd("{type: object, properties: {a: {type: integer, default: x}}}")) ==
        Sentences{kSchema + R"(.properties[a].default: Invalid value: "string":  in body must be of type integer: "string")"});
  CHECK(issues(crd("{type: object, properties: {a: {type: object, default: {b: 1}, properties: {c: {type: string}}}}}")) ==
        Sentences{kSchema + R"(.properties[a].default: Invalid value: {"b":1}: must not have unknown fields)"});
}

TEST_CASE("rules that do not compile are refused by name") {
  const auto found = issues(crd("{type: object, properties: {a: {type: integer, x-kubernetes-validations: [{rule: self > 'x'}]}}}"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with(kSchema + ".properties[a].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:\"self > 'x'\""));
  CHECK(found[0].find("found no matching overload for '_>_' applied to '(int, string)'") != std::string::npos);
  CHECK(issues(crd("{type: object, properties: {a: {type: string, x-kubernetes-validations: [{rule: self.format()}]}}}")).size() == 1);
}

TEST_CASE("a rule cannot look back where list items have no identity") {
  const auto found = issues(crd("{type: object, properties: {l: {type: array, items: {type: string, x-kubernetes-validations: [{rule: self == oldSelf}]}}}}"));
  CHECK(found ==
        Sentences{kSchema + R"(.properties[l].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the )" +
                  "uncorrelatable portion of the schema within " + kSchema + ".properties[l]"});
  CHECK(issues(crd("{type: object, properties: {l: {type: string, x-kubernetes-validations: [{rule: self == oldSelf}]}}}")).empty());
}

TEST_CASE("conversion webhooks are taken where nothing needs converting") {
  json::Value definition = crd();
  definition.ref("spec").set("conversion",
                             *yaml::parse("{strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: 'https://x'}}}", "test"));
  CHECK(issues(definition).empty());
  json::Array& versions = definition.ref({"spec", "versions"}).make_array();
  json::Value next = versions[0];
  next.set("name", "v2");
  next.set("storage", false);
  versions.push_back(std::move(next));
  CHECK(issues(definition) ==
        Sentences{R"(spec.conversion.strategy: Invalid value: "Webhook": kubesim calls no conversion webhooks: serve one version only, or set )"
                  "the strategy to None"});
}

TEST_CASE("what is established does not move") {
  const json::Value old = [] {
    json::Value definition = crd();
    ResourceRegistry registry;
    CHECK(set_crd_conditions(definition, registry, WallTime{}));
    return definition;
  }();
  json::Value definition = old;
  definition.ref("spec").set("scope", "Cluster");
  definition.ref({"spec", "names"}).set("kind", "Gadget");
  definition.ref({"spec", "names"}).set("listKind", "GadgetList");
  CHECK(issues(definition, &old) ==
        Sentences{R"(spec.scope: Invalid value: "Cluster": field is immutable)", R"(spec.names.kind: Invalid value: "Gadget": field is immutable)"});
}

TEST_CASE("a CRD is established where its names are free") {
  ResourceRegistry registry;
  json::Value definition = crd();
  CHECK(set_crd_conditions(definition, registry, *parse_rfc3339("2026-01-10T20:09:27Z")));
  CHECK(definition["status"]["acceptedNames"]["plural"].as_string() == "widgets");
  CHECK(definition["status"]["storedVersions"][0].as_string() == "v1");
  CHECK(kube::condition_true(definition, "Established"));
  CHECK(kube::condition(definition, "NamesAccepted")["lastTransitionTime"].as_string() == "2026-01-10T20:09:27Z");

  SECTION("a second visit changes nothing") {
    const json::Value before = definition;
    CHECK(set_crd_conditions(definition, registry, *parse_rfc3339("2027-01-10T20:09:27Z")));
    CHECK(definition == before);
  }
  SECTION("another CRD with the same kind is not served") {
    auto defs = resource_defs_of_crd(definition);
    REQUIRE(defs);
    registry.replace("example.com", "widgets", std::move(*defs));
    json::Value other = crd();
    other.ref("metadata").set("name", "things.example.com");
    other.ref({"spec", "names"}).set("plural", "things");
    other.ref({"spec", "names"}).set("singular", "thing");
    other.ref({"spec", "names"}).erase("shortNames");
    CHECK_FALSE(set_crd_conditions(other, registry, WallTime{}));
    CHECK(kube::condition(other, "NamesAccepted")["reason"].as_string() == "ListKindConflict");
    CHECK(kube::condition(other, "Established")["status"].as_string() == "False");
  }
  SECTION("a new storage version is remembered beside the old one") {
    json::Array& versions = definition.ref({"spec", "versions"}).make_array();
    json::Value next = versions[0];
    next.set("name", "v2");
    versions[0].set("storage", false);
    versions.push_back(std::move(next));
    CHECK(set_crd_conditions(definition, registry, WallTime{}));
    CHECK(definition["status"]["storedVersions"].size() == 2);
  }
}

TEST_CASE("only served versions become resources") {
  json::Value definition =
      crd("{type: object, properties: {spec: {type: object}}}", "    subresources: {status: {}}\n  - {name: v0, served: false, storage: false}\n");
  const auto defs = resource_defs_of_crd(definition);
  REQUIRE(defs);
  REQUIRE(defs->size() == 1);
  const ResourceDef& def = defs->front();
  CHECK(def.gvr.to_string() == "widgets.v1.example.com");
  CHECK(def.has_status);
  CHECK(def.is_crd);
  CHECK(def.short_names == Sentences{"wd"});
  CHECK(def.schema->properties.contains("spec"));
}

TEST_CASE("our own CRDs are accepted") {
  std::size_t read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(crd_folder())) {
    if (entry.path().extension() != ".yaml" || entry.path().filename() == "kustomization.yaml") continue;
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    auto definition = yaml::parse(text.str(), entry.path().filename().string());
    REQUIRE(definition);
    default_crd(*definition);
    INFO(entry.path());
    CHECK(issues(*definition).empty());
    const auto defs = resource_defs_of_crd(*definition);
    CHECK(defs);
    ++read;
  }
  CHECK(read >= 2);
}
