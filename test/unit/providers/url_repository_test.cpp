#include "pkg/providers/sources/url_repository.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;

namespace {
using Versions = std::vector<std::string>;
const std::string kPackage = "https://gitlab.example.com/api/v4/projects/group%2Fproject/packages/generic/capx";
}  // namespace

TEST_CASE("a static server has a folder a version, metadata.yaml beside the components") {
  WebWorld world;
  world.web->pages["https://files.test/capx/v1.2.3/capx.yaml"] = {text("old")};
  world.web->pages["https://files.test/capx/v1.3.0/capx.yaml"] = {text("new")};
  world.web->pages["https://files.test/capx/v1.3.0/metadata.yaml"] = {text("meta")};
  const auto repository = open_url("https://files.test/capx/v1.2.3/capx.yaml", world.options()).value();
  CHECK(repository->where() == "https://files.test/capx");
  CHECK(repository->components_file() == "capx.yaml");
  CHECK(repository->default_version() == "v1.2.3");
  CHECK(world.file(*repository, "v1.2.3", "capx.yaml").value() == "old");
  CHECK(world.file(*repository, "v1.3.0", "capx.yaml").value() == "new");
  CHECK(world.file(*repository, "v1.3.0", "metadata.yaml").value() == "meta");
  CHECK(world.file(*repository, "v1.3.1", "metadata.yaml").error().is(Disposition::NotFound));
  CHECK(world.file(*repository, "../x", "metadata.yaml").error().is(Disposition::Invalid));
  CHECK(world.file(*repository, "v1.2.3", "../metadata.yaml").error().is(Disposition::Invalid));
}

TEST_CASE("a static server offers the version of its URL, and those of versions.txt where it has one") {
  for (const int code : {404, 403}) {
    WebWorld world;
    world.web->pages["https://files.test/capx/versions.txt"] = {status(code), text("v1.3.0\n# comment\r\n1.4.0\r\n")};
    const auto repository = open_url("https://files.test/capx/v1.2.3/capx.yaml", world.options()).value();
    CHECK(world.versions(*repository).value() == Versions{"v1.2.3"});
    CHECK(world.versions(*repository).value() == Versions{"v1.3.0", "1.4.0", "v1.2.3"});
    CHECK(world.versions(*repository).value() == Versions{"v1.3.0", "1.4.0", "v1.2.3"});
    CHECK(world.web->calls.size() == 2);
  }
}

TEST_CASE("the latest of a static server without a list is an error that says what to do") {
  for (const Page& page : {status(404), text("<html>nothing here</html>")}) {
    WebWorld world;
    world.web->pages["https://files.test/capx/versions.txt"] = {page};
    const auto repository = open_url("https://files.test/capx/latest/capx.yaml", world.options()).value();
    const auto versions = world.versions(*repository);
    REQUIRE_FALSE(versions);
    CHECK(versions.error().is(Disposition::NotFound));
    CHECK(versions.error().message() ==
          "https://files.test/capx: has no versions.txt with a version a line, so nobody knows which is the latest: name the version");
  }
}

TEST_CASE("a hostile list of versions is refused or cut to what is a version") {
  const auto listed = [](std::string body) {
    WebWorld world;
    world.web->pages["https://files.test/capx/versions.txt"] = {text(std::move(body))};
    const auto repository = open_url("https://files.test/capx/v1.0.0/capx.yaml", world.options()).value();
    return world.versions(*repository);
  };
  const auto big = listed(std::string(10UL << 20U, 'v'));
  REQUIRE_FALSE(big);
  CHECK(big.error().message() == "GET https://files.test/capx/versions.txt: the file is larger than 1048576 bytes, which is the most that is accepted");
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "v1.0." + std::to_string(i) + "\n";
  const auto long_list = listed(many);
  REQUIRE_FALSE(long_list);
  CHECK(long_list.error().is(Disposition::Invalid));
  CHECK(long_list.error().message() == "https://files.test/capx/versions.txt: lists more than 10000 versions");
  CHECK(listed(std::string(1'000'000, '\n')).value() == Versions{"v1.0.0"});
  CHECK(listed(std::string("\xff\xfe\0v1.1.0\nv1.\xc3\xa4.0\nv1.2.0\xff\nv1.3.0", 32)).value() == Versions{"v1.3.0", "v1.0.0"});
  CHECK(listed("v99999999999999999999999.0.0\nv1.0.0-" + std::string(300, 'a')).value() == Versions{"v1.0.0"});
}

TEST_CASE("a path without a version has its files beside each other, for whatever version was named") {
  WebWorld world;
  world.web->pages["https://files.test/capx/capx.yaml"] = {text("hello")};
  const auto repository = open_url("https://files.test/capx/capx.yaml", world.options()).value();
  CHECK(repository->default_version().empty());
  CHECK(world.versions(*repository).value().empty());
  CHECK(world.file(*repository, "v1.0.0", "capx.yaml").value() == "hello");
  CHECK(open_url("https://files.test/capx.yaml", world.options()).value()->where() == "https://files.test");
}

TEST_CASE("credentials go to the server of the URL, and no further") {
  WebWorld world;
  world.web->pages["https://files.test/capx/v1.0.0/capx.yaml"] = {redirect("https://cdn.test/capx.yaml")};
  world.web->pages["https://cdn.test/capx.yaml"] = {text("hello")};
  Access access;
  access.username = "jane";
  access.password = "hunter2";
  const auto repository = open_url("https://files.test/capx/v1.0.0/capx.yaml", world.options(access)).value();
  CHECK(world.file(*repository, "v1.0.0", "capx.yaml").value() == "hello");
  CHECK(world.web->calls.at(0).second.headers.get("authorization").starts_with("Basic "));
  CHECK_FALSE(world.web->calls.at(1).second.headers.contains("authorization"));
}

TEST_CASE("a generic package of GitLab is read with a bearer token and offers the version of its URL") {
  WebWorld world;
  world.web->pages[kPackage + "/v1.2.3/capx.yaml"] = {text("hello")};
  Access access;
  access.token = "t";
  const auto repository = open_url(kPackage + "/v1.2.3/capx.yaml", world.options(access)).value();
  CHECK(repository->where() == kPackage);
  CHECK(repository->default_version() == "v1.2.3");
  CHECK(world.versions(*repository).value() == Versions{"v1.2.3"});
  CHECK(world.web->calls.empty());
  CHECK(world.file(*repository, "v1.2.3", "capx.yaml").value() == "hello");
  CHECK(world.web->calls.at(0).second.headers.get("authorization") == "Bearer t");
}

TEST_CASE("a GitLab URL of another form is refused with the form that it should have") {
  WebWorld world;
  for (const std::string& url : {kPackage + "/latest/capx.yaml", kPackage + "/capx.yaml", kPackage + "/v1.2.3/a/capx.yaml",
                                 std::string("https://gitlab.example.com/api/v4/projects/1/packages/npm/capx/v1.2.3/capx.yaml"),
                                 std::string("https://code.example.com/api/v4/projects/1/packages/generic/v1.2.3/capx.yaml")}) {
    CAPTURE(url);
    const auto repository = open_url(url, world.options());
    REQUIRE_FALSE(repository);
    CHECK(repository.error().is(Disposition::Invalid));
    CHECK(has(repository.error().message(), "/packages/generic/{package}/{version}/{file}"));
  }
}

TEST_CASE("a URL that is no source is refused with what is wrong") {
  WebWorld world;
  struct Row {
    const char* url;
    const char* says;
  };
  const Row rows[] = {{"http://files.test/capx/v1.0.0/c.yaml", "is not encrypted"},
                      {"https://files.test", "the file at the end of the path \"\""},
                      {"https://files.test/capx/", "the file at the end of the path \"\""},
                      {"https://files.test/capx/v1.0.0/..", "the file at the end of the path \"..\""},
                      {"https://files.test/capx/v1.0.0/a%2fb", "the file at the end of the path \"a%2fb\""},
                      {"https://files.test/capx/v1.0.0/c.yaml?token=hunter2", "may not hold a query"},
                      {"https://jane:hunter2@files.test/c.yaml", "may not hold a user or a password"},
                      {"oci://files.test/capx", "must start with https://"}};
  for (const auto& [url, says] : rows) {
    CAPTURE(url);
    const auto repository = open_url(url, world.options());
    REQUIRE_FALSE(repository);
    CAPTURE(repository.error().message());
    CHECK(repository.error().is(Disposition::Invalid));
    CHECK(has(repository.error().message(), says));
    CHECK_FALSE(has(repository.error().message(), "hunter2"));
  }
}
