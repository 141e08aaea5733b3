#include "test/unit/pivot/backups.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/names.h"

namespace slipway::test {
namespace {

namespace fs = std::filesystem;

Object renamed(Object cluster, const std::string& name, json::Value spec) {
  cluster.ref({"metadata", "name"}) = name;
  cluster.ref({"metadata", "uid"}) = "uid-" + name;
  cluster.set("spec", std::move(spec));
  return cluster;
}

pivot::Options options_of(const TwoSides& sides, const std::string& id) {
  pivot::Options options = sides.options(id);
  options.timeout = std::chrono::seconds(900);
  return options;
}

std::string key_of(const pivot::PlannedObject& o) { return o.kind + " " + o.key.to_string(); }

class CutVault final : public pivot::detail::Vault {
 public:
  CutVault(pivot::detail::VaultPtr inner, std::size_t calls, Disposition end) : inner_(std::move(inner)), calls_(calls), end_(end) {}
  Status begin() override { return admit() ? inner_->begin() : stopped(); }
  Status put(std::string name, std::string bytes) override { return admit() ? inner_->put(std::move(name), std::move(bytes)) : stopped(); }
  Status finish(std::string manifest) override { return admit() ? inner_->finish(std::move(manifest)) : stopped(); }
  void give_up() override { inner_->give_up(); }

 private:
  bool admit() {
    if (calls_ == 0) return false;
    --calls_;
    return true;
  }
  [[nodiscard]] Status stopped() const { return fail(end_, "cut here"); }
  pivot::detail::VaultPtr inner_;
  std::size_t calls_;
  Disposition end_;
};

}  // namespace

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "slipway-backup-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) FAIL("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

pivot::SealingKey raw_key() {
  std::string bytes(32, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + 128);
  return *pivot::SealingKey::from_bytes(bytes);
}

pivot::Place sealed_directory(const fs::path& path) {
  return {.path = path.string(), .form = pivot::Place::Form::Directory, .key = raw_key(), .unencrypted = false};
}
pivot::Place sealed_archive(const fs::path& path) {
  return {.path = path.string(), .form = pivot::Place::Form::Archive, .key = raw_key(), .unencrypted = false};
}
pivot::Place plain_directory(const fs::path& path) { return {.path = path.string(), .form = pivot::Place::Form::Directory, .key = {}, .unencrypted = true}; }
pivot::Place plain_archive(const fs::path& path) { return {.path = path.string(), .form = pivot::Place::Form::Archive, .key = {}, .unencrypted = true}; }

std::string read_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

std::vector<fs::path> files_below(const fs::path& path) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

World with_user_pauses(World world) {
  if (world.count("ClusterClass") > 0)
    world.at("ClusterClass", "tkg-vsphere-default-v1.0.0").ref({"metadata", "annotations"}).set("cluster.x-k8s.io/paused", "by its user");
  const Object cluster = world.at("Cluster", kCluster);
  world.objects.push_back(renamed(cluster, "user-paused", json::Object{{"paused", true}}));
  world.objects.push_back(renamed(cluster, "user-unpaused", json::Object{{"paused", false}}));
  return world;
}

Result<pivot::Saved> save(TwoSides& sides, const pivot::Place& place) {
  return sides.loop.run(pivot::save(cut_client(sides.source, "source", sides.budget), options_of(sides, "b1"), place));
}

Result<pivot::Progress> restore(TwoSides& sides, const pivot::Place& place) {
  return sides.loop.run(pivot::restore(cut_client(sides.target, "target", sides.budget), options_of(sides, "r1"), place));
}

Result<pivot::Progress> undo_restore(TwoSides& sides) {
  return sides.loop.run(pivot::undo_restore(cut_client(sides.target, "target", sides.budget), options_of(sides, "r1")));
}

void must_save(TwoSides& sides, const pivot::Place& place) {
  const auto saved = save(sides, place);
  if (!saved) FAIL(saved.error().message());
}

std::string refusal(TwoSides& sides, const pivot::Place& place) {
  sides.budget = std::make_shared<Budget>();
  const auto done = restore(sides, place);
  REQUIRE_FALSE(done.has_value());
  CHECK(sides.budget->writes == 0);
  return done.error().message();
}

void check_saved(TwoSides& sides) {
  sides.check_undone();
  CHECK(sides.get(sides.source, kube::res::kConfigMaps, {"slipway-system", "slipway-move-b1"}).is_null());
  CHECK(sides.get(sides.source, kube::res::kLeases, {"slipway-system", "slipway-move"}).is_null());
}

void check_restored(TwoSides& sides) {
  const Shelf theirs = sides.read(sides.target);
  std::map<std::string, std::string> by_uid;
  for (const auto& [key, o] : theirs) by_uid.emplace(kube::uid_of(o), key);
  std::size_t there = 0;
  for (const auto& o : sides.plan.objects) {
    const std::string key = key_of(o);
    INFO(key);
    REQUIRE(theirs.contains(key) == (o.fate != pivot::Fate::Exclude || o.kind == "Provider"));
    if (!theirs.contains(key)) continue;
    ++there;
    if (o.kind == "Provider") continue;
    const Object &copy = theirs.at(key), &original = sides.before.at(key);
    CHECK(json::dump_canonical(essence(copy)) == json::dump_canonical(essence(original)));
    CHECK(copy["metadata"]["ownerReferences"].size() == original["metadata"]["ownerReferences"].size());
    for (const auto& ref : copy["metadata"]["ownerReferences"].array()) CHECK(by_uid.contains(ref["uid"].str()));
    CHECK(json::dump_canonical(copy["metadata"]["managedFields"]) == json::dump_canonical(original["metadata"]["managedFields"]));
  }
  CHECK(there == theirs.size());
  CHECK(sides.get(sides.target, kube::res::kLeases, {"slipway-system", "slipway-move"}).is_null());
}

void check_restore_now(TwoSides& sides) {
  const Shelf theirs = sides.read(sides.target);
  bool whole = true, runs = false;
  for (const auto& o : sides.plan.objects) {
    const auto copy = theirs.find(key_of(o));
    if (o.fate != pivot::Fate::Exclude) whole = whole && copy != theirs.end();
    if (o.kind != "Cluster" || copy == theirs.end()) continue;
    const bool unpaused = !copy->second["spec"]["paused"].as_bool();
    if (sides.before.at(key_of(o))["spec"]["paused"].as_bool()) CHECK_FALSE(unpaused);
    runs = runs || unpaused;
  }
  CHECK((whole || !runs));
}

pivot::detail::VaultPtr cut_vault(pivot::detail::VaultPtr inner, std::size_t calls, Disposition end) {
  return std::make_shared<CutVault>(std::move(inner), calls, end);
}

}  // namespace slipway::test
