// What consumers are told: duplicates, strangers, objects that were made anew, deletions that nobody saw.
#include "pkg/runtime/cache.h"
#include "pkg/runtime/controller.h"
#include "test/faults/stream/fixture.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture, "14 events that repeat, or are about what nobody knows") {
  start_with({"a"});
  const kube::Object same = server.objects.at("a");
  server.tell(frame("ADDED", same));
  server.tell(frame("MODIFIED", same));
  loop.settle();
  CHECK(oracle.take_story() == Lines());

  kube::Object stranger = same;
  stranger.ref("metadata").set("name", "b");
  stranger.ref("metadata").set("uid", "uid-b");
  stranger.ref("metadata").set("resourceVersion", std::to_string(++server.rv));
  server.objects["b"] = stranger;
  server.tell(frame("MODIFIED", stranger));
  loop.settle();
  CHECK(oracle.take_story() == Lines{"+b"});

  stranger.ref("metadata").set("name", "c");
  stranger.ref("metadata").set("resourceVersion", std::to_string(++server.rv));
  server.tell(frame("DELETED", stranger));
  loop.settle();
  CHECK(oracle.take_story() == Lines());
  CHECK(server.asks.empty());
  check_equal();
}

namespace {

kube::Object owned(kube::Object child, std::string_view owner, std::string_view uid) {
  child.ref("metadata")
      .set("ownerReferences",
           json::Array{json::Object{{"apiVersion", "slipway.dev/v1alpha1"}, {"kind", "WorkloadCluster"}, {"name", owner}, {"uid", uid}, {"controller", true}}});
  return child;
}

// The owners that an Owns-style map would enqueue for a change.
Lines owners_of(const runtime::Change& change) {
  Lines out;
  for (const auto& object : {change.old_object, change.new_object})
    if (object)
      for (const auto& owner : (*object)["metadata"]["ownerReferences"].array()) out.push_back(owner["name"].str());
  return out;
}

}  // namespace

TEST_CASE_METHOD(StreamFixture, "15 an object that was deleted and made anew while nobody watched is a deletion and an add, and both owners hear of it") {
  server.put("a");
  server.objects["a"] = owned(server.objects["a"], "first", "1");
  start();
  Lines told;
  store.subscribe([&](const runtime::Change& change) {
    for (const auto& owner : owners_of(change)) told.push_back((change.new_object ? "+" : "-") + owner);
  });
  told.clear();
  oracle.take_story();
  server.last()->go_silent();
  server.recreate("a");
  server.objects["a"] = owned(server.objects["a"], "second", "2");
  SECTION("found by a relist") {
    server.compact();
    server.last()->break_after("");
  }
  SECTION("told as one update by a watch that missed the deletion") { server.last()->break_after(frame("MODIFIED", server.objects["a"])); }
  back_off();
  back_off();
  CHECK(oracle.take_story() == Lines{"-a", "+a"});
  CHECK(told == Lines{"-first", "+second"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "16 a deletion that was missed is found by the relist, and the object and its owner are told with the last known state") {
  server.put("a");
  server.objects["a"] = owned(server.objects["a"], "boss", "1");
  start();
  Lines told;
  store.subscribe([&](const runtime::Change& change) {
    if (change.new_object) return;
    told = owners_of(change);
    told.push_back(change.key.to_string());
  });
  server.last()->go_silent();
  server.remove("a");
  server.compact();
  SECTION("by a relist") { server.last()->break_after(""); }
  SECTION("by an event whose object cannot be read") {
    server.last()->break_after(R"({"type":"DELETED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"ns","uid":"uid-1",)"
                               R"("resourceVersion":"102"},"data":{"x":"\q"}}})"
                               "\n");
  }
  back_off();
  back_off();
  CHECK(told == Lines{"boss", "ns/a"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "17 after an hour of bookmarks alone the watch resumes from the last of them, though the first place is long forgotten") {
  start_with({"a"});
  for (int i = 0; i < 60; ++i) {
    loop.pass(1min);
    server.rv += 10;  // other resources of the server
    server.bookmark();
    loop.settle();
    if (i % 7 == 0) server.close_all();
    loop.settle();
  }
  server.compact();
  server.reset_all();
  server.put("b");
  back_off();
  CHECK(server.asked("list") + server.asked("stream") == 0);
  CHECK(oracle.take_story() == Lines{"+b"});
  check_equal();
}
