// A past that is gone: the forms of 410.
#include "pkg/base/strings.h"
#include "test/contract/server.h"

using namespace slipway;
using contract::names_of, contract::Watch;

namespace {

struct Forgetful : contract::Server {
  Forgetful() : Server(Use::Break) {}
  contract::Answer add(std::string_view name) {
    return post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + std::string(name) + "\"}}");
  }
  contract::Answer list(const std::string& query) { return get(path("secrets") + "?" + query); }
};

}  // namespace

TEST_CASE_METHOD(Forgetful, "a continue token that expired is refused with one that goes on inconsistently", "[serial]") {
  for (const char* name : {"a", "b", "c", "d"}) REQUIRE(add(name).status == 201);
  const auto first = list("limit=2");
  REQUIRE(names_of(first.body) == "a b");
  REQUIRE(remove(path("secrets", "c")).status == 200);
  REQUIRE(add("e").status == 201);
  forget_history();
  const auto refused = list("limit=2&continue=" + percent_encode(first.meta("continue").as_string()));
  CHECK_STATUS(
      refused,
      R"({"code":410,"reason":"Expired","message":"The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."})");
  REQUIRE(refused.meta("continue").is_string());
  const auto rest = list("limit=2&continue=" + percent_encode(refused.meta("continue").as_string()));
  CHECK(names_of(rest.body) == "d e");
  CHECK(rest.meta("continue").is_null());
}

TEST_CASE_METHOD(Forgetful, "an exact list of a state that is gone is Expired", "[serial]") {
  const auto a = add("a");
  REQUIRE(add("b").status == 201);
  REQUIRE(add("c").status == 201);
  forget_history();
  CHECK_STATUS(list("resourceVersionMatch=Exact&resourceVersion=" + a.rv()),
               R"({"code":410,"reason":"Expired","message":"The resourceVersion for the provided list is too old."})");
  CHECK(names_of(list("resourceVersionMatch=NotOlderThan&resourceVersion=" + a.rv()).body) == "a b c");
}

TEST_CASE_METHOD(Forgetful, "a watch of a past that is gone is told so in the stream", "[serial]") {
  const auto a = add("a");
  REQUIRE(add("b").status == 201);
  REQUIRE(remove(path("secrets", "b")).status == 200);
  forget_history();
  Watch w(*this, path("secrets") + "?watch=true&resourceVersion=" + a.rv());
  const auto event = w.next();
  CHECK(event["type"].as_string() == "ERROR");
  CHECK(event["object"]["kind"].as_string() == "Status");
  CHECK(event["object"]["code"].as_int() == 410);
  CHECK(event["object"]["reason"].as_string() == "Expired");
  CHECK(event["object"]["message"].as_string().starts_with("too old resource version: " + a.rv() + " ("));
  CHECK(w.line() == "end");
  const auto fresh = list("");
  Watch again(*this, path("secrets") + "?watch=true&resourceVersion=" + fresh.rv());
  REQUIRE(add("c").status == 201);
  CHECK(again.line() == "ADDED c");
}
