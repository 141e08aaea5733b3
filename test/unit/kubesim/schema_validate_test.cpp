#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

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

std::shared_ptr<const Schema> compiled(std::string_view schema) {
  auto result = compile_schema(value(schema));
  if (!result) FAIL(result.error().message());
  return *result;
}

// "field: message" of every issue.
std::vector<std::string> issues(const Schema& schema, std::string_view object, std::string_view old = "") {
  const json::Value before = old.empty() ? json::Value() : value(old);
  std::vector<std::string> out;
  for (const FieldIssue& issue : validate_schema(schema, value(object), old.empty() ? nullptr : &before)) out.push_back(issue.field + ": " + issue.message);
  return out;
}

using Sentences = std::vector<std::string>;

}  // namespace

TEST_CASE("types are checked with the server's words") {
  const auto schema = compiled(R"(
type: object
properties:
  spec:
    type: object
    required: [name]
    properties:
      name: {type: string}
      replicas: {type: integer, format: int32}
      ratio: {type: number}
      on: {type: boolean}
      port: {x-kubernetes-int-or-string: true}
      list: {type: array, items: {type: string}}
      labels: {type: object, additionalProperties: {type: string}}
      maybe: {type: string, nullable: true}
)");
  CHECK(issues(*schema, "{spec: {name: a, replicas: 3, ratio: 1, on: true, port: 80, list: [x], labels: {a: b}, maybe: null}}").empty());
  CHECK(issues(*schema, "{spec: {name: a, replicas: 3.0, ratio: 1.5, port: http}}").empty());
  CHECK(issues(*schema, "{spec: {name: a, replicas: x}}") ==
        Sentences{R"(spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string")"});
  CHECK(issues(*schema, "{spec: {name: a, replicas: 1.5}}") ==
        Sentences{R"(spec.replicas: Invalid value: "number": spec.replicas in body must be of type integer: "number")"});
  CHECK(issues(*schema, "{spec: {name: a, port: true}}") ==
        Sentences{R"(spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean")"});
  CHECK(issues(*schema, "{spec: {name: a, list: [1]}}") ==
        Sentences{R"(spec.list[0]: Invalid value: "integer": spec.list[0] in body must be of type string: "integer")"});
  CHECK(issues(*schema, "{spec: {name: a, labels: {x: 1}}}") ==
        Sentences{R"(spec.labels.x: Invalid value: "integer": spec.labels.x in body must be of type string: "integer")"});
  CHECK(issues(*schema, "{spec: {}}") == Sentences{"spec.name: Required value"});
  CHECK(issues(*schema, "{spec: {name: null}}") == Sentences{R"(spec.name: Invalid value: "null": spec.name in body must be of type string: "null")"});
  CHECK(issues(*schema, "{spec: []}") == Sentences{R"(spec: Invalid value: "array": spec in body must be of type object: "array")"});
}

TEST_CASE("values are checked with the server's words") {
  const auto schema = compiled(R"(
type: object
properties:
  n: {type: integer, minimum: 1, maximum: 9}
  x: {type: integer, minimum: 1, exclusiveMinimum: true}
  f: {type: number, maximum: 1.5, multipleOf: 0.5}
  s: {type: string, minLength: 2, maxLength: 4}
  p: {type: string, pattern: '^v[0-9]+$'}
  e: {type: string, enum: [a, b]}
  k: {type: integer, enum: [1, 2]}
  l: {type: array, minItems: 1, maxItems: 2, items: {type: string}}
  m: {type: object, minProperties: 1, maxProperties: 1, additionalProperties: {type: string}}
  t: {type: string, format: date-time}
  u: {type: string, format: uuid}
  z: {type: string, format: nobody-knows}
)");
  CHECK(issues(*schema, "{n: 1, x: 2, f: 1.5, s: ab, p: v1, e: a, k: 2, l: [a], m: {a: b}, t: '2024-01-01T00:00:00Z', z: x}").empty());
  CHECK(issues(*schema, "{n: 0}") == Sentences{"n: Invalid value: 0: n in body should be greater than or equal to 1"});
  CHECK(issues(*schema, "{n: 10}") == Sentences{"n: Invalid value: 10: n in body should be less than or equal to 9"});
  CHECK(issues(*schema, "{x: 1}") == Sentences{"x: Invalid value: 1: x in body should be greater than 1"});
  CHECK(issues(*schema, "{f: 1.75}") ==
        Sentences{"f: Invalid value: 1.75: f in body should be a multiple of 0.5", "f: Invalid value: 1.75: f in body should be less than or equal to 1.5"});
  CHECK(issues(*schema, "{s: a}") == Sentences{R"(s: Invalid value: "a": s in body should be at least 2 chars long)"});
  CHECK(issues(*schema, "{s: abcde}") == Sentences{"s: Too long: may not be more than 4 bytes"});
  CHECK(issues(*schema, "{s: \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9}").empty());  // characters, whatever the sentence says
  CHECK(issues(*schema, "{p: x}") == Sentences{R"(p: Invalid value: "x": p in body should match '^v[0-9]+$')"});
  CHECK(issues(*schema, "{e: x}") == Sentences{R"(e: Unsupported value: "x": supported values: "a", "b")"});
  CHECK(issues(*schema, "{k: 3}") == Sentences{R"(k: Unsupported value: 3: supported values: "1", "2")"});
  CHECK(issues(*schema, "{l: []}") == Sentences{"l: Invalid value: 0: l in body should have at least 1 items"});
  CHECK(issues(*schema, "{l: [a, b, c]}") == Sentences{"l: Too many: 3: must have at most 2 items"});
  CHECK(issues(*schema, "{m: {}}") == Sentences{"m: Invalid value: 0: m in body should have at least 1 properties"});
  CHECK(issues(*schema, "{t: noon}") == Sentences{R"(t: Invalid value: "noon": t in body must be of type date-time: "noon")"});
  CHECK(issues(*schema, "{t: 1}") == Sentences{R"(t: Invalid value: "int64": t in body must be of type date-time: "int64")"});
  CHECK(issues(*schema, "{u: x}") == Sentences{R"(u: Invalid value: "x": u in body must be of type uuid: "x")"});
}

TEST_CASE("alternatives are weighed as the server weighs them") {
  const auto schema = compiled(R"(
type: object
properties:
  spec:
    type: object
    oneOf: [{required: [a]}, {required: [b]}]
    properties: {a: {type: string}, b: {type: string}}
  n:
    type: integer
    anyOf: [{minimum: 5}, {enum: [1]}]
    not: {enum: [7]}
  s:
    type: string
    allOf: [{minLength: 2}, {pattern: '^a'}]
)");
  CHECK(issues(*schema, "{spec: {a: x}, n: 1, s: ab}").empty());
  CHECK(issues(*schema, "{spec: {}}").at(0) == R"(<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid)");
  CHECK(issues(*schema, "{spec: {a: x, b: z}}") ==
        Sentences{R"(<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives)"});
  CHECK(issues(*schema, "{n: 2}").at(0) == R"(<nil>: Invalid value: "": "n" must validate at least one schema (anyOf))");
  CHECK(issues(*schema, "{n: 7}") == Sentences{R"(<nil>: Invalid value: "": "n" must not validate the schema (not))"});
  CHECK(issues(*schema, "{s: b}").back() == R"(<nil>: Invalid value: "": "s" must validate all the schemas (allOf). None validated)");
}

TEST_CASE("lists that are maps or sets refuse duplicates") {
  const auto schema = compiled(R"(
type: object
properties:
  set: {type: array, x-kubernetes-list-type: set, items: {type: string}}
  map:
    type: array
    x-kubernetes-list-type: map
    x-kubernetes-list-map-keys: [name]
    items: {type: object, required: [name], properties: {name: {type: string}, port: {type: integer}}}
)");
  CHECK(issues(*schema, "{set: [a, b], map: [{name: a}, {name: b}]}").empty());
  CHECK(issues(*schema, "{set: [a, b, a]}") == Sentences{R"(set[2]: Duplicate value: "a")"});
  CHECK(issues(*schema, "{map: [{name: a}, {name: a, port: 1}]}") == Sentences{R"(map[1]: Duplicate value: {"name":"a"})"});
}

TEST_CASE("embedded resources say what they are") {
  const auto schema =
      compiled("{type: object, properties: {t: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}}}");
  CHECK(issues(*schema, "{t: {apiVersion: v1, kind: Pod, metadata: {}}}").empty());
  CHECK(issues(*schema, "{t: {}}") == Sentences{"t.apiVersion: Required value: must not be empty", "t.kind: Required value: must not be empty"});
}

TEST_CASE("rules report where they stand and what to do") {
  const auto schema = compiled(R"(
type: object
properties:
  spec:
    type: object
    x-kubernetes-validations:
    - {rule: self.min <= self.max, message: min must not exceed max, fieldPath: .min}
    - {rule: self.min >= 0}
    - {rule: self.min < 100, messageExpression: "'min is ' + string(self.min) + ', too much'", reason: FieldValueForbidden}
    properties:
      min: {type: integer}
      max: {type: integer}
      name: {type: string, x-kubernetes-validations: [{rule: self == oldSelf, message: the name cannot change}]}
      pools:
        type: array
        items: {type: object, properties: {size: {type: integer, x-kubernetes-validations: [{rule: '!(self in [2, 4])', message: must be odd}]}}}
)");
  CHECK(issues(*schema, "{spec: {min: 1, max: 2, name: a, pools: [{size: 3}]}}").empty());
  CHECK(issues(*schema, "{spec: {min: 3, max: 2}}") == Sentences{R"(spec.min: Invalid value: min must not exceed max)"});
  CHECK(issues(*schema, "{spec: {min: -1, max: 2}}") == Sentences{R"(spec: Invalid value: failed rule: self.min >= 0)"});
  CHECK(issues(*schema, "{spec: {min: 200, max: 300}}") == Sentences{"spec: Forbidden: min is 200, too much"});
  CHECK(issues(*schema, "{spec: {min: 1, max: 2, pools: [{size: 1}, {size: 2}]}}") == Sentences{R"(spec.pools[1].size: Invalid value: 2: must be odd)"});
  CHECK(issues(*schema, "{spec: {max: 2}}").at(0) == R"(spec: Invalid value: "object": no such key: min evaluating rule: min must not exceed max)");

  SECTION("a transition rule holds on updates only") {
    CHECK(issues(*schema, "{spec: {min: 1, max: 2, name: b}}", "{spec: {min: 1, max: 2, name: a}}") ==
          Sentences{R"(spec.name: Invalid value: "b": the name cannot change)"});
  }
  SECTION("rules wait until the types are right") {
    CHECK(
        issues(*schema, "{spec: {min: x, max: 2}}").back() ==
        R"(<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation)");
  }
}

TEST_CASE("what was wrong before and did not change is not refused again") {
  const auto schema = compiled(R"(
type: object
properties:
  n: {type: integer, maximum: 5, x-kubernetes-validations: [{rule: self < 4}]}
  s: {type: string}
)");
  CHECK(issues(*schema, "{n: 9, s: b}", "{n: 9, s: a}").empty());
  CHECK_FALSE(issues(*schema, "{n: 8, s: b}", "{n: 9, s: a}").empty());
}

TEST_CASE("defaults fill what is missing, down to the bottom") {
  const auto schema = compiled(R"(
type: object
properties:
  spec:
    type: object
    default: {}
    properties:
      mode: {type: string, default: Apply}
      nested: {type: object, properties: {x: {type: integer, default: 3}}}
      list: {type: array, items: {type: object, properties: {port: {type: integer, default: 80}}}}
      named: {type: object, additionalProperties: {type: object, properties: {on: {type: boolean, default: true}}}}
      gone: {type: string}
      maybe: {type: string, nullable: true, default: x}
  status:
    type: object
    default: {observedGeneration: -1}
    properties: {observedGeneration: {type: integer}}
)");
  json::Value object = value("{kind: X}");
  apply_defaults(*schema, object);
  CHECK(object == value("{kind: X, spec: {mode: Apply, maybe: x}, status: {observedGeneration: -1}}"));
  object = value("{spec: {mode: null, nested: {}, list: [{}, {port: 1}], named: {a: {}}, gone: null, maybe: null}, status: {}}");
  apply_defaults(*schema, object);
  CHECK(object == value("{spec: {mode: Apply, nested: {x: 3}, list: [{port: 80}, {port: 1}], named: {a: {on: true}}, maybe: null}, status: {}}"));
}

TEST_CASE("a map of anything keeps its nulls and loses what is deeper") {
  const auto schema = compiled("{type: object, properties: {any: {type: object, additionalProperties: true}}}");
  json::Value object = value("{any: {a: null, b: 1, c: {d: 1}}}");
  CHECK(prune(*schema, object) == Sentences{"any.c.d"});
  apply_defaults(*schema, object);
  CHECK(object == value("{any: {a: null, b: 1, c: {}}}"));
  CHECK(openapi_of(*schema)["properties"]["any"]["additionalProperties"] == json::Value(true));
}

TEST_CASE("unknown fields are pruned and named") {
  const auto schema = compiled(R"(
type: object
properties:
  spec:
    type: object
    properties:
      a: {type: string}
      list: {type: array, items: {type: object, properties: {x: {type: string}}}}
      open: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: object, properties: {v: {type: string}}}}}
      labels: {type: object, additionalProperties: {type: string}}
      object: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
)");
  json::Value object = value(R"(
apiVersion: v1
kind: X
metadata: {name: a, nope: 1}
extra: 1
spec:
  a: b
  foo: 1
  list: [{x: w}, {z: 1}]
  open: {any: {thing: 1}, known: {v: a, z: b}}
  labels: {a: b}
  object: {apiVersion: v1, kind: Pod, metadata: {name: a}, other: 1}
)");
  CHECK(prune(*schema, object) == Sentences{"extra", "metadata.nope", "spec.foo", "spec.list[1].z", "spec.object.other", "spec.open.known.z"});
  CHECK(object == value(R"(
apiVersion: v1
kind: X
metadata: {name: a}
spec:
  a: b
  list: [{x: w}, {}]
  open: {any: {thing: 1}, known: {v: a}}
  labels: {a: b}
  object: {apiVersion: v1, kind: Pod, metadata: {name: a}}
)"));
}

TEST_CASE("a compiled schema gives back what was written") {
  const json::Value written = value(R"(
description: d
type: object
required: [spec]
properties:
  spec: {type: object, additionalProperties: {type: string, minLength: 1}}
  list: {type: array, items: {type: string}, x-kubernetes-list-type: set}
  none: {type: object, additionalProperties: false}
)");
  const auto schema = compile_schema(written);
  REQUIRE(schema);
  CHECK(openapi_of(**schema) == written);
}
