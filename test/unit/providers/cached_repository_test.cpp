#include "pkg/providers/sources/cached_repository.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;
namespace fs = std::filesystem;

namespace {

using Versions = std::vector<std::string>;

struct CachedWorld : WebWorld {
  Folder folder;
  fs::path path = folder.path / "cache";

  CachedWorld() {
    web->pages["https://files.test/capx/versions.txt"] = {text("v1.0.0\nv1.1.0\n")};
    web->pages["https://files.test/capx/v1.1.0/capx.yaml"] = {text("hello")};
    web->pages["https://files.test/capx/v1.1.0/metadata.yaml"] = {text("meta")};
  }
  // What a process that has just started has.
  [[nodiscard]] std::shared_ptr<Repository> open() {
    return cached(open_url("https://files.test/capx/latest/capx.yaml", options()).value(), ContentCache::open(path).value());
  }
};

}  // namespace

TEST_CASE("with its cache filled, a new process needs no network at all") {
  CachedWorld world;
  {
    const auto first = world.open();
    CHECK(world.versions(*first).value() == Versions{"v1.0.0", "v1.1.0"});
    CHECK(world.file(*first, "v1.1.0", "capx.yaml").value() == "hello");
    CHECK(world.file(*first, "v1.1.0", "metadata.yaml").value() == "meta");
  }
  world.web->unreachable = true;
  world.web->calls.clear();
  const auto second = world.open();
  CHECK(world.file(*second, "v1.1.0", "capx.yaml").value() == "hello");
  CHECK(world.file(*second, "v1.1.0", "metadata.yaml").value() == "meta");
  CHECK(world.web->calls.empty());
  CHECK(world.versions(*second).value() == Versions{"v1.0.0", "v1.1.0"});
  CHECK(world.file(*second, "v1.0.0", "capx.yaml").error().is(Disposition::Transient));
}

TEST_CASE("the list of versions is asked for although it is cached, and the last one answers for a source that is out of reach only") {
  CachedWorld world;
  CHECK(world.versions(*world.open())->size() == 2);
  world.web->pages["https://files.test/capx/versions.txt"] = {text("v1.2.0\n")};
  CHECK(world.versions(*world.open()).value() == Versions{"v1.2.0"});
  for (const Page& page : {status(503), status(429, {{"Retry-After", "999999"}})}) {
    world.web->pages["https://files.test/capx/versions.txt"] = {page};
    CHECK(world.versions(*world.open()).value() == Versions{"v1.2.0"});
  }
  world.web->pages["https://files.test/capx/versions.txt"] = {status(404)};
  CHECK(world.versions(*world.open()).error().is(Disposition::NotFound));
}

TEST_CASE("without a last list the error of the source stands") {
  CachedWorld world;
  world.web->unreachable = true;
  CHECK(world.versions(*world.open()).error().is(Disposition::Transient));
}

TEST_CASE("a file that a cache lost, or whose bytes changed, is fetched again") {
  CachedWorld world;
  const auto repository = world.open();
  REQUIRE(world.file(*repository, "v1.1.0", "capx.yaml"));
  for (const auto& blob : fs::directory_iterator(world.path / "blobs" / "sha256")) std::ofstream(blob.path(), std::ios::trunc) << "evil";
  world.web->calls.clear();
  CHECK(world.file(*repository, "v1.1.0", "capx.yaml").value() == "hello");
  CHECK(world.web->calls.size() == 1);
  CHECK(world.file(*repository, "v1.1.0", "capx.yaml").value() == "hello");
  CHECK(world.web->calls.size() == 1);
}

TEST_CASE("what is no release is never cached, and errors are not either") {
  CachedWorld world;
  world.web->pages["https://files.test/capx/latest/capx.yaml"] = {text("one"), text("two")};
  world.web->pages["https://files.test/capx/v1.0.0/capx.yaml"] = {status(404), text("late")};
  const auto repository = world.open();
  CHECK(world.file(*repository, "latest", "capx.yaml").value() == "one");
  CHECK(world.file(*repository, "latest", "capx.yaml").value() == "two");
  CHECK(world.file(*repository, "v1.0.0", "capx.yaml").error().is(Disposition::NotFound));
  CHECK(world.file(*repository, "v1.0.0", "capx.yaml").value() == "late");
}

TEST_CASE("a cache that cannot be written costs nothing but the cache") {
  CachedWorld world;
  const auto repository = world.open();
  fs::remove_all(world.path);
  CHECK(world.file(*repository, "v1.1.0", "capx.yaml").value() == "hello");
  CHECK(world.versions(*repository)->size() == 2);
}

TEST_CASE("an override replaces one file of one version, and no version") {
  CachedWorld world;
  world.folder.write("overrides/infrastructure-x/v1.1.0/capx.yaml", "mine");
  world.folder.write("overrides/infrastructure-x/v9.9.9/capx.yaml", "unlisted");
  const auto repository = with_overrides(world.open(), world.folder.path / "overrides", "infrastructure-x");
  CHECK(repository->where() == "https://files.test/capx");
  CHECK(world.file(*repository, "v1.1.0", "capx.yaml").value() == "mine");
  CHECK(world.file(*repository, "v1.1.0", "metadata.yaml").value() == "meta");
  CHECK(world.versions(*repository).value() == Versions{"v1.0.0", "v1.1.0"});
  CHECK(world.file(*with_overrides(world.open(), world.folder.path / "overrides", "bootstrap-x"), "v1.1.0", "capx.yaml").value() == "hello");
  CHECK(world.file(*with_overrides(world.open(), world.folder.path / "nowhere", "bootstrap-x"), "v1.1.0", "capx.yaml").value() == "hello");
}

TEST_CASE("an override that cannot be read is an error, and none leaves its folder") {
  CachedWorld world;
  world.folder.write("secret", "secret");
  fs::create_directories(world.folder.path / "overrides/infrastructure-x/v1.1.0/capx.yaml");
  fs::create_symlink("../../../secret", world.folder.path / "overrides/infrastructure-x/v1.1.0/metadata.yaml");
  const auto repository = with_overrides(world.open(), world.folder.path / "overrides", "infrastructure-x");
  const auto folder = world.file(*repository, "v1.1.0", "capx.yaml");
  REQUIRE_FALSE(folder);
  CHECK(has(folder.error().message(), "overrides: "));
  CHECK(has(folder.error().message(), "is no regular file"));
  const auto link = world.file(*repository, "v1.1.0", "metadata.yaml");
  REQUIRE_FALSE(link);
  CHECK(has(link.error().message(), "a symbolic link leads out of"));
  CHECK(world.file(*repository, "..", "secret").error().is(Disposition::Invalid));
  CHECK(world.file(*repository, "v1.1.0", "../../../secret").error().is(Disposition::Invalid));
}
