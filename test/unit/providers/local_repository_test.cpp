#include "pkg/providers/sources/local_repository.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include "pkg/providers/sources/version_list.h"
#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

using Versions = std::vector<std::string>;

struct LocalWorld : WebWorld {
  Folder folder;
  [[nodiscard]] std::string base() const { return std::filesystem::canonical(folder.path).string() + "/base"; }
  [[nodiscard]] std::shared_ptr<Repository> open(const std::string& version = "latest") const {
    return open_local(base() + "/infrastructure-x/" + version + "/components.yaml").value();
  }
};

}  // namespace

TEST_CASE("a folder in clusterctl's layout is a source") {
  LocalWorld world;
  world.folder.write("base/infrastructure-x/v1.0.0/components.yaml", "one");
  world.folder.write("base/infrastructure-x/v1.1.0/components.yaml", "two");
  world.folder.write("base/infrastructure-x/v1.1.0/metadata.yaml", "meta");
  world.folder.write("base/infrastructure-x/notes/readme", "");
  world.folder.write("base/infrastructure-x/v1.2.0", "a file, no folder");
  const auto repository = world.open();
  CHECK(repository->where() == world.base() + "/infrastructure-x");
  CHECK(repository->components_file() == "components.yaml");
  CHECK(repository->default_version() == "latest");
  auto versions = world.versions(*repository).value();
  std::ranges::sort(versions);
  CHECK(versions == Versions{"v1.0.0", "v1.1.0"});
  CHECK(world.file(*repository, "v1.0.0", "components.yaml").value() == "one");
  CHECK(world.file(*repository, "v1.1.0", "metadata.yaml").value() == "meta");
}

TEST_CASE("what a folder does not have is NotFound, with the path") {
  LocalWorld world;
  const auto nowhere = world.versions(*world.open());
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().is(Disposition::NotFound));
  CHECK(nowhere.error().message() == world.base() + ": No such file or directory");
  world.folder.write("base/infrastructure-x/v1.0.0/components.yaml", "one");
  const auto missing = world.file(*world.open(), "v1.0.0", "metadata.yaml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().is(Disposition::NotFound));
  CHECK(missing.error().message() == world.base() + "/infrastructure-x/v1.0.0/metadata.yaml: No such file or directory");
}

TEST_CASE("a version that a folder does not have is told with those that it has, the newest first") {
  LocalWorld world;
  for (const char* version : {"v1.9.0", "v1.10.0", "2.0.0"}) world.folder.write("base/infrastructure-x/" + std::string(version) + "/components.yaml", "x");
  const auto why = [&](const char* version) { return world.file(*world.open(), version, "components.yaml").error(); };
  const std::string there = world.base() + "/infrastructure-x has no version ";
  CHECK(why("v1.11.0").is(Disposition::NotFound));
  CHECK(why("v1.11.0").message() == there + "v1.11.0; it has 2.0.0, v1.10.0, v1.9.0");
  CHECK(why("1.9.0").message() == there + "1.9.0; it has 2.0.0, v1.10.0, v1.9.0: write v1.9.0");
  CHECK(why("v2.0.0").message() == there + "v2.0.0; it has 2.0.0, v1.10.0, v1.9.0: versions begin with v, so 2.0.0 has to be called v2.0.0 there");
}

TEST_CASE("a location is taken as a path and as a file URL") {
  CHECK(open_local("/b/c/cluster-api/v1.2.3/core-components.yaml").value()->where() == "/b/c/cluster-api");
  CHECK(open_local("file:///b/c/cluster-api/v1.2.3/core-components.yaml").value()->default_version() == "v1.2.3");
  CHECK(open_local("file:///b%20c/cluster-api/latest/core-components.yaml").value()->where() == "/b c/cluster-api");
  CHECK(is_local("file:///x"));
  CHECK(is_local("/x"));
  CHECK_FALSE(is_local("https://host/x"));
}

TEST_CASE("a location of another form is refused with the form that it should have") {
  struct Row {
    const char* location;
    const char* says;
  };
  const Row rows[] = {{"b/cluster-api/v1.2.3/c.yaml", "must be an absolute path"},
                      {"file://host/b/cluster-api/v1.2.3/c.yaml", "must be an absolute path"},
                      {"file://b%2/x", "broken escape"},
                      {"file:///b%00/cluster-api/v1.2.3/c.yaml", "zero byte"},
                      {"/cluster-api/v1.2.3/c.yaml", "must be /{base}/{label}/{version}/{file}"},
                      {"/b/cluster-api/main/c.yaml", "must be semantic versioning (v1.2.3) or latest"},
                      {"/b/../cluster-api/v1.2.3/c.yaml", "may not hold empty parts, . or .."},
                      {"file:///b/%2e%2e/cluster-api/v1.2.3/c.yaml", "may not hold empty parts, . or .."},
                      {"/b//cluster-api/v1.2.3/c.yaml", "may not hold empty parts, . or .."},
                      {"/b/cluster-api/v1.2.3/", "may not hold empty parts, . or .."},
                      {"/b/cluster-api/v1.2.3/c d", "the file \"c d\" must be"},
                      {"", "must be an absolute path"}};
  for (const auto& [location, says] : rows) {
    CAPTURE(location);
    const auto repository = open_local(location);
    REQUIRE_FALSE(repository);
    CAPTURE(repository.error().message());
    CHECK(repository.error().is(Disposition::Invalid));
    CHECK(has(repository.error().message(), says));
  }
}

TEST_CASE("a symbolic link is followed within the base and refused out of it") {
  LocalWorld world;
  world.folder.write("base/infrastructure-x/v1.0.0/components.yaml", "one");
  world.folder.write("secret/components.yaml", "secret");
  const std::filesystem::path base = world.base();
  std::filesystem::create_directory_symlink("v1.0.0", base / "infrastructure-x/v1.0.1");
  std::filesystem::create_directory_symlink("../../secret", base / "infrastructure-x/v1.0.2");
  std::filesystem::create_symlink("../../../secret/components.yaml", base / "infrastructure-x/v1.0.0/metadata.yaml");
  std::filesystem::create_directory_symlink("../secret", base / "infrastructure-y");
  const auto repository = world.open();
  CHECK(world.file(*repository, "v1.0.1", "components.yaml").value() == "one");
  const auto out = world.file(*repository, "v1.0.2", "components.yaml");
  REQUIRE_FALSE(out);
  CHECK(out.error().is(Disposition::Invalid));
  CHECK(out.error().message() == world.base() + "/infrastructure-x/v1.0.2/components.yaml: a symbolic link leads out of " + world.base());
  CHECK(world.file(*repository, "v1.0.0", "metadata.yaml").error().is(Disposition::Invalid));
  const auto other = open_local(world.base() + "/infrastructure-y/v1.0.0/components.yaml").value();
  CHECK(world.versions(*other).error().is(Disposition::Invalid));
}

TEST_CASE("versions and names that would leave the folder are refused") {
  LocalWorld world;
  world.folder.write("base/infrastructure-x/v1.0.0/components.yaml", "one");
  world.folder.write("base/infrastructure-x/x", "two");
  const auto repository = world.open();
  for (const char* version : {"", ".", "..", "../infrastructure-x/v1.0.0", "latest"})
    CHECK(world.file(*repository, version, "components.yaml").error().is(Disposition::Invalid));
  for (const char* name : {"", ".", "..", "../x", "/etc/passwd"}) CHECK(world.file(*repository, "v1.0.0", name).error().is(Disposition::Invalid));
}

TEST_CASE("a file over the cap, a folder and a pipe are no files") {
  LocalWorld world;
  world.folder.write("base/infrastructure-x/v1.0.0/big.yaml", "");
  const std::filesystem::path version = world.base() + "/infrastructure-x/v1.0.0";
  std::filesystem::resize_file(version / "big.yaml", kMaxFileBytes + 1);
  std::filesystem::create_directory(version / "folder.yaml");
  REQUIRE(::mkfifo((version / "pipe.yaml").c_str(), 0600) == 0);
  const auto repository = world.open();
  const auto big = world.file(*repository, "v1.0.0", "big.yaml");
  REQUIRE_FALSE(big);
  CHECK(big.error().is(Disposition::Invalid));
  CHECK(big.error().message() == (version / "big.yaml").string() + ": is larger than 33554432 bytes, which is the most that is accepted");
  CHECK(world.file(*repository, "v1.0.0", "folder.yaml").error().message() == (version / "folder.yaml").string() + ": is no regular file");
  CHECK(world.file(*repository, "v1.0.0", "pipe.yaml").error().message() == (version / "pipe.yaml").string() + ": is no regular file");
}
