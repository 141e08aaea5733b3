#include "pkg/net/http.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/net/detail/url.h"

namespace slipway::net {

TEST_CASE("header names compare without case, and set replaces all of a name", "[net]") {
  Headers headers{{"Accept", "a"}, {"accept", "b"}, {"X", "y"}};
  CHECK(headers.get("ACCEPT") == "a");
  CHECK(headers.contains("aCCept"));
  headers.set("ACCEPT", "c");
  CHECK(headers.all().size() == 2);
  CHECK(headers.get("accept") == "c");
  CHECK(headers.get("missing").empty());
}

TEST_CASE("a request target is split and decoded", "[net]") {
  const auto target = parse_target("/api/v1/namespaces/a%20b/pods?labelSelector=app%3Dx,tier%20in%20(a)&watch=true&limit=&x+y=1+2&flag");
  REQUIRE(target);
  CHECK(target->path == "/api/v1/namespaces/a b/pods");
  CHECK(target->get("labelSelector") == "app=x,tier in (a)");
  CHECK(target->get("watch") == "true");
  CHECK(target->has("limit"));
  CHECK(target->get("limit").empty());
  CHECK(target->get("x y") == "1 2");
  CHECK(target->has("flag"));
  CHECK_FALSE(target->has("none"));
}

TEST_CASE("broken escapes and relative targets are refused", "[net]") {
  for (const char* bad : {"", "api", "/a%2", "/a%zz", "/a?b=%", "/a?%g1=c", "http://host/a"}) {
    CAPTURE(bad);
    const auto target = parse_target(bad);
    REQUIRE_FALSE(target);
    CHECK(target.error().is(Disposition::Invalid));
  }
}

TEST_CASE("statuses have their phrases", "[net]") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(422) == "Unprocessable Entity");
  CHECK(reason_phrase(299) == "Unknown");
}

TEST_CASE("a server's URL is split", "[net]") {
  using detail::parse_url;
  const auto plain = parse_url("https://10.0.0.1:6443");
  REQUIRE(plain);
  CHECK(plain->host_header() == "10.0.0.1:6443");
  const auto ipv6 = parse_url("https://[fd00::1]/k8s/clusters/c-1/");
  REQUIRE(ipv6);
  CHECK(ipv6->host == "fd00::1");
  CHECK(ipv6->port == 443);
  CHECK(ipv6->prefix == "/k8s/clusters/c-1");
  CHECK(ipv6->host_header() == "[fd00::1]");
  const auto http = parse_url("http://localhost");
  REQUIRE(http);
  CHECK_FALSE(http->tls);
  CHECK(http->origin() == "http://localhost");
}

TEST_CASE("a server's URL that is wrong is refused with a sentence that shows no password", "[net]") {
  using detail::parse_url;
  for (const char* bad : {"", "10.0.0.1:6443", "ftp://a", "https://", "https://a:0", "https://a:70000", "https://a:6443x", "https://[::1", "https://[::1]6443",
                          "https://a?b", "https://a#b", "https://a b", "https://a\r\nX: y", "https:///path", "https://a:"}) {
    CAPTURE(bad);
    const auto url = parse_url(bad);
    REQUIRE_FALSE(url);
    CHECK(url.error().is(Disposition::Invalid));
  }
  const auto secret = parse_url("https://admin:hunter2@host:6443");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().message().find("hunter2") == std::string::npos);
}

}  // namespace slipway::net
