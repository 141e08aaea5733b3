#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

constexpr const char* kUrl = "https://github.com/Kubernetes-Sigs/cluster-api/releases/latest/core-components.yaml";
const std::string kList = "https://goproxy.test/github.com/!kubernetes-!sigs/cluster-api";
const std::string kApi = "https://api.github.com/repos/Kubernetes-Sigs/cluster-api";
const std::string kDownload = "https://github.com/Kubernetes-Sigs/cluster-api/releases/download";

using Versions = std::vector<std::string>;

Access with_token() {
  Access access;
  access.token = "hunter2";
  return access;
}

std::string page_of(int from, int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) out += std::string(i == 0 ? "" : ",") + R"({"tag_name":"v1.0.)" + std::to_string(from + i) + R"(","body":"x","draft":false})";
  return out + "]";
}

}  // namespace

TEST_CASE("a GitHub URL names its file and version, in the forms that people have at hand") {
  WebWorld world;
  struct Row {
    const char* path;
    const char* version;
  };
  for (const auto& [path, version] : {Row{"releases/latest/c.yaml", "latest"}, Row{"releases/v1.2.3/c.yaml", "v1.2.3"},
                                      Row{"releases/download/v1.2.3/c.yaml", "v1.2.3"}, Row{"releases/latest/download/c.yaml", "latest"}}) {
    CAPTURE(path);
    const auto repository = open_url(std::string("https://github.com/o/r.s/") + path, world.options());
    REQUIRE(repository);
    CHECK((*repository)->where() == "https://github.com/o/r.s/releases");
    CHECK((*repository)->components_file() == "c.yaml");
    CHECK((*repository)->default_version() == version);
  }
}

TEST_CASE("a GitHub URL of another form is refused with the form that it should have") {
  WebWorld world;
  for (const char* path : {"", "o", "o/r", "o/r/releases", "o/r/releases/latest", "o/r/releases/latest/", "o/r/releases/main/c.yaml", "o/r/tags/v1.2.3/c.yaml",
                           "o/r/releases/v1.2.3/a/c.yaml", "../r/releases/v1.2.3/c.yaml", "o/../releases/v1.2.3/c.yaml", "o%2f/r/releases/v1.2.3/c.yaml",
                           "o/r/releases/v1.2.3/..", "o/r/releases/v1.2/c.yaml", "o//releases/v1.2.3/c.yaml"}) {
    CAPTURE(path);
    const auto repository = open_url(std::string("https://github.com/") + path, world.options());
    REQUIRE_FALSE(repository);
    CHECK(repository.error().is(Disposition::Invalid));
    CHECK(has(repository.error().message(), "a release of GitHub is https://github.com/{owner}/{repository}/releases/{version}/{file}"));
  }
}

TEST_CASE("versions come from the Go module proxy, major by major, and are asked for once") {
  WebWorld world;
  world.web->pages[kList + "/@v/list"] = {text("v1.0.0\nv1.1.0-rc.0\nnonsense\r\nv1.0.0\nv2.0.0+incompatible\nv1.2\n\n")};
  world.web->pages[kList + "/v2/@v/list"] = {text("v2.1.0")};
  const auto repository = open_url(kUrl, world.options(with_token())).value();
  const Versions expected{"v1.0.0", "v1.1.0-rc.0", "v2.0.0", "v2.1.0"};
  CHECK(world.versions(*repository).value() == expected);
  CHECK(world.web->urls() == Versions{kList + "/@v/list", kList + "/v2/@v/list", kList + "/v3/@v/list"});
  for (const auto& [url, request] : world.web->calls) CHECK_FALSE(request.headers.contains("authorization"));
  CHECK(world.versions(*repository).value() == expected);
  CHECK(world.web->calls.size() == 3);
}

TEST_CASE("without a Go module proxy, versions come from GitHub's API, page by page, without drafts") {
  for (const char* off : {"off", "direct", "off,https://goproxy.test", "direct|https://goproxy.test"}) {
    CAPTURE(off);
    WebWorld world;
    world.web->pages[kApi + "/releases?per_page=100&page=1"] = {text(page_of(0, 100))};
    world.web->pages[kApi + "/releases?per_page=100&page=2"] = {
        text(R"([{"tag_name":"v1.0.100"},{"tag_name":"v9.0.0","draft":true},{"tag_name":"nightly"},{}])")};
    const auto repository = open_url(kUrl, world.options(with_token(), off)).value();
    const auto versions = world.versions(*repository);
    REQUIRE(versions);
    CHECK(versions->size() == 101);
    CHECK(versions->back() == "v1.0.100");
    REQUIRE(world.web->calls.size() == 2);
    CHECK(world.web->calls[0].second.headers.get("authorization") == "Bearer hunter2");
    CHECK(world.web->calls[0].second.headers.get("accept") == "application/vnd.github+json");
  }
}

TEST_CASE("the first entry of GOPROXY that is a URL counts") {
  WebWorld world;
  world.web->pages[kList + "/@v/list"] = {text("v1.0.0")};
  const auto repository = open_url(kUrl, world.options({}, " , https://goproxy.test/ ,https://other.test,direct")).value();
  CHECK(world.versions(*repository).value() == Versions{"v1.0.0"});
}

TEST_CASE("where the Go module proxy fails, knows nothing or is hostile, the API is asked") {
  const std::string million = [] {
    std::string out;
    for (int i = 0; i < 1'000'000; ++i) out += "v1.0." + std::to_string(i) + "\n";
    return out;
  }();
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "v1.0." + std::to_string(i) + "\n";
  for (const Page& page :
       {status(503), status(404), text(""), text("no versions\n"), text(std::string(10'000'000, 'v')), text(million), text(many), redirect("http://x.test/")}) {
    WebWorld world;
    world.web->pages[kList + "/@v/list"] = {page};
    world.web->pages[kApi + "/releases?per_page=100&page=1"] = {text(page_of(0, 1))};
    const auto repository = open_url(kUrl, world.options()).value();
    const auto versions = world.versions(*repository);
    REQUIRE(versions);
    CHECK(*versions == Versions{"v1.0.0"});
  }
}

TEST_CASE("where both ways to the versions fail, the error tells of both") {
  WebWorld world;
  world.web->pages[kList + "/@v/list"] = {text(std::string(2'000'000, '\n'))};
  world.web->pages[kApi + "/releases?per_page=100&page=1"] = {status(403, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1767229200"}})};
  const auto repository = open_url(kUrl, world.options()).value();
  const auto versions = world.versions(*repository);
  REQUIRE_FALSE(versions);
  CHECK(versions.error().is(Disposition::TooManyRequests));
  CHECK(versions.error().message() ==
        "GET " + kApi +
            "/releases: 403 Forbidden: the server asks to wait 60m, longer than the deadline allows; try again after 2026-01-01T01:00:00Z, or "
            "give the source credentials, which often raises the limit; before that, GET " +
            kList + "/@v/list: the file is larger than 1048576 bytes, which is the most that is accepted");
}

TEST_CASE("an API that answers something else is refused") {
  for (const char* body : {"<html>", "{}", "[1,", "{\"message\":\"no\"}", "\xff\xfe", ""}) {
    CAPTURE(body);
    WebWorld world;
    world.web->pages[kApi + "/releases?per_page=100&page=1"] = {text(body)};
    const auto repository = open_url(kUrl, world.options({}, "off")).value();
    const auto versions = world.versions(*repository);
    REQUIRE_FALSE(versions);
    CHECK(versions.error().is(Disposition::Invalid));
    CHECK(has(versions.error().message(), kApi + "/releases: "));
  }
}

TEST_CASE("pages of the API end, although every one of them is full") {
  WebWorld world;
  for (int page = 1; page <= 40; ++page) world.web->pages[kApi + "/releases?per_page=100&page=" + std::to_string(page)] = {text(page_of(page * 100, 100))};
  const auto repository = open_url(kUrl, world.options({}, "off")).value();
  CHECK(world.versions(*repository)->size() == 3'000);
  CHECK(world.web->calls.size() == 30);
}

TEST_CASE("a file of a release is downloaded without the API, through the redirect to where it lies") {
  WebWorld world;
  world.web->pages[kDownload + "/v1.2.3/metadata.yaml"] = {redirect("https://objects.test/x?sig=1")};
  world.web->pages["https://objects.test/x?sig=1"] = {text("hello")};
  const auto repository = open_url(kUrl, world.options(with_token())).value();
  CHECK(world.file(*repository, "v1.2.3", "metadata.yaml").value() == "hello");
  for (const auto& [url, request] : world.web->calls) CHECK_FALSE(request.headers.contains("authorization"));
}

TEST_CASE("a file of a private repository comes through the API, and the token stays with it") {
  WebWorld world;
  world.web->pages[kApi + "/releases/tags/v1.2.3"] = {text(R"({"assets":[{"name":"other","id":6},{"name":"core-components.yaml","id":7}]})")};
  world.web->pages[kApi + "/releases/assets/7"] = {redirect("https://objects.test/x?sig=1")};
  world.web->pages["https://objects.test/x?sig=1"] = {text("hello")};
  const auto repository = open_url(kUrl, world.options(with_token())).value();
  CHECK(world.file(*repository, "v1.2.3", "core-components.yaml").value() == "hello");
  REQUIRE(world.web->calls.size() == 4);
  CHECK(world.web->calls[1].second.headers.get("authorization") == "Bearer hunter2");
  CHECK(world.web->calls[2].second.headers.get("accept") == "application/octet-stream");
  CHECK_FALSE(world.web->calls[3].second.headers.contains("authorization"));
  const auto missing = world.file(*repository, "v1.2.3", "metadata.yaml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().is(Disposition::NotFound));
  CHECK(missing.error().message() ==
        kApi + "/releases/tags/v1.2.3: the release has no file metadata.yaml; before that, GET " + kDownload + "/v1.2.3/metadata.yaml: 404 Not Found");
}

TEST_CASE("without a token a file that is not there is NotFound at once") {
  WebWorld world;
  const auto repository = open_url(kUrl, world.options()).value();
  const auto missing = world.file(*repository, "v1.2.3", "metadata.yaml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().is(Disposition::NotFound));
  CHECK(missing.error().message() == "GET " + kDownload + "/v1.2.3/metadata.yaml: 404 Not Found");
  CHECK(world.web->calls.size() == 1);
}

TEST_CASE("versions and names that would leave the release are refused before anything is sent") {
  WebWorld world;
  const auto repository = open_url(kUrl, world.options()).value();
  for (const char* version : {"latest", "", "..", "v1.2.3/..", "v1.2", "v01.2.3", "v1.2.3-", "v1.2.3\n"})
    CHECK(world.file(*repository, version, "a").error().is(Disposition::Invalid));
  for (const char* name : {"", ".", "..", "a/b", "/a", "a\\b", "a?b", "a#b", "a%2fb", "a\nb", "\xff"})
    CHECK(world.file(*repository, "v1.2.3", name).error().is(Disposition::Invalid));
  CHECK(world.web->calls.empty());
  CHECK(world.file(*repository, "v1.2.3", "a/b").error().message() ==
        "https://github.com/Kubernetes-Sigs/cluster-api/releases: file \"a/b\" must be 1 to 255 letters, digits and . _ - + ~, and name no other folder");
}
