// Custom resources by their schema: validation, defaults, pruning, rules.
#include "test/contract/server.h"

using namespace slipway;
using contract::kMergePatch, contract::widget;

namespace {

std::string with_spec(std::string_view properties, std::string_view rest = "") {
  return R"({"type":"object","properties":{"spec":{"type":"object","properties":)" + std::string(properties) + std::string(rest) + "}}}";
}
std::string spec(std::string_view text) { return R"(,"spec":)" + std::string(text); }

// "reason field message" of each cause, a line each.
std::string causes(const contract::Answer& answer) {
  std::string out;
  for (const auto& c : answer.body["details"]["causes"].array()) out += c["reason"].str() + " " + c["field"].str() + " " + c["message"].str() + "\n";
  return out;
}

}  // namespace

TEST_CASE_METHOD(contract::Server, "values are validated by type, range, length, pattern, enum and required members") {
  serve_widgets(with_spec(R"({"n":{"type":"integer","minimum":1,"maximum":5},"s":{"type":"string","minLength":2,"maxLength":4,"pattern":"^[a-z]+$"},
    "e":{"type":"string","enum":["A","B"]},"l":{"type":"array","maxItems":2,"items":{"type":"string"}}})",
                          R"(,"required":["n"])"));
  CHECK(causes(post(widgets(), widget("a", spec("{}")))) == "FieldValueRequired spec.n Required value\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":"1"})")))) ==
        "FieldValueTypeInvalid spec.n Invalid value: \"string\": spec.n in body must be of type integer: \"string\"\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":6})")))) ==
        "FieldValueInvalid spec.n Invalid value: 6: spec.n in body should be less than or equal to 5\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":0})")))) ==
        "FieldValueInvalid spec.n Invalid value: 0: spec.n in body should be greater than or equal to 1\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":1,"s":"a"})")))) ==
        "FieldValueInvalid spec.s Invalid value: \"a\": spec.s in body should be at least 2 chars long\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":1,"s":"abcde"})")))) == "FieldValueTooLong spec.s Too long: may not be more than 4 bytes\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":1,"s":"AB"})")))) ==
        "FieldValueInvalid spec.s Invalid value: \"AB\": spec.s in body should match '^[a-z]+$'\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":1,"e":"C"})")))) ==
        "FieldValueNotSupported spec.e Unsupported value: \"C\": supported values: \"A\", \"B\"\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"n":1,"l":["a","b","c"]})")))) == "FieldValueTooMany spec.l Too many: 3: must have at most 2 items\n");
  CHECK(post(widgets(), widget("a", spec(R"({"n":1,"s":"ab","e":"A","l":["x"]})"))).status == 201);
}

TEST_CASE_METHOD(contract::Server, "an invalid custom resource is a Status to the field") {
  serve_widgets(with_spec(R"({"n":{"type":"integer","minimum":1}})"));
  CHECK_STATUS(
      post(widgets(), widget("a", spec(R"({"n":0})"))),
      R"({"code":422,"reason":"Invalid","message":"Widget.$GROUP \"a\" is invalid: spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1",
               "details":{"name":"a","group":"$GROUP","kind":"Widget","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 0: spec.n in body should be greater than or equal to 1","field":"spec.n"}]}})");
}

TEST_CASE_METHOD(contract::Server, "defaults are filled in when written and when read") {
  serve_widgets(with_spec(
      R"({"n":{"type":"integer","default":3},"o":{"type":"object","default":{},"properties":{"deep":{"type":"string","default":"x"}}},"nul":{"type":"string","nullable":true,"default":"d"}})"));
  const auto created = post(widgets(), widget("a", spec("{}")));
  contract::check_equal(created.body["spec"], parse(R"({"n":3,"o":{"deep":"x"},"nul":"d"})"));
  const auto set = patch(widgets("a"), kMergePatch, R"({"spec":{"n":5}})");
  CHECK(set.body["spec"]["n"].as_int() == 5);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"n":null}})").body["spec"]["n"].as_int() == 3);
  const auto null = post(widgets(), widget("b", spec(R"({"nul":null,"n":null})")));
  CHECK(null.body["spec"].contains("nul"));
  CHECK(null.body["spec"]["nul"].is_null());
  CHECK(null.body["spec"]["n"].as_int() == 3);
  REQUIRE(post(widgets(), widget("c", "")).status == 201);
  CHECK_FALSE(get(widgets("c")).body.contains("spec"));
}

TEST_CASE_METHOD(contract::Server, "a default that comes later is seen in what was stored before") {
  serve_widgets(with_spec(R"({"n":{"type":"integer"}})"));
  REQUIRE(post(widgets(), widget("a", spec("{}"))).status == 201);
  REQUIRE(patch(crd_path(), contract::kJsonPatch,
                R"([{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/n/default","value":7}])")
              .status == 200);
  const auto read = eventually(widgets("a"), [](const contract::Answer& a) { return a.body["spec"]["n"].as_int() == 7; });
  CHECK(read.body["spec"]["n"].as_int() == 7);
}

TEST_CASE_METHOD(contract::Server, "unknown fields are pruned, but where they are preserved or embedded") {
  serve_widgets(with_spec(R"({"n":{"type":"integer"},"any":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
    "obj":{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true},"ios":{"x-kubernetes-int-or-string":true}})"));
  const auto created =
      post(widgets(),
           widget("a", spec(R"({"n":1,"gone":2,"any":{"x":{"y":[1]}},"obj":{"apiVersion":"v1","kind":"X","metadata":{"name":"e"},"data":1},"ios":"10%"})") +
                           R"(,"extra":true)"));
  INFO(created.text);
  contract::check_equal(created.body["spec"],
                        parse(R"({"n":1,"any":{"x":{"y":[1]}},"obj":{"apiVersion":"v1","kind":"X","metadata":{"name":"e"},"data":1},"ios":"10%"})"));
  CHECK_FALSE(created.body.contains("extra"));
  CHECK(created.headers.get("Warning").contains("unknown field"));
  const auto strict = post(widgets() + "?fieldValidation=Strict", widget("b", spec(R"({"gone":2})")));
  CHECK_STATUS(
      strict,
      R"({"code":400,"reason":"BadRequest","message":"Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.gone\""})");
}

TEST_CASE_METHOD(contract::Server, "rules refuse with their message at their place") {
  serve_widgets(with_spec(
      R"j({"min":{"type":"integer"},"max":{"type":"integer"},"name":{"type":"string","maxLength":20,"x-kubernetes-validations":[{"rule":"self.startsWith('x')"}]},
                          "size":{"type":"string","maxLength":9,"x-kubernetes-validations":[{"rule":"self != 'XL'","messageExpression":"self + ' is not made'"}]}})j",
      R"j(,"x-kubernetes-validations":[{"rule":"!has(self.min) || !has(self.max) || self.min <= self.max","message":"min must not exceed max","fieldPath":".min","reason":"FieldValueForbidden"},
                          {"rule":"!has(self.max) || self.max < 100","message":"max must be below 100"}])j"));
  CHECK(post(widgets(), widget("ok", spec(R"({"min":1,"max":2,"name":"xy"})"))).status == 201);
  CHECK(causes(post(widgets(), widget("a", spec(R"({"min":3,"max":2})")))) == "FieldValueForbidden spec.min Forbidden: min must not exceed max\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"max":200})")))) == "FieldValueInvalid spec Invalid value: max must be below 100\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"name":"y"})")))) ==
        "FieldValueInvalid spec.name Invalid value: \"y\": failed rule: self.startsWith('x')\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"size":"XL"})")))) == "FieldValueInvalid spec.size Invalid value: \"XL\": XL is not made\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"max":200,"name":"y"})")))) ==
        "FieldValueInvalid spec Invalid value: max must be below 100\nFieldValueInvalid spec.name Invalid value: \"y\": failed rule: self.startsWith('x')\n");
  // What has the wrong type is not held against rules.
  CHECK(causes(post(widgets(), widget("a", spec(R"({"max":"200","name":"y"})")))) ==
        "FieldValueTypeInvalid spec.max Invalid value: \"string\": spec.max in body must be of type integer: \"string\"\n"
        "FieldValueInvalid <nil> Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to "
        "complete validation\n");
  CHECK_STATUS(post(widgets(), widget("a", spec(R"({"min":3,"max":2})"))),
               R"({"code":422,"reason":"Invalid","message":"Widget.$GROUP \"a\" is invalid: spec.min: Forbidden: min must not exceed max",
               "details":{"name":"a","group":"$GROUP","kind":"Widget","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: min must not exceed max","field":"spec.min"}]}})");
}

TEST_CASE_METHOD(contract::Server, "transition rules compare with what was, and let equal values pass") {
  serve_widgets(with_spec(
      R"({"fixed":{"type":"string","maxLength":20,"x-kubernetes-validations":[{"rule":"self == oldSelf","message":"is immutable"}]},"n":{"type":"integer"}})"));
  REQUIRE(post(widgets(), widget("a", spec(R"({"fixed":"x","n":1})"))).status == 201);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"n":2}})").status == 200);
  CHECK(causes(patch(widgets("a"), kMergePatch, R"({"spec":{"fixed":"y"}})")) == "FieldValueInvalid spec.fixed Invalid value: \"y\": is immutable\n");
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"fixed":null}})").status == 200);
}

TEST_CASE_METHOD(contract::Server, "what was invalid before may stay as it is") {
  serve_widgets(with_spec(R"({"n":{"type":"integer"},"m":{"type":"integer"}})"));
  REQUIRE(post(widgets(), widget("a", spec(R"({"n":1,"m":1})"))).status == 201);
  REQUIRE(patch(crd_path(), contract::kJsonPatch,
                R"([{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/n/minimum","value":10}])")
              .status == 200);
  const auto refused = eventually(widgets("a") + "?x",
                                  [&](const contract::Answer&) { return post(widgets() + "?dryRun=All", widget("new", spec(R"({"n":1})"))).status == 422; });
  REQUIRE(refused.status == 200);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"m":2}})").status == 200);
  CHECK(patch(widgets("a"), kMergePatch, R"({"spec":{"n":2}})").status == 422);
}

TEST_CASE_METHOD(contract::Server, "lists of type map refuse duplicates, those of type set too") {
  serve_widgets(with_spec(
      R"({"m":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","required":["k"],"properties":{"k":{"type":"string"},"v":{"type":"string"}}}},
    "s":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}})"));
  CHECK(causes(post(widgets(), widget("a", spec(R"({"m":[{"k":"x"},{"k":"x"}]})")))) == "FieldValueDuplicate spec.m[1] Duplicate value: {\"k\":\"x\"}\n");
  CHECK(causes(post(widgets(), widget("a", spec(R"({"s":["x","y","x"]})")))) == "FieldValueDuplicate spec.s[2] Duplicate value: \"x\"\n");
  REQUIRE(apply(widgets("a"), "alice", widget("a", spec(R"({"m":[{"k":"x","v":"1"}],"s":["x"]})"))).status == 201);
  const auto both = apply(widgets("a"), "bob", widget("a", spec(R"({"m":[{"k":"y","v":"2"}],"s":["y"]})")));
  INFO(both.text);
  CHECK(both.body["spec"]["m"].size() == 2);
  CHECK(both.body["spec"]["s"].size() == 2);
}

TEST_CASE_METHOD(contract::Server, "rules that do not compile are refused with the definition") {
  const auto refused = post(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.$GROUP"},"spec":{"group":"$GROUP","scope":"Namespaced",
                            "names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
                            "properties":{"n":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.m > 1"}]}}}}}]}})");
  CHECK(refused.status == 422);
  CHECK(refused.body["details"]["causes"][0U]["field"].as_string() == "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule");
  CHECK(refused.message().contains("compilation failed: ERROR: <input>:1:5: undefined field 'm'"));
}
