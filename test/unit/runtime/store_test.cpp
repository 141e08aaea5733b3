#include "pkg/runtime/store.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::runtime;

namespace {

kube::Object object(std::string_view name, std::string_view rv, std::string_view uid = "u", std::string_view color = "") {
  kube::Object o = kube::make_object("v1", "Thing", {"ns", std::string(name)});
  json::Value& metadata = o.ref("metadata");
  metadata.set("resourceVersion", rv);
  metadata.set("uid", uid);
  if (!color.empty()) o.ref({"spec", "color"}) = color;
  return o;
}

// "+a -b ~c" as handlers saw it.
struct Log {
  std::string text;
  void attach(Store& store) {
    store.subscribe([this](const Change& c) {
      text += !c.old_object ? "+" : !c.new_object ? "-" : "~";
      text += c.key.name;
    });
  }
  std::string take() { return std::exchange(text, {}); }
};

std::vector<kube::Object> objects(std::initializer_list<kube::Object> list) { return {list}; }

}  // namespace

TEST_CASE("a replacement tells deletions first, then updates and adds, and shows the new world to handlers") {
  Store store;
  Log log;
  log.attach(store);
  store.replace(objects({object("a", "1"), object("b", "1"), object("c", "1")}), "1");
  CHECK(log.take() == "+a+b+c");
  std::size_t seen = 0;
  store.subscribe([&](const Change& c) {
    if (!c.new_object) seen = store.size();
  });
  store.replace(objects({object("b", "1"), object("c", "2"), object("d", "2")}), "2");
  CHECK(log.take() == "-a~c+d");
  CHECK(seen == 3);
  CHECK(store.resource_version() == "2");
}

TEST_CASE("an object that is the same stays the same pointer and tells nobody") {
  Store store;
  store.replace(objects({object("a", "1")}), "1");
  const auto before = store.get({"ns", "a"});
  Log log;
  log.attach(store);
  log.take();
  store.replace(objects({object("a", "1")}), "5");
  store.upsert(object("a", "1"));
  CHECK(store.get({"ns", "a"}) == before);
  CHECK(log.take().empty());
}

TEST_CASE("the same name with another UID is a delete and an add") {
  Store store;
  store.replace(objects({object("a", "1", "old"), object("b", "1", "old")}), "1");
  std::vector<Change> changes;
  store.subscribe([&](const Change& c) { changes.push_back(c); });
  changes.clear();
  store.upsert(object("a", "2", "new"));
  REQUIRE(changes.size() == 2);
  CHECK(kube::uid_of(*changes.at(0).old_object) == "old");
  CHECK_FALSE(changes.at(0).new_object);
  CHECK_FALSE(changes.at(1).old_object);
  Log log;
  log.attach(store);
  log.take();
  store.replace(objects({object("a", "2", "new"), object("b", "3", "new")}), "3");
  CHECK(log.take() == "-b+b");
}

TEST_CASE("a delete carries its last state, and an older incarnation's delete is ignored") {
  Store store;
  store.replace(objects({object("a", "5", "new")}), "5");
  std::vector<Change> changes;
  store.subscribe([&](const Change& c) { changes.push_back(c); });
  changes.clear();
  store.erase(object("a", "3", "old"));
  CHECK(changes.empty());
  store.erase(object("a", "9", "new", "red"));
  REQUIRE(changes.size() == 1);
  CHECK((*changes.at(0).old_object)["spec"]["color"].as_string() == "red");
  store.erase(object("a", "10", "new"));
  CHECK(changes.size() == 1);
}

TEST_CASE("indexes follow adds, updates and deletes, and index what is there already") {
  Store store;
  store.replace(objects({object("a", "1", "u", "red"), object("b", "1", "u", "blue")}), "1");
  store.add_index("color", [](const kube::Object& o) { return std::vector<std::string>{o["spec"]["color"].str()}; });
  CHECK(store.by_index("color", "red").size() == 1);
  store.upsert(object("b", "2", "u", "red"));
  CHECK(store.by_index("color", "red").size() == 2);
  CHECK(store.by_index("color", "blue").empty());
  store.erase(object("a", "3", "u", "green"));  // last state differs from what was indexed
  CHECK(store.by_index("color", "red").size() == 1);
  CHECK(store.by_index("nope", "red").empty());
}

TEST_CASE("lists are by namespace, and odd objects are not kept") {
  Store store;
  auto other = object("z", "1");
  other.ref("metadata").set("namespace", "ns2");
  store.replace(objects({object("a", "1"), other, json::Value(json::Object{})}), "1");
  CHECK(store.size() == 2);
  CHECK(store.list("ns").size() == 1);
  CHECK(store.list("n").empty());
  store.upsert(json::Value());
  CHECK(store.size() == 2);
}

TEST_CASE("who waits for the first sync is told once, after the adds") {
  Store store;
  Log log;
  log.attach(store);
  store.on_synced([&] { log.text += "!"; });
  store.replace(objects({object("a", "1")}), "1");
  store.replace({}, "2");
  CHECK(log.take() == "+a!-a");
  store.on_synced([&] { log.text += "now"; });
  CHECK(log.take() == "now");
}

TEST_CASE("objects are frozen, and the store knows what they cost") {
  Store store;
  store.replace({object("a", "1", "1"), object("b", "2", "2")}, "5");
  const std::size_t two = store.bytes();
  CHECK(two > 0);
  store.erase(object("a", "6", "1"));
  CHECK(store.bytes() < two);
  store.reset(Contents(), "7");
  CHECK(store.bytes() == 0);
}

TEST_CASE("a deletion of which only the key is known hands out the cached state") {
  Store store;
  store.replace({object("a", "1", "1")}, "5");
  ObjectPtr last;
  store.subscribe([&](const Change& change) {
    if (!change.new_object) last = change.old_object;
  });
  store.forget({"ns", "a"});
  store.forget({"ns", "unknown"});
  REQUIRE(last);
  CHECK(kube::resource_version_of(*last) == "1");
  CHECK(store.size() == 0);
}

TEST_CASE("an index of values that come and go keeps no empty ones, and a value that stays is not touched") {
  Store store;
  store.add_index("labels", [](const kube::Object& o) {
    std::vector<std::string> out;
    for (const auto& member : o["metadata"]["labels"].object()) out.push_back(member.key + "=" + member.value.str());
    return out;
  });
  auto o = object("a", "1", "1");
  o.ref({"metadata", "labels", "x"}) = "1";
  o.ref({"metadata", "labels", "y"}) = "1";
  store.upsert(o);
  o.ref({"metadata", "labels", "y"}) = "2";
  o.ref({"metadata", "resourceVersion"}) = "2";
  store.upsert(o);
  CHECK(store.by_index("labels", "x=1").size() == 1);
  CHECK(kube::resource_version_of(*store.by_index("labels", "x=1").front()) == "2");
  CHECK(store.by_index("labels", "y=1").empty());
  CHECK(store.by_index("labels", "y=2").size() == 1);
}
