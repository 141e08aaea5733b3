#include "pkg/pivot/journal.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/names.h"
#include "pkg/providers/installed_set.h"

namespace slipway {
namespace {

using namespace pivot;

Journal sample() {
  Journal j;
  j.phase = Phase::Creating;
  j.id = "m1";
  j.writer = "abc";
  j.digest = "0011";
  j.scope = Scope{.ns = "a", .target_namespace = "z", .clusters = {{"a", "b"}, {"a", "c"}}};
  j.quiesced = true;
  j.planned = 41;
  j.created = 7;
  j.kept = 2;
  j.excluded = {{"not linked with any Cluster", 97}, {"provider inventory", 5}};
  j.pauses = {{"Cluster a/b", "true"}, {"Cluster a/c", "false"}};
  j.replicas = {{"capi-system/capi", 1}, {"x/y", -1}};
  j.policies = {{"validatingwebhookconfigurations/capi", {"a.example", "b.example"}}};
  j.writers = {{"Kustomization flux-system/clusters", "null"}, {"Application argocd/a", R"({"prune":true})"}};
  j.kinds = {secret_kind(), config_map_kind()};
  return j;
}

}  // namespace

TEST_CASE("a journal survives being written and read") {
  const auto object = encode(sample(), "tkg-system");
  REQUIRE(object);
  CHECK(kube::key_of(*object).to_string() == "tkg-system/slipway-move-m1");
  CHECK(is_machinery(config_map_kind(), *object));
  const auto read = decode(*object);
  REQUIRE(read);
  CHECK(*read == sample());
  CHECK(progress_of(*read).scope == "namespace a, landing in z, Clusters a/b, a/c");
  Journal older = sample();
  older.scope.reset();  // from before scopes were recorded
  CHECK(*decode(*encode(older, "ns")) == older);
}

TEST_CASE("what an installation keeps for its way back is about its own cluster, and no part of a move") {
  providers::Components set;
  set.type = "CoreProvider";
  set.name = "cluster-api";
  set.ns = "capi-system";
  const auto kept = providers::installed_set(set, "h");
  REQUIRE(kept);
  CHECK(is_machinery(secret_kind(), *kept));
  kube::Object other = *kept;
  other.ref({"metadata", "labels"}) = json::Object{};
  CHECK_FALSE(is_machinery(secret_kind(), other));
}

TEST_CASE("a journal that cannot be understood is refused by name") {
  auto object = *encode(sample(), "ns");
  const auto error = [&] { return decode(object).error(); };
  SECTION("another version") {
    object.ref({"data", "journal"}) = R"({"version": 2})";
    CHECK(error().message() ==
          "ConfigMap ns/slipway-move-m1 was written by another version of Slipway (journal version 2; this one reads 1): finish the move with that version");
  }
  SECTION("an unknown phase") { object.ref({"data", "phase"}) = "Sideways"; }
  SECTION("not JSON") { object.ref({"data", "journal"}) = "{"; }
  SECTION("no data") { object.erase("data"); }
  SECTION("wrong types") { object.ref({"data", "journal"}) = R"({"version": 1, "id": 5})"; }
  CHECK(error().is(Disposition::Terminal));
}

TEST_CASE("a journal that a ConfigMap cannot hold is refused before anything is touched") {
  Journal j = sample();
  for (int i = 0; i < 40'000; ++i) j.pauses.emplace("Cluster namespace/cluster-number-" + std::to_string(i), "true");
  const auto object = encode(j, "ns");
  REQUIRE_FALSE(object);
  CHECK(object.error().is(Disposition::Terminal));
}

TEST_CASE("phases have names that can be read back") {
  for (int i = 0; i < 12; ++i) CHECK(phase_from(to_string(static_cast<Phase>(i))) == static_cast<Phase>(i));
  CHECK_FALSE(phase_from("planned"));
}

}  // namespace slipway
