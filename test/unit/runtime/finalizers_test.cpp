#include "pkg/runtime/finalizers.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;

namespace {
kube::ObjectPtr parse(std::string_view text) { return std::make_shared<const kube::Object>(json::parse(text).value()); }
const kube::ObjectPtr kBare = parse(R"({"kind":"ConfigMap","metadata":{"namespace":"ns","name":"a","resourceVersion":"5"}})");
const kube::ObjectPtr kHeld = parse(R"({"kind":"ConfigMap","metadata":{"namespace":"ns","name":"a","resourceVersion":"5","finalizers":["x","mine"]}})");
}  // namespace

TEST_CASE("the patches test what was looked at and touch one finalizer only") {
  CHECK(*add_finalizer_patch(*kBare, "mine") ==
        json::parse(R"([{"op":"test","path":"/metadata/resourceVersion","value":"5"},{"op":"add","path":"/metadata/finalizers","value":["mine"]}])").value());
  CHECK(*add_finalizer_patch(*kHeld, "other") ==
        json::parse(R"([{"op":"test","path":"/metadata/resourceVersion","value":"5"},{"op":"add","path":"/metadata/finalizers/-","value":"other"}])").value());
  CHECK(*remove_finalizer_patch(*kHeld, "mine") == json::parse(R"([{"op":"test","path":"/metadata/resourceVersion","value":"5"},
    {"op":"test","path":"/metadata/finalizers/1","value":"mine"},{"op":"remove","path":"/metadata/finalizers/1"}])")
                                                       .value());
  CHECK_FALSE(add_finalizer_patch(*kHeld, "mine"));
  CHECK_FALSE(remove_finalizer_patch(*kBare, "mine"));
  auto patched = *kHeld;
  REQUIRE(json::json_patch(patched, *remove_finalizer_patch(*kHeld, "mine")));
  CHECK_FALSE(kube::has_finalizer(patched, "mine"));
  CHECK(kube::has_finalizer(patched, "x"));
}

TEST_CASE("a finalizer that is there already costs no request; a concurrent change is a conflict") {
  test::Loop loop;
  test::FakeServer server(loop);
  const auto client = server.client();
  REQUIRE(loop.run(add_finalizer(client, kube::res::kConfigMaps, kHeld, "mine")));
  CHECK(server.requests.empty());
  server.answer = [](const net::Request&) { return test::status_response(422, "Invalid", "the server rejected our request due to an error in our request"); };
  const auto lost = loop.run(add_finalizer(client, kube::res::kConfigMaps, kBare, "mine"));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().is(Disposition::Conflict));
  CHECK(server.last().headers.get("content-type") == "application/json-patch+json");
  server.answer = [](const net::Request&) {
    return test::json_response(422, R"({"kind":"Status","code":422,"reason":"Invalid","details":{"causes":[{"reason":"FieldValueInvalid","field":"spec"}]}})");
  };
  CHECK(loop.run(remove_finalizer(client, kube::res::kConfigMaps, kHeld, "mine")).error().is(Disposition::Invalid));
}
