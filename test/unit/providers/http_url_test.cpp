#include "pkg/providers/sources/http_url.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;

TEST_CASE("an address is taken apart, and put together as it is compared and shown") {
  const auto url = parse_http_url("HTTPS://Files.Example.COM:8443/a/b%20c.yaml?sig=secret#part");
  REQUIRE(url);
  CHECK(url->origin() == "https://files.example.com:8443");
  CHECK(url->target() == "/a/b%20c.yaml?sig=secret");
  CHECK(url->shown() == "https://files.example.com:8443/a/b%20c.yaml");
  CHECK(parse_http_url("https://host:443")->shown() == "https://host/");
  CHECK(parse_http_url("http://[::1]:80/x")->origin() == "http://[::1]");
  CHECK(parse_http_url("http://127.0.0.1:8080/x")->loopback());
}

TEST_CASE("addresses that cannot be fetched from are refused with what is wrong") {
  struct Row {
    const char* url;
    const char* says;
  };
  const Row rows[] = {
      {"", "must start with https://"},
      {"example.com/x", "must start with https://"},
      {"ftp://example.com/x", "must start with https://"},
      {"https://", "has no host"},
      {"https:///x", "has no host"},
      {"https://host:0/x", "the port must be a number from 1 to 65535"},
      {"https://host:99999/x", "the port must be a number from 1 to 65535"},
      {"https://host:/x", "the port must be a number from 1 to 65535"},
      {"https://ho%73t/x", "no name and no address"},
      {"https://host/a b", "holds blanks"},
      {"https://host/\xc3\xa4", "letters beyond ASCII"},
      {"https://host/\r\nHost: other", "holds blanks"},
      {"http://example.com/x", "URL \"http://example.com/x\": is not encrypted: must start with https://"},
      {"http://127.0.0.1.example.com/x", "is not encrypted"},
      {"http://10.0.0.1/x", "is not encrypted"},
  };
  for (const auto& [url, says] : rows) {
    CAPTURE(url);
    const auto parsed = parse_http_url(url);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().is(Disposition::Invalid));
    CAPTURE(parsed.error().message());
    CHECK(has(parsed.error().message(), says));
  }
  CHECK_FALSE(parse_http_url("https://host/" + std::string(10'000, 'a')));
}

TEST_CASE("a password in an address is refused and not repeated") {
  for (const char* url : {"https://user:hunter2@host/x", "http://hunter2@host", "https://user:hunter2@host/x y"}) {
    const auto parsed = parse_http_url(url);
    REQUIRE_FALSE(parsed);
    CHECK_FALSE(has(parsed.error().message(), "hunter2"));
    CHECK(has(parsed.error().message(), "give the source credentials instead"));
  }
  CHECK(parse_http_url("https://host/npm/@scope/x"));
}

TEST_CASE("a signature in an address is not repeated") {
  const auto parsed = parse_http_url("http://example.com/x?signature=hunter2");
  REQUIRE_FALSE(parsed);
  CHECK_FALSE(has(parsed.error().message(), "hunter2"));
}

TEST_CASE("a Location is resolved against the address that sent it") {
  const auto from = parse_http_url("https://host/a/b/c?q=1").value();
  struct Row {
    const char* location;
    const char* to;
  };
  const Row rows[] = {{"https://other/x?y", "https://other/x?y"},
                      {"//other/x", "https://other/x"},
                      {"/x", "https://host/x"},
                      {"x", "https://host/a/b/x"},
                      {"../x", "https://host/a/x"},
                      {"../../../../x", "https://host/x"},
                      {"./x/./y/", "https://host/a/b/x/y/"},
                      {"?z=2", "https://host/a/b/c?z=2"},
                      {"#part", "https://host/a/b/c?q=1"},
                      {"x:y/z", ""},
                      {"/x:y", "https://host/x:y"},
                      {"..", "https://host/a/"}};
  for (const auto& [location, to] : rows) {
    CAPTURE(location);
    const auto url = resolve_location(from, location);
    CHECK((url ? url->origin() + url->target() : "") == to);
  }
}

TEST_CASE("a redirect from https to http is refused, also to this machine") {
  const auto from = parse_http_url("https://host/a").value();
  const auto plain = resolve_location(from, "http://other/x?sig=hunter2");
  REQUIRE_FALSE(plain);
  CHECK(plain.error().message() == "redirected: URL \"http://other/x\": is not encrypted: must start with https://");
  const auto here = resolve_location(from, "http://127.0.0.1/x");
  REQUIRE_FALSE(here);
  CHECK(here.error().message() == "redirected from https to \"http://127.0.0.1/x\", which is not encrypted");
  CHECK(resolve_location(parse_http_url("http://127.0.0.1/a").value(), "http://localhost/x"));
}
