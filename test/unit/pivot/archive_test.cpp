// Backups of the reference world, and restores of them: what they hold, what they refuse, and what they leave behind.
#include "pkg/pivot/detail/archive.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sys/stat.h>

#include "test/unit/pivot/backups.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

void flip(const fs::path& path, std::size_t at) {
  std::string bytes = read_bytes(path);
  REQUIRE(at < bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  write_bytes(path, bytes);
}

json::Value annotation(const std::string& key, json::Value value) {
  json::Value patch;
  patch.ref({"metadata", "annotations"}).set(key, std::move(value));
  return patch;
}

const std::string kBlock = "clusterctl.cluster.x-k8s.io/block-move";

}  // namespace

TEST_CASE_METHOD(QuietMove, "a backup of 145 objects holds what a move would move, leaves the source as it was, and restores whole") {
  TwoSides sides(with_user_pauses(reference_world()));
  const Folder folder;
  const bool plain = GENERATE(false, true), archive = GENERATE(false, true);
  const pivot::Place sealed_place = archive ? sealed_archive(folder / "a") : sealed_directory(folder / "d");
  const pivot::Place place = !plain ? sealed_place : archive ? plain_archive(folder / "a.tar.gz") : plain_directory(folder / "d");
  const auto saved = save(sides, place);
  if (!saved) FAIL(saved.error().message());
  CHECK(saved->objects == 45);
  check_saved(sides);
  const auto backup = pivot::inspect(place);
  REQUIRE(backup.has_value());
  CHECK(backup->id == "b1");
  CHECK(backup->sealed == !plain);
  CHECK(backup->cluster == kube::uid_of(sides.get(sides.source, kube::res::kNamespaces, {"", "kube-system"})));
  CHECK(print(backup->plan, pivot::Fate::Move) == print(sides.plan, pivot::Fate::Move));
  CHECK(print(backup->plan, pivot::Fate::Keep) == print(sides.plan, pivot::Fate::Keep));
  const auto done = restore(sides, place);
  if (!done) FAIL(done.error().message());
  CHECK(done->phase == pivot::Phase::Completed);
  CHECK(done->verified == done->planned);
  check_restored(sides);
  sides.budget = std::make_shared<Budget>();
  CHECK(restore(sides, place)->phase == pivot::Phase::Completed);  // again: nothing to do
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "only its owner may look into a backup, names are readable, Secrets are not") {
  TwoSides sides(reference_world());
  const Folder folder;
  must_save(sides, sealed_directory(folder / "d"));
  struct stat about{};
  REQUIRE(::stat((folder / "d").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
  const auto files = files_below(folder / "d");
  CHECK(files.size() == 44);  // and the manifest
  CHECK(std::ranges::find(files, folder / "d/cluster.x-k8s.io/Cluster/tkg-system/tkg-mgmt-vc.json.sealed") != files.end());
  for (const auto& file : files) {
    INFO(file.string());
    REQUIRE(::stat(file.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777U) == 0600U);
    CHECK_FALSE(read_bytes(file).contains("metadata"));
  }
}

TEST_CASE_METHOD(QuietMove, "a place may be named by a link or with a slash at its end, and sealed with a passphrase from a file") {
  TwoSides sides(small_world());
  const Folder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  write_bytes(folder / "key", "correct horse battery staple\n");
  fs::create_symlink("key", folder / "mounted");
  const auto key = pivot::SealingKey::from_file((folder / "mounted").string());
  if (!key) FAIL(key.error().message());
  must_save(sides, {.path = (folder / "link").string() + "/", .form = pivot::Place::Form::Directory, .key = *key, .unencrypted = false});
  const auto done = restore(sides, {.path = (folder / "real").string(), .form = pivot::Place::Form::Directory, .key = *key, .unencrypted = false});
  if (!done) FAIL(done.error().message());
  check_restored(sides);
  CHECK_THAT(pivot::SealingKey::from_file((folder / "none").string()).error().message(), ContainsSubstring("key file"));
}

TEST_CASE_METHOD(QuietMove, "D10: two kinds of one name in two groups both come back") {
  World world = small_world();
  for (const auto* group : {"a.example.org", "b.example.org"})
    world.crds.push_back({group, "Widget", "widgets", true, {"v1"}, {"clusterctl.cluster.x-k8s.io", "clusterctl.cluster.x-k8s.io/move"}});
  TwoSides sides(world);
  const Folder folder;
  for (const auto* group : {"a.example.org", "b.example.org"}) {
    Object widget = kube::make_object(std::string(group) + "/v1", "Widget", {kSystem, "w"});
    widget.ref({"spec", "of"}) = group;
    REQUIRE(sides.loop.run(sides.source->create({group, "v1", "widgets", true}, widget, {})).has_value());
  }
  must_save(sides, plain_directory(folder / "d"));
  const auto done = restore(sides, plain_directory(folder / "d"));
  if (!done) FAIL(done.error().message());
  for (const auto* group : {"a.example.org", "b.example.org"})
    CHECK(sides.get(sides.target, {group, "v1", "widgets", true}, {kSystem, "w"})["spec"]["of"].as_string() == group);
}

TEST_CASE_METHOD(QuietMove, "D5: a save waits for block-move, set at any time") {
  TwoSides sides(small_world());
  const Folder folder;
  const auto machines = sides.gvr_of("Machine");
  std::string machine;
  for (const auto& o : sides.plan.objects)
    if (o.kind == "Machine") machine = o.key.name;
  SECTION("and saves once it is taken off") {
    sides.patch(sides.source, "Machine", {kSystem, machine}, annotation(kBlock, ""));
    after_first(sides, "source patch clusters", patching(sides.source, machines, {kSystem, machine}, annotation(kBlock, nullptr)));
    must_save(sides, sealed_directory(folder / "d"));
    sides.budget = std::make_shared<Budget>();
    CHECK(restore(sides, sealed_directory(folder / "d")).has_value());
    CHECK_FALSE(sides.get(sides.target, machines, {kSystem, machine})["metadata"]["annotations"].contains(kBlock));
  }
  SECTION("and gives up in the end, with the source unpaused") {
    after_first(sides, "source patch clusters", patching(sides.source, machines, {kSystem, machine}, annotation(kBlock, "")));
    const auto saved = save(sides, sealed_directory(folder / "d"));
    REQUIRE_FALSE(saved.has_value());
    CHECK_THAT(saved.error().message(), ContainsSubstring("waiting for Machine " + kSystem + "/" + machine + " to stand still: annotation " + kBlock));
    sides.patch(sides.source, "Machine", {kSystem, machine}, annotation(kBlock, nullptr));
    CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, {kSystem, kCluster})["spec"].contains("paused"));
    CHECK(sides.get(sides.source, kube::res::kConfigMaps, {"slipway-system", "slipway-move-b1"}).is_null());
  }
}

TEST_CASE_METHOD(QuietMove, "a backup in which anything was changed is refused, with the file's name and before the first write") {
  TwoSides sides(small_world());
  const Folder folder;
  const fs::path root = folder / "d";
  const bool sealed = GENERATE(true, false);
  const pivot::Place place = sealed ? sealed_directory(root) : plain_directory(root);
  must_save(sides, place);
  for (const auto& file : files_below(root)) {
    const std::string bytes = read_bytes(file);
    const std::string name = file.filename().string();
    const bool manifest = name.starts_with("MANIFEST");
    INFO(name);
    flip(file, bytes.size() / 2);
    CHECK_THAT(refusal(sides, place), ContainsSubstring(manifest ? "MANIFEST.json" : file.stem().stem().string()));
    write_bytes(file, bytes.substr(0, bytes.size() - 2));
    CHECK_THAT(refusal(sides, place), ContainsSubstring(manifest ? "MANIFEST.json" : file.stem().stem().string()));
    fs::remove(file);
    CHECK_THAT(refusal(sides, place), ContainsSubstring(manifest ? "holds no backup" : "is missing"));
    write_bytes(file, bytes);
  }
  const fs::path added = root / ("core/Secret/x.json" + std::string(sealed ? ".sealed" : ""));
  write_bytes(added, read_bytes(files_below(root / "core")[0]));
  CHECK_FALSE(refusal(sides, place).empty());
  fs::remove(added);
  fs::create_symlink("/etc/passwd", root / "core/Secret/x.json");
  CHECK_THAT(refusal(sides, place), ContainsSubstring("x.json is no regular file"));
  fs::remove(root / "core/Secret/x.json");
  CHECK(restore(sides, place).has_value());
}

TEST_CASE_METHOD(QuietMove, "an archive that was changed or cut is refused before the first write") {
  TwoSides sides(small_world());
  const Folder folder;
  const bool sealed = GENERATE(true, false);
  const pivot::Place place = sealed ? sealed_archive(folder / "a") : plain_archive(folder / "a");
  must_save(sides, place);
  const std::string bytes = read_bytes(folder / "a");
  for (std::size_t at = sealed ? 0 : 11; at < bytes.size(); at += 131) {
    INFO("byte " << at);
    flip(folder / "a", at);
    CHECK_FALSE(refusal(sides, place).empty());
    write_bytes(folder / "a", bytes.substr(0, at));
    CHECK_FALSE(refusal(sides, place).empty());
    write_bytes(folder / "a", bytes);
  }
  CHECK(restore(sides, place).has_value());
}

TEST_CASE_METHOD(QuietMove, "another key, no key, and a backup in clear text that nobody asked for are refused") {
  TwoSides sides(small_world());
  const Folder folder;
  must_save(sides, sealed_directory(folder / "d"));
  must_save(sides, plain_archive(folder / "a"));
  pivot::Place place = sealed_directory(folder / "d");
  place.key = *pivot::SealingKey::from_bytes("not the key that it was");
  CHECK_THAT(refusal(sides, place), ContainsSubstring("was sealed with a key of 32 bytes"));
  place.key = *pivot::SealingKey::from_bytes(std::string(32, '\x02'));
  CHECK_THAT(refusal(sides, place), ContainsSubstring("was sealed with another key"));
  place.key.reset();
  CHECK_THAT(refusal(sides, place), ContainsSubstring("give a key file"));
  place.unencrypted = true;
  CHECK_THAT(refusal(sides, place), ContainsSubstring("is sealed: give its key file"));
  CHECK_THAT(refusal(sides, sealed_archive(folder / "a")), ContainsSubstring("is not sealed: anybody may have changed it"));
}

TEST_CASE_METHOD(QuietMove, "a place that is taken is not touched") {
  TwoSides sides(small_world());
  const Folder folder;
  must_save(sides, sealed_directory(folder / "d"));
  must_save(sides, sealed_archive(folder / "a"));
  fs::create_directory(folder / "mine");
  write_bytes(folder / "mine/notes", "mine");
  sides.budget = std::make_shared<Budget>();
  CHECK_THAT(save(sides, sealed_directory(folder / "d")).error().message(), ContainsSubstring("holds a finished backup already"));
  CHECK_THAT(save(sides, sealed_archive(folder / "a")).error().message(), ContainsSubstring("is there already"));
  CHECK_THAT(save(sides, sealed_directory(folder / "mine")).error().message(), ContainsSubstring("is not empty"));
  CHECK(sides.budget->writes == 0);
  CHECK(read_bytes(folder / "mine/notes") == "mine");
}

TEST_CASE_METHOD(QuietMove, "a backup whose save was cut is refused as such") {
  TwoSides sides(small_world());
  const Folder folder;
  const pivot::Place place = sealed_directory(folder / "d");
  const auto vault = cut_vault(*pivot::detail::open_vault(place), 4, Disposition::Canceled);
  REQUIRE_FALSE(sides.loop.run(pivot::detail::save_into(sides.source, sides.options("b1"), vault)).has_value());
  CHECK_THAT(refusal(sides, place), ContainsSubstring("is an unfinished backup: its save was cut"));
  CHECK_THAT(save(sides, place).error().message(), ContainsSubstring("another save writes to the same place"));  // the first still has it
}

TEST_CASE_METHOD(QuietMove, "a disk that is full leaves the source as it was, and nothing of the backup") {
  TwoSides sides(small_world());
  const Folder folder;
  const pivot::Place place = sealed_directory(folder / "d");
  auto vault = cut_vault(*pivot::detail::open_vault(place), 4, Disposition::Terminal);
  const auto saved = sides.loop.run(pivot::detail::save_into(sides.source, sides.options("b1"), vault));
  REQUIRE_FALSE(saved.has_value());
  check_saved(sides);
  CHECK(fs::is_empty(folder / "d"));
}

TEST_CASE_METHOD(QuietMove, "a restore onto a target that has a name, lacks a kind or serves another version is refused") {
  TwoSides sides(small_world());
  const Folder folder;
  const pivot::Place place = sealed_directory(folder / "d");
  must_save(sides, place);
  SECTION("a name") {
    sides.put(sides.target, kube::make_object("v1", "Namespace", {"", kSystem}));
    sides.put(sides.target, kube::make_object(kCapi, "Cluster", {kSystem, kCluster}));
    CHECK_THAT(refusal(sides, place), ContainsSubstring("Cluster tkg-system/tkg-mgmt-vc exists on the target already"));
  }
  SECTION("a kind") {
    sides.remove(sides.target, "CustomResourceDefinition", {"", "machines.cluster.x-k8s.io"});
    CHECK_THAT(refusal(sides, place), ContainsSubstring("the target does not know kind Machine (machines.cluster.x-k8s.io)"));
  }
  SECTION("a version") {
    sides.remove(sides.target, "CustomResourceDefinition", {"", "machines.cluster.x-k8s.io"});
    sides.put(sides.target, make_crd({"cluster.x-k8s.io", "Machine", "machines", true, {"v1beta2"}}));
    CHECK_THAT(refusal(sides, place), ContainsSubstring("does not serve kind Machine in version v1beta1, in which it was saved"));
  }
}

TEST_CASE_METHOD(QuietMove, "a restore that is not done can be undone, and one that is done cannot") {
  TwoSides sides(small_world());
  const Folder folder;
  const pivot::Place place = sealed_archive(folder / "a");
  must_save(sides, place);
  sides.budget = std::make_shared<Budget>();
  sides.budget->limit = 9;
  REQUIRE_FALSE(restore(sides, place).has_value());
  sides.budget = std::make_shared<Budget>();
  const auto undone = undo_restore(sides);
  if (!undone) FAIL(undone.error().message());
  CHECK(undone->phase == pivot::Phase::RolledBack);
  sides.check_undone();  // the target is empty
  CHECK_THAT(restore(sides, place).error().message(), ContainsSubstring("was undone: start another restore under a new id"));
  REQUIRE(sides.loop.run(pivot::restore(sides.target, sides.options("r2"), place)).has_value());
  check_restored(sides);
  CHECK_THAT(sides.loop.run(pivot::undo_restore(sides.target, sides.options("r2"))).error().message(), ContainsSubstring("is finalizing or done"));
}

TEST_CASE_METHOD(QuietMove, "saves, restores and moves keep out of each other's way") {
  TwoSides sides(small_world());
  const Folder folder;
  const pivot::Place place = sealed_directory(folder / "d");
  SECTION("a move after a save that was cut") {
    sides.budget->limit = 4;
    REQUIRE_FALSE(save(sides, place).has_value());
    sides.budget = std::make_shared<Budget>();
    CHECK_THAT(error_of(sides.run()), ContainsSubstring("backup b1 is not finished"));
    CHECK_THAT(error_of(sides.run(sides.options("b1"))), ContainsSubstring("slipway-move-b1 is of a backup, not of a move"));
    must_save(sides, place);
    check_saved(sides);
  }
  SECTION("a save after a move that was cut") {
    static_cast<void>(sides.run_cut(20));
    CHECK_THAT(save(sides, place).error().message(), ContainsSubstring("move m1 is not finished"));
    REQUIRE(sides.run().has_value());
    sides.check_moved();
  }
  SECTION("a restore from another backup under an id that is not done") {
    must_save(sides, place);
    sides.patch(sides.source, "Cluster", {kSystem, kCluster}, annotation("another", "state"));
    must_save(sides, sealed_directory(folder / "e"));
    sides.budget->limit = sides.budget->writes + 9;
    REQUIRE_FALSE(restore(sides, place).has_value());
    CHECK_THAT(refusal(sides, sealed_directory(folder / "e")), ContainsSubstring("it was begun from another backup"));
  }
}

}  // namespace slipway
