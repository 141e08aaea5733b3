#include "pkg/kubesim/storage.h"

#include <catch2/catch_test_macros.hpp>

namespace slipway::kubesim {
namespace {

const GroupResource kPods{"", "pods"};
const GroupResource kNodes{"", "nodes"};

kube::Object pod(std::string_view name, int n = 0) { return json::Object{{"metadata", json::Object{{"name", name}}}, {"n", n}}; }

}  // namespace

TEST_CASE("every write raises the one revision and stamps the object with it") {
  Storage s(10);
  const auto a = s.put(kPods, {"x", "a"}, pod("a"));
  const auto b = s.put(kNodes, {"", "b"}, pod("b"));
  CHECK(kube::resource_version_of(*a) == "2");
  CHECK(kube::resource_version_of(*b) == "3");
  CHECK(s.revision() == 3);
  const auto gone = s.remove(kPods, {"x", "a"});
  CHECK(kube::resource_version_of(*gone) == "4");
  CHECK(s.get(kPods, {"x", "a"}) == nullptr);
  CHECK(s.remove(kPods, {"x", "a"}) == nullptr);
}

TEST_CASE("a past state is the present one with later changes undone") {
  Storage s(10);
  static_cast<void>(s.put(kPods, {"x", "a"}, pod("a", 1)));
  static_cast<void>(s.put(kPods, {"x", "b"}, pod("b", 1)));
  const auto then = s.revision();
  static_cast<void>(s.put(kPods, {"x", "a"}, pod("a", 2)));
  static_cast<void>(s.remove(kPods, {"x", "b"}));
  static_cast<void>(s.put(kPods, {"x", "c"}, pod("c", 1)));
  const auto past = s.objects_at(kPods, then);
  REQUIRE(past);
  CHECK(past->size() == 2);
  CHECK((*past->at({"x", "a"}))["n"].as_int() == 1);
  CHECK(past->contains({"x", "b"}));
  CHECK(!s.objects_at(kPods, s.revision() + 1));
}

TEST_CASE("changes come in order, and a history that does not reach back says from where it does") {
  Storage s(3);
  for (int i = 0; i < 5; ++i) static_cast<void>(s.put(kPods, {"x", "a"}, pod("a", i)));
  const auto recent = s.changes_after(kPods, 4, 10);
  REQUIRE(recent);
  REQUIRE(recent->size() == 2);
  CHECK(recent->front().revision == 5);
  CHECK(recent->front().type == ChangeType::Modified);
  const auto old = s.changes_after(kPods, 1, 10);
  REQUIRE(!old);
  CHECK(old.error() == 3);
  CHECK(!s.objects_at(kPods, 1));
}

TEST_CASE("compaction forgets all history") {
  Storage s(10);
  static_cast<void>(s.put(kPods, {"x", "a"}, pod("a")));
  s.compact();
  CHECK(!s.changes_after(kPods, 1, 10));
  CHECK(!s.changes_after(kNodes, 1, 10));
  CHECK(s.changes_after(kPods, 2, 10));
}

}  // namespace slipway::kubesim
