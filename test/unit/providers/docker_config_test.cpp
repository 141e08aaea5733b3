#include "pkg/providers/sources/docker_config.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

std::string config(const std::string& host, const std::string& entry) { return R"({"auths":{"other.example":{},")" + host + "\":" + entry + "}}"; }
std::string auth(const std::string& both) { return R"({"auth":")" + base64_encode(both) + "\"}"; }
std::string why(const Result<Access>& result) { return result ? "accepted" : result.error().message(); }

}  // namespace

TEST_CASE("credentials are found by host, whichever way the entry is written") {
  for (const std::string key :
       {"registry.example:5000", "https://registry.example:5000", "https://REGISTRY.example:5000/v2/", "http://registry.example:5000/v1/"}) {
    INFO(key);
    const auto access = access_from_docker_config(config(key, auth("user:pass:word")), "registry.example:5000");
    REQUIRE(access);
    CHECK(access->username == "user");
    CHECK(access->password == "pass:word");
  }
  const auto plain = access_from_docker_config(config("registry.example", R"({"username":"u","password":"p"})"), "registry.example");
  CHECK(plain->username == "u");
  CHECK(plain->password == "p");
  CHECK(access_from_docker_config(config("registry.example", R"({"registrytoken":"t"})"), "registry.example")->token == "t");
  CHECK(access_from_docker_config(config("https://index.docker.io/v1/", auth("u:p")), "docker.io")->username == "u");
}

TEST_CASE("an entry for another port, or for one path only, is not an entry for the host") {
  const auto port = access_from_docker_config(config("registry.example", auth("u:p")), "registry.example:5000");
  REQUIRE_FALSE(port);
  CHECK(port.error().is(Disposition::NotFound));
  CHECK(why(port) == ".dockerconfigjson has no entry for registry.example:5000; it has other.example, registry.example");
  CHECK(why(access_from_docker_config(config("registry.example/team", auth("u:p")), "registry.example")) ==
        ".dockerconfigjson has no entry for registry.example; it has other.example");
}

TEST_CASE("entries that cannot be used are refused by name, and no secret is repeated") {
  const std::string host = "registry.example";
  const std::string entry = ".dockerconfigjson: the entry for registry.example has ";
  CHECK(why(access_from_docker_config(config(host, R"({"auth":"not base64"})"), host)) ==
        entry + "no user name and password: auth must be user:password in base64");
  CHECK(why(access_from_docker_config(config(host, auth("s3cret-without-colon")), host)) ==
        entry + "no user name and password: auth must be user:password in base64");
  CHECK(why(access_from_docker_config(config(host, R"({"identitytoken":"s3cret"})"), host)) ==
        entry + "an identity token, which is not supported: give a user name and password");
  CHECK(why(access_from_docker_config(R"({"auths":{},"credsStore":"desktop"})", host)) ==
        ".dockerconfigjson names a credential helper, which cannot run here: give a user name and password for registry.example");
  CHECK(why(access_from_docker_config("s3cret", host)) == ".dockerconfigjson is no JSON");
}

}  // namespace slipway::providers
