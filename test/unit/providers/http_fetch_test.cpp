#include "pkg/providers/sources/http_fetch.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/web.h"

using namespace slipway;
using namespace slipway::providers;
using std::chrono::seconds;

namespace {

FetchRequest secret_request(std::string url) {
  FetchRequest request(std::move(url));
  request.authorization = "Bearer hunter2";
  request.headers = {{"Private-Token", "hunter2"}, {"Accept", "text/plain"}};
  return request;
}

}  // namespace

TEST_CASE("a file is fetched with the fields that were asked for") {
  WebWorld world;
  world.web->pages["https://host/a.yaml?x=1"] = {text("hello")};
  const auto got = world.get(secret_request("https://host/a.yaml?x=1"));
  REQUIRE(got);
  CHECK(got->body == "hello");
  CHECK(got->final_url == "https://host/a.yaml");
  const net::Headers& sent = world.web->calls.at(0).second.headers;
  CHECK(sent.get("authorization") == "Bearer hunter2");
  CHECK(sent.get("accept") == "text/plain");
  CHECK(sent.get("accept-encoding") == "identity");
  CHECK(sent.get("user-agent") == "slipway");
}

TEST_CASE("a file that is not there is NotFound, and is not asked for twice") {
  WebWorld world;
  const auto got = world.get("https://host/a.yaml?sig=hunter2");
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::NotFound));
  CHECK(got.error().message() == "GET https://host/a.yaml: 404 Not Found");
  CHECK(world.web->calls.size() == 1);
}

TEST_CASE("what may not be read says whether credentials are missing or refused") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(403)};
  world.web->pages["https://host/b"] = {status(401)};
  const auto anonymous = world.get("https://host/a");
  REQUIRE_FALSE(anonymous);
  CHECK(anonymous.error().is(Disposition::Forbidden));
  CHECK(anonymous.error().message() == "GET https://host/a: 403 Forbidden: give the source credentials");
  const auto refused = world.get(secret_request("https://host/b"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Forbidden));
  CHECK(has(refused.error().message(), "GET https://host/b: 401"));
  CHECK(has(refused.error().message(), "the source's credentials are not accepted"));
  CHECK_FALSE(has(refused.error().message(), "hunter2"));
}

TEST_CASE("other refusals of a request are final") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(400)};
  world.web->pages["https://host/b"] = {status(206)};
  const auto bad = world.get("https://host/a");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().is(Disposition::Invalid));
  CHECK(bad.error().message() == "GET https://host/a: 400 Bad Request");
  CHECK(world.get("https://host/b").error().is(Disposition::Invalid));
  CHECK(world.web->calls.size() == 2);
}

TEST_CASE("a caller that asks for it sees any status with its fields and body") {
  WebWorld world;
  world.web->pages["https://host/v2/"] = {{.status = 401, .body = "{\"errors\":[]}", .headers = {{"WWW-Authenticate", "Bearer realm=\"https://auth/\""}}}};
  FetchRequest request("https://host/v2/");
  request.any_status = true;
  const auto got = world.get(request);
  REQUIRE(got);
  CHECK(got->status == 401);
  CHECK(got->headers.get("www-authenticate") == "Bearer realm=\"https://auth/\"");
  CHECK(got->body == "{\"errors\":[]}");
  request.url = "https://host/nothing";
  CHECK(world.get(request)->status == 404);
}

TEST_CASE("a HEAD has fields and no body, whatever length it names") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(200, {{"Content-Length", "99999999999"}})};
  FetchRequest request("https://host/a");
  request.method = "HEAD";
  const auto got = world.get(request);
  REQUIRE(got);
  CHECK(got->body.empty());
  CHECK(world.web->calls.at(0).second.method == "HEAD");
}

TEST_CASE("a redirect to another host is followed without the credentials, which it does not get back either") {
  WebWorld world;
  world.web->pages["https://host/a"] = {redirect("/b")};
  world.web->pages["https://host/b"] = {redirect("https://other/c?sig=1")};
  world.web->pages["https://other/c?sig=1"] = {redirect("https://host/d")};
  world.web->pages["https://host/d"] = {text("hello")};
  const auto got = world.get(secret_request("https://host/a"));
  REQUIRE(got);
  CHECK(got->body == "hello");
  CHECK(got->final_url == "https://host/d");
  const auto& calls = world.web->calls;
  REQUIRE(calls.size() == 4);
  CHECK(calls[1].second.headers.get("authorization") == "Bearer hunter2");
  for (const std::size_t i : {2UL, 3UL}) {
    CHECK_FALSE(calls[i].second.headers.contains("authorization"));
    CHECK_FALSE(calls[i].second.headers.contains("private-token"));
    CHECK(calls[i].second.headers.get("accept") == "text/plain");
  }
}

TEST_CASE("another port and another scheme are another host to credentials") {
  WebWorld world;
  world.web->pages["http://127.0.0.1:1/a"] = {redirect("http://127.0.0.1:2/b")};
  world.web->pages["http://127.0.0.1:2/b"] = {text("hello")};
  REQUIRE(world.get(secret_request("http://127.0.0.1:1/a")));
  CHECK_FALSE(world.web->calls.at(1).second.headers.contains("authorization"));
}

TEST_CASE("a redirect in a circle is refused and names the hosts") {
  WebWorld world;
  world.web->pages["https://a.test/1?sig=hunter2"] = {redirect("https://b.test/2")};
  world.web->pages["https://b.test/2"] = {redirect("https://a.test/1?sig=hunter2")};
  const auto got = world.get("https://a.test/1?sig=hunter2");
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Invalid));
  CHECK(got.error().message() == "GET https://a.test/1: redirected in a circle: a.test -> b.test -> a.test");
  CHECK(world.web->calls.size() == 2);
}

TEST_CASE("ten redirects are followed, eleven are not") {
  WebWorld world;
  for (int i = 0; i < 20; ++i) world.web->pages["https://h" + std::to_string(i) + ".test/"] = {redirect("https://h" + std::to_string(i + 1) + ".test/")};
  const auto got = world.get("https://h0.test/");
  REQUIRE_FALSE(got);
  CHECK(got.error().message() ==
        "GET https://h0.test/: redirected more than 10 times: h0.test -> h1.test -> h2.test -> h3.test -> h4.test -> h5.test -> h6.test -> h7.test -> "
        "h8.test -> h9.test -> h10.test -> h11.test");
  world.web->pages["https://h11.test/"] = {text("hello")};
  CHECK(world.get("https://h1.test/"));
}

TEST_CASE("a redirect to http, or to nowhere, is refused") {
  WebWorld world;
  world.web->pages["https://host/a"] = {redirect("http://host/a")};
  world.web->pages["https://host/b"] = {status(302)};
  const auto plain = world.get("https://host/a");
  REQUIRE_FALSE(plain);
  CHECK(plain.error().is(Disposition::Invalid));
  CHECK(plain.error().message() == "GET https://host/a: redirected: URL \"http://host/a\": is not encrypted: must start with https://");
  const auto nowhere = world.get("https://host/b");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message() == "GET https://host/b: 302 Found without a Location to go to");
  CHECK(world.web->calls.size() == 2);
}

TEST_CASE("a download that breaks off is tried again, and never a file") {
  WebWorld world;
  const Page cut{.body = "hel", .headers = {{"Content-Length", "5"}}};
  world.web->pages["https://host/a"] = {cut, {.body = "hello", .headers = {{"Content-Length", "5"}}}};
  CHECK(world.get("https://host/a")->body == "hello");
  world.web->pages["https://host/b"] = {cut};
  const auto got = world.get("https://host/b");
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(got.error().message() == "after 6 attempts: GET https://host/b: the download broke off after 3 of 5 bytes");
}

TEST_CASE("a file over the cap is refused while it arrives, whether it names its length or not") {
  WebWorld world;
  const auto count = std::make_shared<std::size_t>(0);
  world.web->pages["https://host/a"] = {{.endless = count}};
  FetchRequest request("https://host/a");
  request.max_bytes = 1'000'000;
  const auto endless = world.get(request);
  REQUIRE_FALSE(endless);
  CHECK(endless.error().is(Disposition::Invalid));
  CHECK(endless.error().message() == "GET https://host/a: the file is larger than 1000000 bytes, which is the most that is accepted");
  CHECK(*count < 1'100'000);
  world.web->pages["https://host/a"] = {{.headers = {{"Content-Length", "1000001"}}, .endless = count}};
  *count = 0;
  CHECK(world.get(request).error().is(Disposition::Invalid));
  CHECK(*count == 0);
  CHECK(world.web->calls.size() == 2);
}

TEST_CASE("the body of an error is read to its first 64 KiB only") {
  WebWorld world;
  world.web->pages["https://host/a"] = {{.status = 400, .endless = std::make_shared<std::size_t>(0)}};
  FetchRequest request("https://host/a");
  request.any_status = true;
  CHECK(world.get(request)->body.size() == 65'536);
}

TEST_CASE("a compressed body that was not asked for is refused") {
  WebWorld world;
  world.web->pages["https://host/a"] = {{.body = "\x1f\x8b", .headers = {{"Content-Encoding", "gzip"}}}};
  const auto got = world.get("https://host/a");
  REQUIRE_FALSE(got);
  CHECK(got.error().message() == "GET https://host/a: the server sends the file compressed (Content-Encoding), which was not asked for");
}

TEST_CASE("passing trouble is waited out") {
  for (const int code : {408, 429, 500, 502, 503, 504}) {
    CAPTURE(code);
    WebWorld world;
    world.web->pages["https://host/a"] = {status(code), status(code), text("hello")};
    const auto before = world.loop.clock.now();
    const auto got = world.get("https://host/a");
    REQUIRE(got);
    CHECK(got->body == "hello");
    CHECK(world.loop.clock.now() - before >= seconds(3));  // 1 s and 2 s, and jitter
    CHECK(world.loop.clock.now() - before < seconds(6));
  }
}

TEST_CASE("trouble that does not pass is an error after six attempts, or where the deadline leaves no more") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(503)};
  const auto got = world.get("https://host/a");
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(got.error().message() == "after 6 attempts: GET https://host/a: 503 Service Unavailable");
  CHECK(world.web->calls.size() == 6);
  const auto before = world.loop.clock.now();
  CHECK(world.get("https://host/a", seconds(5)).error().is(Disposition::Transient));
  CHECK(world.loop.clock.now() - before < seconds(5));
  CHECK(world.get("https://host/a", seconds(0)).error().message() == "GET https://host/a: the deadline passed");
}

TEST_CASE("a wait that the server asks for is kept where the deadline allows it") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(429, {{"Retry-After", "300"}}), text("hello")};
  const auto before = world.loop.clock.now();
  REQUIRE(world.get("https://host/a", seconds(600)));
  CHECK(world.loop.clock.now() - before == seconds(300));
}

TEST_CASE("a wait beyond the deadline is not begun, and the error says when to try again") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(429, {{"Retry-After", "3600"}})};
  const auto before = world.loop.clock.now();
  const auto got = world.get("https://host/a", seconds(600));
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::TooManyRequests));
  CHECK(got.error().message() ==
        "GET https://host/a: 429 Too Many Requests: the server asks to wait 60m, longer than the deadline allows; try again after 2026-01-01T01:00:00Z, "
        "or give the source credentials, which often raises the limit");
  REQUIRE(got.error().status());
  CHECK(got.error().status()->retry_after == seconds(3600));
  CHECK(world.loop.clock.now() == before);
  CHECK(world.web->calls.size() == 1);
}

TEST_CASE("an exhausted rate limit of GitHub is a wait, not a refusal") {
  WebWorld world;
  const Page limited = status(403, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1767225720"}});  // 00:02:00
  world.web->pages["https://host/a"] = {limited, text("hello")};
  CHECK(world.get("https://host/a", seconds(600))->body == "hello");
  world.web->pages["https://host/b"] = {status(403, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1767229200"}})};
  const auto got = world.get("https://host/b", seconds(600));
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::TooManyRequests));
  CHECK(has(got.error().message(), "try again after 2026-01-01T01:00:00Z"));
}

TEST_CASE("a lost connection is tried again, and its error does not show the signature of an address") {
  WebWorld world;
  world.web->unreachable = true;
  const auto got = world.get("https://host/a?sig=hunter2");
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(world.web->calls.size() == 6);
  CAPTURE(got.error().message());
  CHECK(has(got.error().message(), "GET https://host/a: "));
  CHECK(has(got.error().message(), "the connection was closed without an answer"));
  CHECK_FALSE(has(got.error().message(), "hunter2"));
}

namespace {
async::Awaitable<void> note(HttpFetcher fetcher, std::optional<Result<FetchResponse>>* out) {
  *out = co_await fetcher.send(FetchRequest("https://host/a"), async::Deadline::never());
}
}  // namespace

TEST_CASE("a fetch that is cancelled while it waits ends at once") {
  WebWorld world;
  world.web->pages["https://host/a"] = {status(503)};
  std::optional<Result<FetchResponse>> out;
  async::TaskGroup group(world.loop.executor());
  group.spawn("fetch", note(world.fetcher(), &out));
  world.loop.settle();
  CHECK(world.web->calls.size() == 1);
  world.loop.run(group.stop());
  REQUIRE(out);
  REQUIRE_FALSE(*out);
  CHECK(out->error().is(Disposition::Canceled));
  CHECK(world.web->calls.size() == 1);
}

TEST_CASE("credentials become the field that servers know") {
  CHECK(authorization_of(Access{}).empty());
  CHECK(authorization_of({.ca_pem = {}, .proxy = {}, .username = "jane", .password = "pw", .token = {}}) == "Basic amFuZTpwdw==");
  CHECK(authorization_of({.ca_pem = {}, .proxy = {}, .username = "jane", .password = "pw", .token = "t"}) == "Bearer t");
}
