#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/metrics.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;
using test::json_response;

namespace {

Object parse(std::string_view text) { return json::parse(text).value(); }

struct Fixture {
  test::Loop loop;
  test::FakeServer server{loop};
  std::shared_ptr<Client> client = server.client();
  template <class T>
  T run(async::Awaitable<T> task) {
    return loop.run(std::move(task));
  }
};

async::Awaitable<Result<std::vector<WatchEvent>>> read_all(std::shared_ptr<Client> client) {
  auto stream = co_await client->watch(res::kPods, "", {});
  if (!stream) co_return fail(std::move(stream).error());
  std::vector<WatchEvent> events;
  for (;;) {
    auto event = co_await (*stream)->next(async::Deadline::never());
    if (!event) co_return fail(std::move(event).error());
    if (!*event) co_return events;
    events.push_back(std::move(**event));
  }
}

}  // namespace

TEST_CASE_METHOD(Fixture, "get asks for the object and says who asks") {
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"Pod","metadata":{"name":"p"}})"); };
  const auto pod = run(client->get(res::kPods, {"ns", "p"}));
  REQUIRE(pod);
  CHECK(server.last().method == "GET");
  CHECK(server.last().target == "/api/v1/namespaces/ns/pods/p");
  CHECK(server.last().headers.get("user-agent").starts_with("slipway/"));
  CHECK(server.last().headers.get("user-agent").contains(" (linux/"));
  CHECK(server.last().headers.get("accept") == "application/json");
}

TEST_CASE_METHOD(Fixture, "an empty name never reaches the server") {
  CHECK_FALSE(run(client->remove(res::kPods, {"ns", ""}, {})));
  CHECK_FALSE(run(client->get(res::kPods, {"ns", ".."})));
  CHECK_FALSE(run(client->patch(res::kPods, {"", "p"}, PatchType::Merge, json::Value(json::Object{}), {})));
  CHECK(server.requests.empty());
}

TEST_CASE_METHOD(Fixture, "items of a list get the list's apiVersion and kind") {
  server.answer = [](const net::Request&) {
    return json_response(200, R"({"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"MachineList","metadata":{"resourceVersion":"9","continue":"c"},
      "items":[{"metadata":{"name":"a"}},{"kind":"Other","apiVersion":"o/v1","metadata":{"name":"b"}}]})");
  };
  const auto list = run(client->list(res::kMachines, "ns", {}));
  REQUIRE(list);
  CHECK(list->resource_version == "9");
  CHECK(list->continue_token == "c");
  CHECK(gvk_of(list->items.at(0)) == GroupVersionKind{"cluster.x-k8s.io", "v1beta1", "Machine"});
  CHECK(kind_of(list->items.at(1)) == "Other");
}

TEST_CASE_METHOD(Fixture, "what a list's reader does not want is dropped from its items, and from nothing else") {
  server.answer = [](const net::Request&) {
    return json_response(200, R"({"apiVersion":"v1","kind":"PodList","metadata":{"resourceVersion":"9"},
      "items":[{"metadata":{"name":"a","managedFields":[{}]},"spec":{"versions":[{"name":"v1","schema":{}}]}}]})");
  };
  const auto decoding = std::make_shared<Decoding>();
  decoding->drop = json::Projection({{"metadata", "managedFields"}, {"metadata", "resourceVersion"}, {"spec", "versions", "*", "schema"}});
  ListOptions options;
  options.decoding = decoding;
  const auto listed = run(client->list(res::kPods, "", options));
  REQUIRE(listed);
  CHECK(listed->resource_version == "9");
  CHECK(listed->items.at(0) == parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"versions":[{"name":"v1"}]}})"));
}

TEST_CASE_METHOD(Fixture, "a write whose answer nobody reads asks for metadata only, and takes a whole object too") {
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"Pod","metadata":{"name":"p"}})"); };
  const std::string partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  WriteOptions write;
  write.metadata_only = true;
  CHECK(run(client->create(res::kPods, make_object("v1", "Pod", {"ns", "p"}), write)));
  CHECK(server.last().headers.get("accept") == partial);
  PatchOptions patch;
  patch.metadata_only = true;
  CHECK(run(client->patch(res::kPods, {"ns", "p"}, PatchType::Merge, json::Value(json::Object{}), patch)));
  CHECK(server.last().headers.get("accept") == partial);
  DeleteOptions remove;
  remove.metadata_only = true;
  CHECK(run(client->remove(res::kPods, {"ns", "p"}, remove)));
  CHECK(server.last().headers.get("accept") == partial);
  CHECK(run(client->remove(res::kPods, {"ns", "p"}, {})));
  CHECK(server.last().headers.get("accept") == "application/json");
}

TEST_CASE_METHOD(Fixture, "lists that are none are refused") {
  for (const auto* body : {"", "[]", "{}", "<html>", R"({"kind":"Status"})", R"({"kind":"PodList","items":{}})", R"({"kind":"PodList","items":[1]})",
                           R"({"kind":"PodList","items":[{"metadata")"}) {
    INFO(body);
    server.answer = [body](const net::Request&) { return json_response(200, body); };
    CHECK_FALSE(run(client->list(res::kPods, "", {})));
  }
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"PodList","items":null})"); };
  CHECK(run(client->list(res::kPods, "", {}))->items.empty());
}

TEST_CASE_METHOD(Fixture, "list_all reads every page and sends the resourceVersion only once") {
  server.answer = [](const net::Request& r) {
    return r.target.contains("continue=")
               ? json_response(200, R"({"kind":"PodList","metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"b"}}]})")
               : json_response(200, R"({"kind":"PodList","metadata":{"resourceVersion":"5","continue":"t"},"items":[{"metadata":{"name":"a"}}]})");
  };
  ListOptions options;
  options.resource_version = "3";
  const auto all = run(list_all(client, res::kPods, "", options));
  REQUIRE(all);
  CHECK(all->items.size() == 2);
  CHECK(server.requests.at(0).target == "/api/v1/pods?limit=500&resourceVersion=3");
  CHECK(server.requests.at(1).target == "/api/v1/pods?limit=500&continue=t");
}

TEST_CASE_METHOD(Fixture, "a server that repeats a page does not keep the client for ever") {
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"PodList","metadata":{"continue":"t"},"items":[]})"); };
  CHECK_FALSE(run(list_all(client, res::kPods, "", {})));
  CHECK(server.requests.size() == 2);
}

TEST_CASE_METHOD(Fixture, "writes go where they belong with the field manager") {
  server.answer = [](const net::Request&) { return json_response(200, "{}"); };
  const auto machine = parse(R"({"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"Machine","metadata":{"namespace":"ns","name":"m","managedFields":[]}})");
  REQUIRE(run(client->create(res::kMachines, machine, {})));
  CHECK(server.last().method == "POST");
  CHECK(server.last().target == "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns/machines?fieldManager=slipway");
  WriteOptions status;
  status.subresource = "status";
  REQUIRE(run(client->update(res::kMachines, machine, status)));
  CHECK(server.last().target == "/apis/cluster.x-k8s.io/v1beta1/namespaces/ns/machines/m/status?fieldManager=slipway");
  REQUIRE(run(apply(client, res::kMachines, machine, {})));
  CHECK(server.last().method == "PATCH");
  CHECK(server.last().target.ends_with("/machines/m?fieldManager=slipway&force=true"));
  CHECK(server.last().headers.get("content-type") == "application/apply-patch+yaml");
  CHECK_FALSE(server.last().body.contains("managedFields"));
}

TEST_CASE_METHOD(Fixture, "generateName needs no name") {
  server.answer = [](const net::Request&) { return json_response(201, "{}"); };
  CHECK(run(client->create(res::kPods, parse(R"({"kind":"Pod","metadata":{"namespace":"ns","generateName":"x-"}})"), {})));
  CHECK_FALSE(run(client->create(res::kPods, parse(R"({"kind":"Pod","metadata":{"generateName":"x-"}})"), {})));
}

TEST_CASE_METHOD(Fixture, "a delete carries its preconditions") {
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"Status","status":"Success"})"); };
  DeleteOptions options;
  options.uid = "u";
  options.propagation = "Foreground";
  options.grace_period_seconds = 0;
  REQUIRE(run(client->remove(res::kPods, {"ns", "p"}, options)));
  CHECK(parse(server.last().body) ==
        parse(R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"},"propagationPolicy":"Foreground","gracePeriodSeconds":0})"));
}

TEST_CASE_METHOD(Fixture, "errors name the kind where the body tells it, and the resource otherwise") {
  server.answer = [](const net::Request&) { return test::status_response(404, "NotFound", "machines \"m\" not found"); };
  const auto got = run(client->get(res::kMachines, {"ns", "m"}));
  REQUIRE_FALSE(got);
  CHECK(got.error().message() == "getting machines.cluster.x-k8s.io ns/m: 404 NotFound: machines \"m\" not found");
  const auto applied = run(apply(client, res::kMachines, make_object("cluster.x-k8s.io/v1beta1", "Machine", {"ns", "m"}), {}));
  CHECK(applied.error().message().starts_with("applying Machine ns/m: 404"));
  CHECK(applied.error().is(Disposition::NotFound));
}

TEST_CASE_METHOD(Fixture, "a connection that closes without an answer is a transient error with a metric") {
  server.answer = [](const net::Request&) { return net::Response(0, "", ""); };
  const auto got = run(client->get(res::kPods, {"ns", "p"}));
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(got.error().status() == nullptr);
  const std::string text = metrics::registry().expose();
  CHECK(text.contains("rest_client_requests_total{code=\"<error>\",host=\"fake:6443\",method=\"GET\"}"));
}

TEST_CASE_METHOD(Fixture, "a truncated object is never quoted: it may be a Secret") {
  server.answer = [](const net::Request&) { return json_response(200, R"({"data":{"password":"hunter2)"); };
  const auto got = run(client->get(res::kSecrets, {"ns", "s"}));
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK_FALSE(got.error().message().contains("hunter2"));
}

TEST_CASE_METHOD(Fixture, "a watch hands out events until the clean end") {
  auto wire = std::make_shared<test::Wire>(loop);
  wire->send("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\xc3");
  wire->send("\xa4\"}}}\r\n\n{\"type\":\"BOOKMARK\",\"object\":{}}\n{\"type\":\"DEL");
  wire->send("ETED\",\"object\":{}}\n");
  wire->close();
  server.answer = [wire](const net::Request&) { return test::Wire::response(wire); };
  const auto events = run(read_all(client));
  REQUIRE(events);
  REQUIRE(events->size() == 3);
  CHECK(name_of(events->at(0).object) == "\xc3\xa4");
  CHECK(events->at(2).type == EventType::Deleted);
  CHECK(server.last().target == "/api/v1/pods?watch=true&allowWatchBookmarks=true");
  CHECK(wire->dropped());
}

TEST_CASE_METHOD(Fixture, "a watch that ends inside an event, breaks, or talks nonsense is an error") {
  const auto watch_bytes = [&](const std::string& bytes, bool reset) {
    auto wire = std::make_shared<test::Wire>(loop);
    wire->send(bytes);
    if (reset)
      wire->reset();
    else
      wire->close();
    server.answer = [wire](const net::Request&) { return test::Wire::response(wire); };
    return run(read_all(client));
  };
  CHECK(watch_bytes("{\"type\":\"ADD", false).error().is(Disposition::Transient));
  CHECK(watch_bytes("{\"type\":\"ADDED\",\"object\":{}}\n", true).error().is(Disposition::Transient));
  CHECK(watch_bytes("nonsense\n", false).error().is(Disposition::Invalid));
}

TEST_CASE_METHOD(Fixture, "a watch that is refused says why, with or without a stream") {
  server.answer = [](const net::Request&) { return test::status_response(410, "Expired", "too old resource version"); };
  CHECK(run(read_all(client)).error().is(Disposition::Gone));
  auto wire = std::make_shared<test::Wire>(loop);
  wire->send(R"({"kind":"Status","code":403,)");
  wire->send(R"("reason":"Forbidden","message":"no"})");
  wire->close();
  server.answer = [wire](const net::Request&) {
    auto response = test::Wire::response(wire);
    response.status = 403;
    return response;
  };
  CHECK(run(read_all(client)).error().message() == "watching pods: 403 Forbidden: no");
}
