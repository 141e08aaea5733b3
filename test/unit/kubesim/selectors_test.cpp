#include "pkg/kubesim/selectors.h"

#include <catch2/catch_test_macros.hpp>

namespace slipway::kubesim {
namespace {

kube::Object labelled(std::initializer_list<json::Member> labels) {
  return json::Object{{"metadata", json::Object{{"name", "x"}, {"namespace", "n"}, {"labels", json::Object(labels)}}}};
}

bool matches(std::string_view selector, const kube::Object& object) {
  const auto parsed = LabelSelector::parse(selector);
  REQUIRE(parsed);
  return parsed->matches(object);
}

ResourceDef resource(std::string group, std::string name) {
  ResourceDef def;
  def.gvr = {std::move(group), "v1", std::move(name), true};
  return def;
}

}  // namespace

TEST_CASE("label selectors match by equality, sets and existence") {
  const auto o = labelled({{"app", "web"}, {"tier", "front"}, {"n", "5"}});
  CHECK(matches("", o));
  CHECK(matches("app=web", o));
  CHECK(matches("app==web,tier!=back", o));
  CHECK(!matches("app!=web", o));
  CHECK(matches("missing!=web", o));
  CHECK(matches("app in (api, web),tier notin (back)", o));
  CHECK(!matches("app in (api)", o));
  CHECK(matches("app,!other", o));
  CHECK(!matches("!app", o));
  CHECK(matches("n>4,n<6", o));
  CHECK(!matches("n>5", o));
  CHECK(matches("x.y/z notin (a)", o));
  CHECK(matches("e=", labelled({{"e", ""}})));
}

TEST_CASE("broken label selectors are refused with the parser's sentence") {
  CHECK(LabelSelector::parse("a=b,").error().contains("expected: identifier after ','"));
  CHECK(LabelSelector::parse("a in b").error().contains("expected: '('"));
  CHECK(LabelSelector::parse("=a").error() == "found '=', expected: !, identifier, or 'end of string'");
  CHECK(LabelSelector::parse("a>b").error().contains("the value must be an integer"));
  CHECK(LabelSelector::parse("a b").error().contains("expected: in, notin"));
}

TEST_CASE("field selectors know metadata everywhere and more for some kinds") {
  const auto cm = resource("", "configmaps");
  const auto o = labelled({});
  CHECK(FieldSelector::parse("metadata.name=x", cm)->matches(o));
  CHECK(!FieldSelector::parse("metadata.name!=x", cm)->matches(o));
  CHECK(FieldSelector::parse("metadata.name=x,metadata.namespace=n", cm)->matches(o));
  const auto refused = FieldSelector::parse("spec.nodeName=x", cm);
  REQUIRE(!refused);
  CHECK(refused.error().code == 400);
  CHECK(refused.error().message == "\"spec.nodeName\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
  CHECK(FieldSelector::parse("spec.nodeName=x", resource("", "pods")));
  CHECK(!FieldSelector::parse("nonsense", cm));
  const json::Value event = json::Object{{"involvedObject", json::Object{{"name", "w"}, {"kind", "Pod"}}}, {"source", json::Object{{"component", "k"}}}};
  CHECK(FieldSelector::parse("involvedObject.name=w,involvedObject.kind=Pod,source=k", resource("", "events"))->matches(event));
}

}  // namespace slipway::kubesim
