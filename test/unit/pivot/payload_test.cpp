#include "pkg/pivot/payload.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/limiter.h"
#include "pkg/pivot/names.h"
#include "test/unit/pivot/world.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;

const Kind kClusterKind = *kind_of_crd(make_crd({"cluster.x-k8s.io", "Cluster", "clusters"}));
const Kind kClassKind = *kind_of_crd(make_crd({"cluster.x-k8s.io", "ClusterClass", "clusterclasses"}));

Object parsed(const char* text) {
  auto v = json::parse(text);
  REQUIRE(v);
  return std::move(*v);
}

Object source() {
  return parsed(R"({"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "metadata": {"name": "c", "namespace": "n", "generateName": "c-", "uid": "s1",
    "resourceVersion": "7", "generation": 3, "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"a": "b"}, "annotations": {"keep": "me"}, "finalizers": ["f"],
    "ownerReferences": [{"apiVersion": "x/v1", "kind": "X", "name": "x", "uid": "s0", "controller": true}, {"apiVersion": "x/v1", "kind": "X", "name": "y", "uid": "stale"}],
    "managedFields": [{"manager": "user", "operation": "Apply"}, {"manager": "slipway-move", "operation": "Update"}]},
    "spec": {"topology": {"class": "k"}}, "status": {"phase": "Provisioned"}})");
}

CopyOptions options() {
  return {.move_id = "m", .scope = {}, .target_uid = [](std::string_view uid) { return uid == "s0" ? std::optional<std::string>("t0") : std::nullopt; }};
}

}  // namespace

TEST_CASE("a copy has what its user wrote, owners on the target, our marks, and is paused") {
  const Object copy = copy_for_target(kClusterKind, source(), options());
  CHECK(
      json::dump_canonical(copy) ==
      R"({"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"Cluster","metadata":{"annotations":{"keep":"me","slipway.dev/managed-fields":)"
      R"("[{\"manager\":\"user\",\"operation\":\"Apply\"}]","slipway.dev/move-id":"m","slipway.dev/paused-by-move":"m","slipway.dev/source-uid":"s1"},)"
      R"("finalizers":["f"],"labels":{"a":"b"},"name":"c","namespace":"n","ownerReferences":[{"apiVersion":"x/v1","controller":true,"kind":"X","name":"x","uid":"t0"}]},)"
      R"("spec":{"paused":true,"topology":{"class":"k"}}})");
}

TEST_CASE("status travels where it is no subresource, and a kept object says so") {
  Kind kind = kClusterKind;
  kind.has_status = false;
  CopyOptions kept = options();
  kept.kept_on_source = true;
  const Object copy = copy_for_target(kind, source(), kept);
  CHECK(copy["status"]["phase"].as_string() == "Provisioned");
  CHECK(kube::annotation(copy, kKeptOnSource) == "true");
}

TEST_CASE("a pause of the user's is copied as it is, without our token") {
  Object cluster = source();
  cluster.ref({"spec", "paused"}) = true;
  CHECK(kube::annotation(copy_for_target(kClusterKind, cluster, options()), kPauseToken).empty());
  Object cc = parsed(R"({"metadata": {"name": "k", "uid": "u", "annotations": {"cluster.x-k8s.io/paused": "by me"}}, "spec": {}})");
  const Object copy = copy_for_target(kClassKind, cc, options());
  CHECK(kube::annotation(copy, kPausedAnnotation) == "by me");
  CHECK(kube::annotation(copy, kPauseToken).empty());
}

TEST_CASE("an original and its copy compare as equal, through pause, marks and server fields") {
  const Object copy = copy_for_target(kClusterKind, source(), options());
  CHECK(comparable(kClusterKind, copy) == comparable(kClusterKind, source()));
  Object other = copy;
  SECTION("a default of the target's does not count") {
    other.ref({"spec", "added"}) = true;
    CHECK(covers(comparable(kClusterKind, other), comparable(kClusterKind, source())));
  }
  SECTION("a change does, and is named without its value") {
    other.ref({"spec", "topology", "class"}) = "other";
    CHECK(first_difference(comparable(kClusterKind, other), comparable(kClusterKind, source())) == "spec.topology.class");
  }
  SECTION("a label that is missing does") {
    other.find_mut("metadata")->erase("labels");
    CHECK(first_difference(comparable(kClusterKind, other), comparable(kClusterKind, source())) == "metadata.labels");
  }
}

TEST_CASE("a class that we paused compares as the one that its user left alone, one that its user paused does not") {
  const Object original = parsed(R"({"metadata": {"name": "k", "uid": "u"}, "spec": {}})");
  const Object copy = copy_for_target(kClassKind, original, options());
  CHECK(kube::annotation(copy, kPauseToken) == "m");
  CHECK(comparable(kClassKind, copy) == comparable(kClassKind, original));
  const Object paused = parsed(R"({"metadata": {"name": "k", "annotations": {"cluster.x-k8s.io/paused": ""}}, "spec": {}})");
  CHECK_FALSE(covers(comparable(kClassKind, copy), comparable(kClassKind, paused)));
}

TEST_CASE("one patch finalizes a copy: marks off, managedFields back, the user's pause state") {
  Object copy = copy_for_target(kClusterKind, source(), options());
  copy.ref({"metadata", "uid"}) = "t1";
  const auto finalized = [&](std::string_view state) {
    Object object = copy;
    json::merge_patch(object, finalize_patch(kClusterKind, copy, state));
    return object;
  };
  const Object plain = finalized("");
  CHECK_FALSE(plain["spec"].contains("paused"));
  CHECK(json::dump(plain["metadata"]["annotations"]) == R"({"keep":"me"})");
  CHECK(json::dump(plain["metadata"]["managedFields"]) == R"([{"manager":"user","operation":"Apply"}])");
  CHECK(finalized("false")["spec"]["paused"] == json::Value(false));
  CHECK(finalized("true")["spec"]["paused"] == json::Value(true));
}

TEST_CASE("an empty list of managedFields is written as one empty entry, which servers take as none") {
  CHECK(json::dump(managed_fields_patch("u", json::Value(json::Array()))) == R"({"metadata":{"uid":"u","managedFields":[{}]}})");
}

TEST_CASE("managedFields that are too long for an annotation are not carried in one") {
  Object object = source();
  object.ref({"metadata", "managedFields"}).push_back(json::Object{{"manager", std::string(220'000, 'x')}});
  CHECK_FALSE(marks_fit(object));
  CHECK(kube::annotation(copy_for_target(kClusterKind, object, options()), kManagedFields).empty());
}

TEST_CASE("the limiter halves once an overload and grows back by one a round") {
  Limiter limiter(16);
  const Error busy(Disposition::TooManyRequests, "busy");
  const std::size_t generation = limiter.generation();
  limiter.failed(busy, generation);
  limiter.failed(busy, generation);  // was under way when it was halved
  CHECK(limiter.limit() == 4);
  for (int i = 0; i < 5; ++i) limiter.succeeded();
  CHECK(limiter.limit() == 5);
  for (int i = 0; i < 100; ++i) limiter.succeeded();
  CHECK(limiter.limit() == 8);
  for (int i = 0; i < 10; ++i) limiter.failed(busy, limiter.generation());
  CHECK(limiter.limit() == 1);
  limiter.failed(Error(Disposition::Forbidden, "no"), limiter.generation());
  CHECK(limiter.limit() == 1);
}

TEST_CASE("the limiter grows above the usual while calls take no longer than alone, and no further once they queue") {
  Limiter limiter(64);
  for (int i = 0; i < 20; ++i) limiter.succeeded(std::chrono::milliseconds(22));
  CHECK(limiter.limit() == 18);
  for (int i = 0; i < 20; ++i) limiter.succeeded(std::chrono::milliseconds(200));
  const std::size_t queued = limiter.limit();
  for (int i = 0; i < 20; ++i) limiter.succeeded(std::chrono::milliseconds(200));
  CHECK(limiter.limit() == queued);
  CHECK(queued < 22);
  for (int i = 0; i < 500; ++i) limiter.succeeded(std::chrono::milliseconds(22));
  CHECK(limiter.limit() == 64);
}

}  // namespace slipway
