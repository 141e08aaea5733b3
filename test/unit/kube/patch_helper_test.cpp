#include "pkg/kube/patch_helper.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;

namespace {

Object widget(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed) throw std::runtime_error(parsed.error().message());
  return std::move(*parsed);
}
const char* const kWidget = R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"namespace":"x","name":"a","uid":"u","resourceVersion":"5",
  "labels":{"l":"1"}},"spec":{"size":1,"list":[1,2]},"status":{"phase":"New"}})";

json::Value parsed(std::string_view text) { return *json::parse(text); }

struct PatchWorld {
  test::Loop loop;
  test::FakeServer server{loop};
  std::shared_ptr<Client> client = server.client();
  GroupVersionResource gvr{"example.com", "v1", "widgets"};
  ObjectPtr before = std::make_shared<const Object>(widget(kWidget));
  PatchWorld() {
    server.answer = [this](const net::Request&) {
      Object out = *before;
      out.ref({"metadata", "resourceVersion"}) = json::Value(std::to_string(5 + server.requests.size()));
      return test::json_response(200, json::dump(out));
    };
  }
  Result<Object> write(Object after, PatchHelperOptions options = {}) {
    return loop.run(patch_changes(client, gvr, before, std::move(after), std::move(options)));
  }
};

async::Awaitable<Result<Object>> conflict_until(int* left) {
  if ((*left)-- > 0) co_return fail(Disposition::Conflict, "somebody else was faster");
  co_return Object(json::Object{{"kind", "Widget"}});
}

}  // namespace

TEST_CASE_METHOD(PatchWorld, "an object in which nothing changed is not written") {
  CHECK(write(*before));
  CHECK(server.requests.empty());
}

TEST_CASE_METHOD(PatchWorld, "spec and status are two merge patches, each with what changed in it, the second on top of the first") {
  Object after = *before;
  after.ref({"spec", "size"}) = json::Value(2);
  after.ref({"metadata", "labels", "l"}) = json::Value();
  after.ref({"status", "phase"}) = json::Value("Ready");
  const auto written = write(std::move(after));
  REQUIRE(written);
  CHECK(resource_version_of(*written) == "7");
  REQUIRE(server.requests.size() == 2);
  CHECK(server.requests[0].headers.get("Content-Type") == "application/merge-patch+json");
  CHECK(parsed(server.requests[0].body) == parsed(R"({"spec":{"size":2},"metadata":{"labels":{"l":null},"resourceVersion":"5"}})"));
  CHECK(server.requests[1].target.starts_with("/apis/example.com/v1/namespaces/x/widgets/a/status"));
  CHECK(parsed(server.requests[1].body) == parsed(R"({"status":{"phase":"Ready"},"metadata":{"resourceVersion":"6"}})"));
}

TEST_CASE_METHOD(PatchWorld, "a patch without the lock carries no resourceVersion") {
  Object after = *before;
  after.ref({"spec", "size"}) = json::Value(2);
  PatchHelperOptions options;
  options.optimistic = false;
  CHECK(write(std::move(after), options));
  CHECK(parsed(server.last().body) == parsed(R"({"spec":{"size":2}})"));
}

TEST_CASE_METHOD(PatchWorld, "a patch may not change the name, the namespace or the kind, and needs a resourceVersion for its lock") {
  for (const char* path : {"name", "namespace"}) {
    Object after = *before;
    after.ref({"metadata", path}) = json::Value("other");
    CHECK(write(std::move(after)).error().is(Disposition::Invalid));
  }
  Object after = *before;
  after.set("kind", "Gadget");
  CHECK(write(std::move(after)).error().is(Disposition::Invalid));
  Object unread = *before;
  unread.find_mut("metadata")->erase("resourceVersion");
  before = std::make_shared<const Object>(unread);
  CHECK(write(unread).error().is(Disposition::Invalid));
  CHECK(server.requests.empty());
}

TEST_CASE_METHOD(PatchWorld, "a refused spec leaves the status unwritten") {
  server.answer = [](const net::Request&) { return test::status_response(409, "Conflict", "the object has been modified"); };
  Object after = *before;
  after.ref({"spec", "size"}) = json::Value(2);
  after.ref({"status", "phase"}) = json::Value("Ready");
  CHECK(write(std::move(after)).error().is(Disposition::Conflict));
  CHECK(server.requests.size() == 1);
}

TEST_CASE_METHOD(PatchWorld, "an object that is not there is created as the mutation leaves it") {
  server.answer = [](const net::Request& request) {
    return request.method == "GET" ? test::status_response(404, "NotFound", "") : test::json_response(201, request.body);
  };
  const auto mutate = [](Object& o) {
    o.ref({"spec", "size"}) = json::Value(3);
    return Status();
  };
  const auto made = loop.run(create_or_patch(client, gvr, make_object("example.com/v1", "Widget", {"x", "a"}), mutate, {}));
  REQUIRE(made);
  CHECK(made->written == Written::Created);
  CHECK(made->object["spec"]["size"].as_int() == 3);
}

TEST_CASE_METHOD(PatchWorld, "a conflict is tried again five times in all") {
  int left = 4;
  CHECK(loop.run(retry_on_conflict(client, [&] { return conflict_until(&left); })));
  left = 5;
  CHECK(loop.run(retry_on_conflict(client, [&] { return conflict_until(&left); })).error().is(Disposition::Conflict));
  CHECK(left == 0);
}

TEST_CASE("an owner becomes the one controller of what it may own") {
  const Object owner = widget(kWidget);
  Object child = make_object("v1", "ConfigMap", {"x", "c"});
  REQUIRE(set_controller_reference(owner, child));
  REQUIRE(set_controller_reference(owner, child));
  const json::Value& references = child["metadata"]["ownerReferences"];
  REQUIRE(references.size() == 1);
  CHECK(references[0UL]["controller"].as_bool());
  CHECK(references[0UL]["blockOwnerDeletion"].as_bool());
  CHECK(references[0UL]["uid"].as_string() == "u");

  Object other = owner;
  other.ref({"metadata", "name"}) = json::Value("b");
  CHECK(set_controller_reference(other, child).error().is(Disposition::AlreadyExists));
  Object elsewhere = make_object("v1", "ConfigMap", {"y", "c"});
  CHECK(set_controller_reference(owner, elsewhere).error().is(Disposition::Invalid));
  Object wide = make_object("v1", "Node", {"", "c"});
  CHECK(set_controller_reference(owner, wide).error().is(Disposition::Invalid));
  Object unborn = make_object("v1", "Widget", {"x", "z"});
  CHECK(set_controller_reference(unborn, child).error().is(Disposition::Invalid));
}
