#include "pkg/providers/sources/content_cache.h"

#include <chrono>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>
#include <sys/wait.h>

#include "pkg/providers/sources/digest.h"
#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;
namespace fs = std::filesystem;

namespace {

struct CacheWorld {
  Folder folder;
  fs::path path = folder.path / "cache";
  [[nodiscard]] std::shared_ptr<ContentCache> open(std::size_t max = ContentCache::kDefaultMaxBytes) const { return ContentCache::open(path, max).value(); }
  [[nodiscard]] fs::path blob_of(std::string_view bytes) const { return path / "blobs" / "sha256" / sha256_digest(bytes).substr(7); }
  void used_hours_ago(std::string_view bytes, int hours) const {
    fs::last_write_time(blob_of(bytes), fs::last_write_time(blob_of(bytes)) - std::chrono::hours(hours));
  }
  [[nodiscard]] std::size_t count(const char* part) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path / part), fs::directory_iterator()));
  }
};

unsigned mode_of(const fs::path& path) {
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 07777U;
}

}  // namespace

TEST_CASE("digests are those of sha256sum") {
  CHECK(sha256_digest("") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_digest("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(is_sha256_digest(sha256_digest("abc")));
  for (const char* text : {"", "sha256:", "sha256:abc", "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                           "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
                           "sha256:../../../../../../../../../../../../../../../../../../../../../etc/pa"})
    CHECK_FALSE(is_sha256_digest(text));
}

TEST_CASE("what was put is got, by name and by digest, also by another cache on the folder") {
  CacheWorld world;
  const auto cache = world.open();
  CHECK_FALSE(cache->get("https://host", "v1.0.0", "a"));
  REQUIRE(cache->put("https://host", "v1.0.0", "a", "hello"));
  REQUIRE(cache->put("https://host", "v1.0.1", "a", "hello"));
  CHECK(cache->get("https://host", "v1.0.0", "a") == "hello");
  CHECK(cache->get("https://host", "v1.0.1", "a") == "hello");
  CHECK_FALSE(cache->get("https://host", "v1.0.0", "b"));
  CHECK_FALSE(cache->get("https://other", "v1.0.0", "a"));
  CHECK(world.count("blobs/sha256") == 1);
  CHECK(cache->put_blob("more").value() == sha256_digest("more"));
  const auto other = world.open();
  CHECK(other->get("https://host", "v1.0.0", "a") == "hello");
  CHECK(other->blob(sha256_digest("more")) == "more");
  CHECK_FALSE(other->blob("sha256:../../refs"));
  REQUIRE(other->put("https://host", "v1.0.0", "a", "changed"));
  CHECK(cache->get("https://host", "v1.0.0", "a") == "changed");
}

TEST_CASE("a blob that is corrupt, cut or grown is a miss and is removed") {
  for (const char* damaged : {"hellO", "hell", "hello ", ""}) {
    CAPTURE(damaged);
    CacheWorld world;
    const auto cache = world.open();
    REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
    std::ofstream(world.blob_of("hello"), std::ios::binary | std::ios::trunc) << damaged;
    CHECK_FALSE(cache->get("w", "v1.0.0", "a"));
    CHECK_FALSE(fs::exists(world.blob_of("hello")));
    REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
    CHECK(cache->get("w", "v1.0.0", "a") == "hello");
  }
}

TEST_CASE("putting repairs a blob that is corrupt") {
  CacheWorld world;
  const auto cache = world.open();
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  std::ofstream(world.blob_of("hello"), std::ios::trunc) << "hellO";
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  CHECK(cache->get("w", "v1.0.0", "a") == "hello");
}

TEST_CASE("a reference that is damaged, or of something else, is a miss") {
  CacheWorld world;
  const auto cache = world.open();
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  const fs::path ref = fs::directory_iterator(world.path / "refs")->path();
  const std::string digest = sha256_digest("hello");
  for (const std::string& text : {std::string(), std::string("\n"), digest, digest + "\n", digest + "\nw\nv1.0.1\na\n",
                                  std::string("../../../etc/passwd\nw\nv1.0.0\na\n"), std::string(100'000, 'x')}) {
    CAPTURE(text.substr(0, 100));
    std::ofstream(ref, std::ios::trunc) << text;
    CHECK_FALSE(cache->get("w", "v1.0.0", "a"));
  }
}

TEST_CASE("over its limit a cache drops what was not used for longest, and the names of it") {
  CacheWorld world;
  const auto cache = world.open(1'000);
  const std::string a(400, 'a');
  const std::string b(400, 'b');
  const std::string c(400, 'c');
  REQUIRE(cache->put("w", "v1.0.0", "a", a));
  REQUIRE(cache->put("w", "v1.0.0", "b", b));
  world.used_hours_ago(a, 2);
  world.used_hours_ago(b, 1);
  CHECK(cache->get("w", "v1.0.0", "a") == a);  // used now
  REQUIRE(cache->put("w", "v1.0.0", "c", c));
  CHECK(cache->get("w", "v1.0.0", "a") == a);
  CHECK_FALSE(cache->get("w", "v1.0.0", "b"));
  CHECK(cache->get("w", "v1.0.0", "c") == c);
  CHECK(world.count("blobs/sha256") == 2);
  CHECK(world.count("refs") == 2);
  const auto larger = cache->put("w", "v1.0.0", "d", std::string(1'001, 'd'));
  REQUIRE_FALSE(larger);
  CHECK(larger.error().message() == "cache folder " + world.path.string() + ": holds 1000 bytes at most, the file has 1001");
  CHECK(cache->get("w", "v1.0.0", "a") == a);
}

TEST_CASE("a cache is its owner's alone, also where the folder was open before") {
  CacheWorld world;
  fs::create_directories(world.path);
  REQUIRE(::chmod(world.path.c_str(), 0777) == 0);
  const auto cache = world.open();
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  for (const char* part : {"", "blobs", "blobs/sha256", "refs", "tmp"}) CHECK(mode_of(world.path / part) == 0700);
  CHECK(mode_of(world.blob_of("hello")) == 0600);
}

TEST_CASE("a folder that cannot be a cache is refused with what to do") {
  CacheWorld world;
  const auto relative = ContentCache::open("cache");
  REQUIRE_FALSE(relative);
  CHECK(relative.error().message() == "cache folder cache: must be an absolute path");
  world.folder.write("cache", "a file");
  const auto file = ContentCache::open(world.path);
  REQUIRE_FALSE(file);
  CHECK(file.error().is(Disposition::Invalid));
  CHECK(file.error().message() == "cache folder " + world.path.string() + ": is no folder");
  CHECK(ContentCache::open("/dev/null/x").error().is(Disposition::Invalid));
}

TEST_CASE("what a crash left unfinished goes when nobody uses the cache, and not before") {
  CacheWorld world;
  auto cache = world.open();
  world.folder.write("cache/tmp/1-x", "half");
  auto second = world.open();
  CHECK(world.count("tmp") == 1);
  cache.reset();
  second.reset();
  cache = world.open();
  CHECK(world.count("tmp") == 0);
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  CHECK(world.count("tmp") == 0);
}

TEST_CASE("a put that fails leaves what was there and no unfinished file") {
  CacheWorld world;
  const auto cache = world.open();
  REQUIRE(cache->put("w", "v1.0.0", "a", "hello"));
  fs::create_directory(world.blob_of("other"));  // in the way
  fs::create_directory(world.blob_of("other") / "x");
  CHECK_FALSE(cache->put("w", "v1.0.0", "a", "other"));
  CHECK(cache->get("w", "v1.0.0", "a") == "hello");
  CHECK(world.count("tmp") == 0);
}

TEST_CASE("two processes that put and evict at once never serve wrong bytes") {
  CacheWorld world;
  const auto cache = world.open(3'000);
  const auto work = [&](ContentCache& c) {
    bool right = true;
    for (int i = 0; i < 60; ++i) {
      const std::string bytes(1'000, static_cast<char>('a' + i % 7));
      const std::string name = std::to_string(i % 7);
      right = right && c.put("w", "v1.0.0", name, bytes);
      const auto got = c.get("w", "v1.0.0", name);
      right = right && (!got || *got == bytes);
    }
    return right;
  };
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto own = ContentCache::open(world.path, 3'000);
    ::_exit(own && work(**own) ? 0 : 1);
  }
  CHECK(work(*cache));
  int ended = 0;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  CHECK((WIFEXITED(ended) && WEXITSTATUS(ended) == 0));
  CHECK(world.count("tmp") == 0);
}
