// The format of a backup as values: names, seals, the manifest, and what an object looks like in a file.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/seal.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/pivot/names.h"
#include "test/unit/pivot/backups.h"

namespace slipway {
namespace {

using namespace test;
using namespace pivot::detail;
using Catch::Matchers::ContainsSubstring;
using pivot::Kind;
using pivot::SealingKey;

Kind kind_of(const std::string& group, const std::string& kind, bool namespaced = true) {
  return {.gvr = {group, "v1beta1", "things", namespaced}, .kind = kind};
}

Manifest small_manifest() {
  Manifest m;
  m.id = "b1";
  m.created = "2026-01-01T00:00:00Z";
  m.cluster = "uid-of-kube-system";
  m.providers.push_back({"CoreProvider", "cluster-api", "v1.9.0", "cluster-api"});
  m.namespaces.emplace("default", json::Object{{"a", "b"}});
  m.kinds.push_back(kind_of("cluster.x-k8s.io", "Cluster"));
  m.excluded.emplace("being deleted", 2);
  Entry e;
  e.key = {"default", "c1"};
  e.file = file_of(m.kinds[0], e.key);
  e.digest = "sha256:" + std::string(64, 'a');
  e.uid = "uid-1";
  e.paused = "true";
  m.entries.push_back(e);
  return m;
}

// The sentence of a manifest in which one string was replaced by another.
std::string refusal(const std::string& from, const std::string& to) {
  std::string text = encode(small_manifest());
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto read = decode_manifest(text);
  return read ? "accepted" : read.error().message();
}

}  // namespace

TEST_CASE("D10: a file's name has the API group, so that kinds of one name in two groups do not meet") {
  CHECK(file_of(kind_of("cluster.x-k8s.io", "Cluster"), {"default", "c1"}) == "cluster.x-k8s.io/Cluster/default/c1.json");
  CHECK(file_of(kind_of("other.example.org", "Cluster"), {"default", "c1"}) == "other.example.org/Cluster/default/c1.json");
  CHECK(file_of(pivot::secret_kind(), {"default", "c1-ca"}) == "core/Secret/default/c1-ca.json");
  CHECK(file_of(kind_of("infrastructure.cluster.x-k8s.io", "Identity", false), {"", "tkg"}) == "infrastructure.cluster.x-k8s.io/Identity/_cluster/tkg.json");
}

TEST_CASE("no name leads out of the backup, and long ones are cut to different files") {
  const Kind kind = kind_of("a.b", "K");
  CHECK(file_of(kind, {"..", "../../etc/passwd"}) == "a.b/K/%2E./%2E.%2F..%2Fetc%2Fpasswd.json");
  CHECK(file_of(kind, {"n", ".hidden"}) == "a.b/K/n/%2Ehidden.json");
  const std::string a = file_of(kind, {"n", std::string(252, 'x') + "a"}), b = file_of(kind, {"n", std::string(252, 'x') + "b"});
  CHECK(a != b);
  CHECK(a.size() < 255);
}

TEST_CASE("what is sealed opens with its key under its name, at any length") {
  const auto sealer = Sealer::fresh(raw_key());
  REQUIRE(sealer.has_value());
  for (const std::size_t n : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 200000UL}) {
    const std::string plain(n, 'p');
    const auto sealed = sealer->seal("a/b", plain);
    REQUIRE(sealed.has_value());
    CHECK(is_sealed(*sealed));
    CHECK_FALSE(sealed->contains("pppp"));
    const auto again = Sealer::of(raw_key(), *sealed, "x");
    REQUIRE(again.has_value());
    CHECK(again->open("a/b", *sealed) == plain);
    CHECK_FALSE(again->open("a/c", *sealed).has_value());
  }
}

TEST_CASE("a sealed file does not open when a bit is flipped, or it is cut, or its parts change places") {
  const auto sealer = Sealer::fresh(raw_key());
  std::string plain;
  for (int i = 0; i < 40000; ++i) plain += std::to_string(i);
  const std::string sealed = *sealer->seal("n", plain);
  REQUIRE(sealer->open("n", sealed) == plain);
  for (std::size_t at = 0; at < sealed.size(); at += at < 120 ? 1 : 997) {
    std::string flipped = sealed;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    INFO("byte " << at);
    CHECK_FALSE(sealer->open("n", flipped).has_value());
    CHECK_FALSE(sealer->open("n", sealed.substr(0, at)).has_value());
  }
  constexpr std::size_t kHeader = 81, kChunk = 65536 + 16;
  CHECK_FALSE(sealer->open("n", sealed.substr(0, kHeader + kChunk)).has_value());  // at the edge of a chunk
  std::string swapped = sealed;
  std::swap_ranges(swapped.begin() + kHeader, swapped.begin() + kHeader + kChunk, swapped.begin() + kHeader + kChunk);
  CHECK_FALSE(sealer->open("n", swapped).has_value());
}

TEST_CASE("another key is told from a damaged file, and a file of another backup from both") {
  const auto sealer = Sealer::fresh(raw_key());
  const std::string sealed = *sealer->seal("n", "text");
  std::string other(32, '\x01');
  CHECK_THAT(Sealer::of(*SealingKey::from_bytes(other), sealed, "m").error().message(), ContainsSubstring("m was sealed with another key"));
  CHECK_THAT(Sealer::of(*SealingKey::from_bytes("a passphrase of words"), sealed, "m").error().message(),
             ContainsSubstring("was sealed with a key of 32 bytes"));
  CHECK_THAT(Sealer::fresh(raw_key())->open("n", sealed).error().message(), ContainsSubstring("belongs to another backup"));
}

TEST_CASE("a passphrase is text of 12 bytes and more, and the line break behind it does not count") {
  const auto key = SealingKey::from_bytes("correct horse battery\n");
  REQUIRE(key.has_value());
  CHECK(key->is_passphrase());
  const std::string sealed = *Sealer::fresh(*key)->seal("n", "text");
  CHECK(Sealer::of(*SealingKey::from_bytes("correct horse battery"), sealed, "m")->open("n", sealed) == "text");
  CHECK_FALSE(Sealer::of(*SealingKey::from_bytes("correct horse batterx"), sealed, "m").has_value());
  CHECK_THAT(SealingKey::from_bytes("hunter2").error().message(), ContainsSubstring("12 to 1024 bytes"));
  CHECK_FALSE(SealingKey::from_bytes("hunter2").error().message().contains("hunter2"));
  CHECK_THAT(SealingKey::from_bytes(std::string(31, '\0')).error().message(), ContainsSubstring("32 random bytes"));
}

TEST_CASE("a manifest reads as it was written") {
  const Manifest m = small_manifest();
  const auto read = decode_manifest(encode(m));
  REQUIRE(read.has_value());
  CHECK(encode(*read) == encode(m));
  CHECK(read->entries[0].paused == "true");
  CHECK(read->kinds == m.kinds);
}

TEST_CASE("a manifest that no save writes is refused, with the place") {
  CHECK_THAT(refusal("backup/v1", "backup/v2"), ContainsSubstring("another format"));
  CHECK_THAT(refusal("cluster.x-k8s.io/Cluster/default/c1.json", "../../c1.json"), ContainsSubstring("objects[0].file"));
  CHECK_THAT(refusal("\"name\": \"c1\"", "\"name\": \"../c1\""), ContainsSubstring("objects[0].name"));
  CHECK_THAT(refusal("\"namespace\": \"default\"", "\"namespace\": \"\""), ContainsSubstring("objects[0].namespace"));
  CHECK_THAT(refusal("\"bytes\": 0", "\"bytes\": -5"), ContainsSubstring("objects[0].bytes"));
  CHECK_THAT(refusal("\"kind\": 0", "\"kind\": 7"), ContainsSubstring("objects[0].kind"));
  CHECK_THAT(refusal("sha256:aa", "sha256:zz"), ContainsSubstring("objects[0].sha256"));
  CHECK_THAT(refusal("\"uid-1\"", "7"), ContainsSubstring("objects[0].uid"));
  CHECK_THAT(refusal("\"cluster.x-k8s.io\"", "\"\""), ContainsSubstring("kinds[0] is of no kind"));
  CHECK_THAT(refusal("\"id\"", "\"format\""), ContainsSubstring("is no JSON"));  // a key twice
  CHECK_THAT(refusal("b1", "b\xff"), ContainsSubstring("is no JSON"));
}

TEST_CASE("a saved object is as its user has it: without our pause, without what a server sets, with its managedFields from before") {
  const Kind cluster{.gvr = kube::res::kClusters, .kind = "Cluster"};
  kube::Object object = kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {"default", "c1"});
  object.ref("metadata").set("uid", "u");
  object.ref("metadata").set("resourceVersion", "7");
  object.ref("status").set("phase", "Provisioned");
  for (const auto* manager : {"capi", "slipway-move"}) object.ref({"metadata", "managedFields"}).push_back(json::Object{{"manager", manager}});
  object.ref({"metadata", "annotations"}).set(pivot::kPauseToken, "b1");
  object.ref({"spec", "paused"}) = true;
  SECTION("not set by its user") {
    const kube::Object saved = saved_object(cluster, object, "b1", "");
    CHECK(json::dump_canonical(saved) == R"({"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"Cluster","metadata":{"managedFields":[{"manager":"capi"}],)"
                                         R"("name":"c1","namespace":"default","uid":"u"},"spec":{}})");
  }
  SECTION("set to false by its user") { CHECK_FALSE(saved_object(cluster, object, "b1", "false")["spec"]["paused"].as_bool(true)); }
  SECTION("paused by its user") {
    object.find_mut("metadata")->erase("annotations");
    CHECK(saved_object(cluster, object, "b1", "true")["spec"]["paused"].as_bool());
  }
}

}  // namespace slipway
