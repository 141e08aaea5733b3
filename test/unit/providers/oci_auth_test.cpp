#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/oci_world.h"

namespace slipway::providers {
namespace {

using test::OciWorld;
using test::why;

constexpr const char* kManifest = "registry.example/v2/capi/vsphere/manifests/v1.0.0";
constexpr const char* kBearer = R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:capi/vsphere:pull")";
const std::string kBasic = "Basic " + base64_encode("user:pa55");

void give_credentials(OciWorld& w) {
  w.access.username = "user";
  w.access.password = "pa55";
}
void want_token(OciWorld& w) {
  w.push();
  w.registry.wants = "Bearer t0k3n";
  w.registry.challenge = kBearer;
}

}  // namespace

TEST_CASE("a token is asked for without credentials where there are none, and used from then on") {
  OciWorld w;
  want_token(w);
  CHECK(w.get() == "kind: Namespace\n");
  REQUIRE(w.registry.log.size() == 4);
  CHECK(w.registry.log[0] == std::string("GET ") + kManifest);
  CHECK(w.registry.log[1] == "GET auth.example/token?scope=repository%3Acapi%2Fvsphere%3Apull&service=registry.example");
  CHECK(w.registry.log[2] == std::string("GET ") + kManifest + " [Bearer t0k3n]");
  CHECK(w.registry.log[3].ends_with("[Bearer t0k3n]"));
}

TEST_CASE("the token service, and only it, is given the user name and password") {
  OciWorld w;
  want_token(w);
  give_credentials(w);
  w.registry.token_wants = kBasic;
  CHECK(w.get() == "kind: Namespace\n");
  for (const std::string& line : w.registry.log) CHECK(line.contains(kBasic) == line.starts_with("GET auth.example/"));
}

TEST_CASE("a registry that wants Basic gets it") {
  OciWorld w;
  w.push();
  give_credentials(w);
  w.registry.wants = kBasic;
  w.registry.challenge = R"(Basic realm="registry")";
  CHECK(w.get() == "kind: Namespace\n");
  OciWorld without;
  without.push();
  without.registry.wants = kBasic;
  without.registry.challenge = R"(Basic realm="registry")";
  const auto refused = without.get();
  CHECK(refused.error().is(Disposition::Forbidden));
  CHECK(why(refused).ends_with("401 Unauthorized (UNAUTHORIZED says the registry): the registry wants a user name and password: give the source credentials"));
}

TEST_CASE("a token of the user's own is sent first, without asking") {
  OciWorld w;
  want_token(w);
  w.access.token = "t0k3n";
  CHECK(w.get() == "kind: Namespace\n");
  CHECK(w.registry.log.size() == 2);
}

TEST_CASE("a token that has expired is renewed") {
  OciWorld w;
  want_token(w);
  const auto r = w.open();
  CHECK(w.get(r, "v1.0.0", "components.yaml") == "kind: Namespace\n");
  w.registry.token = "second";
  w.registry.wants = "Bearer second";
  CHECK(w.get(r, "v1.0.0", "metadata.yaml") == "kind: Metadata\n");
}

TEST_CASE("401 for ever ends after one token, with a sentence") {
  OciWorld w;
  want_token(w);
  w.registry.wants = "Bearer what nobody has";
  const auto refused = w.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Forbidden));
  CHECK(why(refused) ==
        "GET https://registry.example/v2/capi/vsphere/manifests/v1.0.0: 401 Unauthorized (UNAUTHORIZED says the registry): the registry does not "
        "accept the credentials for capi/vsphere");
  CHECK(w.registry.log.size() == 3);
  CHECK_FALSE(why(refused).contains("t0k3n"));
}

TEST_CASE("a token service that refuses, or gives no token, is named") {
  OciWorld w;
  want_token(w);
  w.registry.token_wants = kBasic;
  CHECK(why(w.get()) == "asking for a token: GET https://auth.example/token: 401 Unauthorized: give the source credentials");
  w.registry.token_wants.clear();
  w.registry.token = "evil\\r\\nX: y";
  CHECK(why(w.get()) == "the token service https://auth.example/token gives no token");
}

TEST_CASE("a challenge without a way to answer it, and one with a realm that is not encrypted, are refused") {
  OciWorld w;
  want_token(w);
  w.registry.challenge.clear();
  CHECK(why(w.get()).starts_with("the registry does not say how to authenticate: GET https://registry.example/"));
  w.registry.challenge = R"(Bearer realm="http://auth.example/token")";
  give_credentials(w);
  CHECK(why(w.get()).contains("must start with https://"));
  CHECK(std::ranges::none_of(w.registry.log, [](const std::string& line) { return line.contains(kBasic); }));
}

TEST_CASE("blobs are fetched from where the registry redirects to, and no credential goes there") {
  OciWorld w;
  want_token(w);
  w.registry.redirect_blobs = true;
  CHECK(w.get() == "kind: Namespace\n");
  CHECK(w.registry.log.back() == "GET cdn.example/" + sha256_digest("kind: Namespace\n") + "?signature=secret");
}

TEST_CASE("a challenge of another host after a redirect is not answered") {
  OciWorld w;
  w.push();
  give_credentials(w);
  w.registry.redirect_blobs = true;
  w.registry.fault = [](const std::string& host, const net::Request&) -> std::optional<net::Response> {
    if (host != "cdn.example") return std::nullopt;
    net::Response refusal(401, "text/plain", "");
    refusal.headers.set("WWW-Authenticate", R"(Basic realm="give me your password")");
    return refusal;
  };
  const auto refused = w.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Forbidden));
  CHECK(why(refused).contains("GET https://cdn.example/sha256:"));
  CHECK_FALSE(why(refused).contains("signature=secret"));
  CHECK(std::ranges::none_of(w.registry.log, [](const std::string& line) { return line.contains("Basic"); }));
}

TEST_CASE("a registry that redirects in a circle, or for ever, is refused") {
  const auto redirected = [](const std::string& to) {
    OciWorld w;
    int n = 0;
    w.registry.fault = [to, &n](const std::string&, const net::Request&) {
      net::Response response(302, "text/plain", "");
      response.headers.set("Location", to.empty() ? "https://registry.example/" + std::to_string(++n) : to);
      return std::optional(std::move(response));
    };
    const auto refused = w.get();
    CHECK(refused.error().is(Disposition::Invalid));
    CHECK(w.registry.log.size() <= 11);
    return why(refused);
  };
  CHECK(redirected("https://registry.example/v2/capi/vsphere/manifests/v1.0.0").contains("redirected in a circle"));
  CHECK(redirected("").contains("redirected more than 10 times"));
}

TEST_CASE("429 is waited out as long as the registry asks, and where that is too long the error says when to try again") {
  OciWorld w;
  w.push();
  int left = 2;
  const auto busy = [&left](const std::string& seconds) {
    return [&left, seconds](const std::string&, const net::Request&) -> std::optional<net::Response> {
      if (left-- <= 0) return std::nullopt;
      net::Response response(429, "text/plain", "");
      response.headers.set("Retry-After", seconds);
      return response;
    };
  };
  w.registry.fault = busy("20");
  const auto before = w.loop.clock.now();
  CHECK(w.get() == "kind: Namespace\n");
  CHECK(w.loop.clock.now() - before >= std::chrono::seconds(40));
  left = 1;
  w.registry.fault = busy("3600");
  const auto refused = w.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::TooManyRequests));
  CHECK(why(refused).contains("try again after 2026-01-01T"));
}

TEST_CASE("a list of tags that does not end, or goes on at another server, is refused") {
  const auto listed = [](const std::string& link) {
    OciWorld w;
    w.registry.fault = [link](const std::string&, const net::Request&) {
      net::Response response(200, "application/json", R"({"tags":["v1.0.0"]})");
      response.headers.set("Link", "<" + link + ">; rel=\"next\"");
      return std::optional(std::move(response));
    };
    const auto found = w.loop.run(w.open()->versions(Deadline::never()));
    return why(found);
  };
  CHECK(listed("/v2/capi/vsphere/tags/list?last=a") == "oci://registry.example/capi/vsphere: the registry's list of tags does not end");
  CHECK(listed("https://evil.example/v2/capi/vsphere/tags/list") == "the registry's list of tags goes on at another server, https://evil.example");
}

}  // namespace slipway::providers
