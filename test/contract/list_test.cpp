// Lists: pages, selectors, resourceVersions.
#include "pkg/base/strings.h"
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map, contract::names_of;

namespace {

struct Listed : contract::Server {
  Listed() {
    for (const char* name : {"a", "b", "c", "d", "e"})
      last = post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + std::string(name) + R"(","labels":{"n":")" + name +
                                       R"(","even":")" + (name[0] % 2 == 0 ? "yes" : "no") + R"("}},"type":"x.dev/t"})");
    REQUIRE(last.status == 201);
  }
  contract::Answer list(std::string query) { return get(path("secrets") + "?" + std::move(query)); }
  contract::Answer last;
};

}  // namespace

TEST_CASE_METHOD(Listed, "a list has kind, resourceVersion and items without kinds, in the order of names") {
  const auto all = get(path("secrets"));
  CHECK(all.body["kind"].as_string() == "SecretList");
  CHECK(all.body["apiVersion"].as_string() == "v1");
  CHECK(names_of(all.body) == "a b c d e");
  CHECK(all.body["items"][0U]["kind"].is_null());
  CHECK(all.body["items"][0U]["apiVersion"].is_null());
  CHECK_FALSE(all.rv().empty());
  const auto none = get(path_of("apps/v1", "deployments"));
  CHECK(none.body["items"].is_array());
  CHECK(none.body["items"].size() == 0);
}

TEST_CASE_METHOD(Listed, "pages show one snapshot, whatever is written between them") {
  const auto first = list("limit=2");
  CHECK(names_of(first.body) == "a b");
  CHECK(first.meta("remainingItemCount").as_int() == 3);
  const std::string token = percent_encode(first.meta("continue").as_string());
  REQUIRE_FALSE(token.empty());
  REQUIRE(remove(path("secrets", "d")).status == 200);
  REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"bb"}})").status == 201);
  const auto second = list("limit=2&continue=" + token);
  CHECK(names_of(second.body) == "c d");
  CHECK(second.rv() == first.rv());
  CHECK(second.meta("remainingItemCount").as_int() == 1);
  const auto third = list("limit=2&continue=" + percent_encode(second.meta("continue").as_string()));
  CHECK(names_of(third.body) == "e");
  CHECK(third.meta("continue").is_null());
  CHECK(third.meta("remainingItemCount").is_null());
  CHECK(names_of(get(path("secrets")).body) == "a b bb c e");
}

TEST_CASE_METHOD(Listed, "with a selector pages do not count what remains") {
  const auto first = list("limit=1&labelSelector=even%3Dno");
  CHECK(names_of(first.body) == "a");
  CHECK(first.meta("remainingItemCount").is_null());
  CHECK(names_of(list("limit=5&labelSelector=even%3Dno&continue=" + percent_encode(first.meta("continue").as_string())).body) == "c e");
}

TEST_CASE_METHOD(Listed, "continue tokens are checked, and stand alone") {
  const auto first = list("limit=2");
  const std::string token = percent_encode(first.meta("continue").as_string());
  const auto garbage = list("continue=x");
  CHECK(garbage.status == 400);
  CHECK(garbage.reason() == "BadRequest");
  CHECK(garbage.message() == "invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
  CHECK_STATUS(list("limit=2&resourceVersion=5&continue=" + token),
               R"({"code":400,"reason":"BadRequest","message":"specifying resource version is not allowed when using continue"})");
  const auto match = list("resourceVersionMatch=Exact&resourceVersion=" + first.rv() + "&continue=" + token);
  CHECK(match.status == 422);
  CHECK(match.message() ==
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided");
}

TEST_CASE_METHOD(Listed, "label selectors know equality, sets and existence") {
  const auto names = [&](std::string_view selector) { return names_of(list("labelSelector=" + percent_encode(selector)).body); };
  CHECK(names("n=a") == "a");
  CHECK(names("n==a") == "a");
  CHECK(names("n!=a,n") == "b c d e");
  CHECK(names("n in (a, c)") == "a c");
  CHECK(names("n notin (a,c),even") == "b d e");
  CHECK(names("!n").empty());
  CHECK(names("even=yes,n in (b,c)") == "b");
  CHECK(names("n,!other") == "a b c d e");
  CHECK(names("").size() == 9);
}

TEST_CASE_METHOD(Listed, "selectors that do not parse are refused in the parser's words") {
  const auto bad = list("labelSelector=" + percent_encode("n in a"));
  CHECK_STATUS(bad, R"({"code":400,"reason":"BadRequest","message":"unable to parse requirement: found 'a' expected: '('"})");
  CHECK_STATUS(list("labelSelector=" + percent_encode("=a")),
               R"({"code":400,"reason":"BadRequest","message":"found '=', expected: !, identifier, or 'end of string'"})");
  const auto value = list("labelSelector=" + percent_encode("n=a b"));
  CHECK(value.status == 400);
  CHECK(value.message() == "found 'b', expected: ',' or 'end of string'");
}

TEST_CASE_METHOD(Listed, "field selectors know metadata.name and namespace, and what the kind has") {
  const auto names = [&](std::string_view selector) { return names_of(list("fieldSelector=" + percent_encode(selector)).body); };
  CHECK(names("metadata.name=a") == "a");
  CHECK(names("metadata.name!=a,metadata.name!=b") == "c d e");
  CHECK(names("metadata.namespace=" + ns).size() == 9);
  CHECK(names("type=x.dev/t").size() == 9);
  CHECK(names("type=Opaque").empty());
  CHECK_STATUS(list("fieldSelector=" + percent_encode("data.x=1")), R"({"code":400,"reason":"BadRequest","message":"field label not supported: data.x"})");
  const auto deployments = get(path_of("apps/v1", "deployments") + "?fieldSelector=spec.replicas%3D1");
  CHECK(deployments.status == 400);
  CHECK(deployments.message() == "\"spec.replicas\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
}

TEST_CASE_METHOD(Listed, "an exact list shows the past") {
  REQUIRE(remove(path("secrets", "a")).status == 200);
  const auto made = post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"f"}})");
  REQUIRE(made.status == 201);
  const auto past = list("resourceVersionMatch=Exact&resourceVersion=" + last.rv());
  CHECK(names_of(past.body) == "a b c d e");
  CHECK(past.rv() == last.rv());
  // Not older than the last write: a server's cache may lag behind it, and an older version is all that it has to wait for.
  const auto newer = list("resourceVersionMatch=NotOlderThan&resourceVersion=" + made.rv());
  CHECK(names_of(newer.body) == "b c d e f");
  CHECK(names_of(list("resourceVersion=" + made.rv()).body) == "b c d e f");
  CHECK(list("resourceVersion=0").status == 200);
}

TEST_CASE_METHOD(Listed, "resourceVersions and their match are checked") {
  CHECK(list("resourceVersionMatch=Exact").message() ==
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
  CHECK(list("resourceVersionMatch=Exact&resourceVersion=0").message() ==
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  const auto match = list("resourceVersionMatch=Near&resourceVersion=1");
  CHECK(match.status == 422);
  CHECK(match.message() ==
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Near\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
  const auto initial = list("sendInitialEvents=true");
  CHECK(initial.message() == "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list");
  const auto version = list("resourceVersion=abc");
  INFO(version.text);
  CHECK(version.status == 400);
  CHECK(version.message() == "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax");
}

TEST_CASE_METHOD(Listed, "a resourceVersion of the future times out with a cause") {
  for (const std::string query : {"resourceVersion=999999999", "resourceVersionMatch=NotOlderThan&resourceVersion=999999999"}) {
    const auto future = list(query);
    INFO(future.text);
    CHECK(future.status == 504);
    CHECK(future.reason() == "Timeout");
    CHECK(future.message().starts_with("Timeout: Too large resource version: 999999999, current: "));
    contract::check_equal(future.body["details"],
                          parse(R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1})"));
  }
  const auto one = get(path("secrets", "a") + "?resourceVersion=999999999");
  CHECK(one.status == 504);
}
