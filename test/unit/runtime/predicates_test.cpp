#include "pkg/runtime/predicates.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"

using namespace slipway;
using namespace slipway::runtime;

namespace {

ObjectPtr object(const std::function<void(kube::Object&)>& fill = {}) {
  kube::Object o = kube::make_object("v1", "ConfigMap", {"ns", "a"});
  o.ref({"metadata", "uid"}) = "u1";
  o.ref({"metadata", "resourceVersion"}) = "1";
  o.ref({"metadata", "generation"}) = 1;
  o.ref({"metadata", "labels", "tier"}) = "gold";
  if (fill) fill(o);
  return std::make_shared<const kube::Object>(std::move(o));
}
Change update(const ObjectPtr& before, const ObjectPtr& after) { return {{"ns", "a"}, before, after}; }
Change add(const ObjectPtr& o) { return {{"ns", "a"}, nullptr, o}; }
Change removal(const ObjectPtr& o) { return {{"ns", "a"}, o, nullptr}; }

}  // namespace

TEST_CASE("each predicate passes an update of what it is about, and every add and delete") {
  const auto before = object();
  struct Row {
    const char* field;
    Predicate predicate;
    ObjectPtr after;
  };
  for (const auto& row : {Row{"resourceVersion", resource_version_changed(), object([](auto& o) { o.ref({"metadata", "resourceVersion"}) = "2"; })},
                          Row{"generation", generation_changed(), object([](auto& o) { o.ref({"metadata", "generation"}) = 2; })},
                          Row{"labels", labels_changed(), object([](auto& o) { o.ref({"metadata", "labels", "tier"}) = "tin"; })},
                          Row{"annotations", annotations_changed(), object([](auto& o) { o.ref({"metadata", "annotations", "x"}) = "y"; })}}) {
    INFO(row.field);
    CHECK(row.predicate(update(before, row.after)));
    CHECK_FALSE(row.predicate(update(before, object([](auto& o) { o.ref({"data", "k"}) = "v"; }))));
    CHECK(row.predicate(add(before)));
    CHECK(row.predicate(removal(before)));
  }
}

TEST_CASE("a property's hash tells a change without the old state, an object with the same name anew, and forgets what is deleted") {
  const auto predicate = property_changed([](const kube::Object& o) { return fnv1a(o["data"]["k"].as_string()); });
  const auto one = object([](auto& o) { o.ref({"data", "k"}) = "1"; });
  const auto two = object([](auto& o) { o.ref({"data", "k"}) = "2"; });
  const auto other = object([](auto& o) { o.ref({"data", "k"}) = "2", o.ref({"metadata", "uid"}) = "u2"; });
  CHECK(predicate(add(one)));
  CHECK_FALSE(predicate(update(nullptr, one)));
  CHECK(predicate(update(nullptr, two)));
  CHECK(predicate(update(two, other)));
  CHECK(predicate(removal(other)));
  CHECK(predicate(add(other)));
}

TEST_CASE("label selectors match as Kubernetes does") {
  const auto gold = add(object());
  const auto plain = add(object([](auto& o) { o.ref("metadata").erase("labels"); }));
  struct Row {
    const char* selector;
    bool gold;
    bool plain;
  };
  for (const auto& row :
       {Row{"", true, true}, Row{"tier=gold", true, false}, Row{"tier == gold", true, false}, Row{"tier!=gold", false, true}, Row{"tier", true, false},
        Row{"!tier", false, true}, Row{"tier in (tin, gold)", true, false}, Row{"tier notin (tin,gold)", false, true}, Row{"tier=gold,!other", true, false},
        Row{"tier=gold,other", false, false}, Row{"tier=", false, false}}) {
    INFO(row.selector);
    const auto predicate = matches(row.selector);
    REQUIRE(predicate);
    CHECK((*predicate)(gold) == row.gold);
    CHECK((*predicate)(plain) == row.plain);
  }
  for (const auto* bad : {"tier=gold,", ",", "tier within (a)", "tier in (a", "a b", "tier=go(ld", "=x", "tier=g$ld"}) {
    INFO(bad);
    CHECK_FALSE(matches(bad));
  }
}

TEST_CASE("predicates compose") {
  const Predicate yes = [](const Change&) { return true; };
  const Predicate no = [](const Change&) { return false; };
  const auto c = add(object());
  CHECK(all_of({yes, yes})(c));
  CHECK_FALSE(all_of({yes, no})(c));
  CHECK(any_of({no, yes})(c));
  CHECK_FALSE(any_of({no, no})(c));
  CHECK(none_of(no)(c));
  CHECK(all_of({})(c));
  CHECK_FALSE(any_of({})(c));
}
