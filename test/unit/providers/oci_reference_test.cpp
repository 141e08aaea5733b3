#include "pkg/providers/sources/oci_reference.h"

#include <catch2/catch_test_macros.hpp>

namespace slipway::providers {
namespace {
const std::string kDigest = "sha256:" + std::string(64, 'a');
}

TEST_CASE("a reference names host, repository, and a tag or a digest") {
  struct Row {
    std::string text, host, repository, tag, digest;
  };
  const Row rows[] = {{"oci://registry.example/a", "registry.example", "a", "", ""},
                      {"oci://registry.example:5000/a/b-c/d__e.f", "registry.example:5000", "a/b-c/d__e.f", "", ""},
                      {"oci://REGISTRY.example/a:v1.2.3-rc.1_x", "registry.example", "a", "v1.2.3-rc.1_x", ""},
                      {"oci://localhost:5000/a@" + kDigest, "localhost:5000", "a", "", kDigest},
                      {"oci://registry.example/a:v1@" + kDigest, "registry.example", "a", "", kDigest}};
  for (const Row& row : rows) {
    INFO(row.text);
    const auto r = parse_oci_reference(row.text);
    REQUIRE(r);
    CHECK(r->host == row.host);
    CHECK(r->repository == row.repository);
    CHECK(r->tag == row.tag);
    CHECK(r->digest == row.digest);
    CHECK(parse_oci_reference(r->to_string())->to_string() == r->to_string());
  }
}

TEST_CASE("what is no reference is refused with the form that is asked for") {
  const std::string bad[] = {"",
                             "https://registry.example/a",
                             "oci://registry.example",
                             "oci://registry.example/",
                             "oci:///a",
                             "oci://registry.example/A",
                             "oci://registry.example/a//b",
                             "oci://registry.example/../a",
                             "oci://registry.example/a:",
                             "oci://registry.example/a:-x",
                             "oci://registry.example/a:" + std::string(129, 'x'),
                             "oci://registry.example/a:b:c",
                             "oci://registry.example/a@sha256:abc",
                             "oci://registry.example/a@sha512:" + std::string(128, 'a'),
                             "oci://registry.example/a@" + kDigest + "a",
                             "oci://registry.example/a?x=y",
                             "oci://registry.example/a b",
                             "oci://registry.example/a___b",
                             "oci://registry.example/a..b",
                             "oci://registry.example/a-",
                             "oci://registry.example:0/a",
                             "oci://reg istry/a",
                             "oci://registry.example/" + std::string(256, 'a')};
  for (const std::string& text : bad) {
    INFO(text);
    const auto r = parse_oci_reference(text);
    REQUIRE_FALSE(r);
    CHECK(r.error().is(Disposition::Invalid));
    CHECK(r.error().message().ends_with("; oci://host[:port]/repository[:tag|@sha256:digest] is asked for"));
  }
}

TEST_CASE("a password in a reference is refused and not repeated") {
  const auto r = parse_oci_reference("oci://user:s3cret@registry.example/a");
  REQUIRE_FALSE(r);
  CHECK(r.error().message().starts_with("a reference to an OCI artifact holds a user name or password"));
  CHECK_FALSE(r.error().message().contains("s3cret"));
}

TEST_CASE("Docker Hub is reached at its own host, with library/ before short names") {
  CHECK(parse_oci_reference("oci://docker.io/a")->api() == "https://registry-1.docker.io/v2/library/a");
  CHECK(parse_oci_reference("oci://docker.io/b/a")->api() == "https://registry-1.docker.io/v2/b/a");
  CHECK(parse_oci_reference("oci://registry.example:5000/a")->api() == "https://registry.example:5000/v2/a");
}

TEST_CASE("build metadata of a version is written with an underscore in tags") {
  CHECK(tag_of_version("v1.2.3+vmware.1") == "v1.2.3_vmware.1");
  CHECK(version_of_tag("v1.2.3_vmware.1") == "v1.2.3+vmware.1");
}

}  // namespace slipway::providers
