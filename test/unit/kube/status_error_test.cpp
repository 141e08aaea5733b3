#include <catch2/catch_test_macros.hpp>

#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;

TEST_CASE("a Status becomes an error that says what was tried") {
  const auto e = error_from_response(test::status_response(409, "Conflict", "the object has been modified"), "patching Cluster x/y");
  CHECK(e.is(Disposition::Conflict));
  CHECK(e.message() == "patching Cluster x/y: 409 Conflict: the object has been modified");
  REQUIRE(e.status() != nullptr);
  CHECK(e.status()->code == 409);
}

TEST_CASE("the reason decides before the code") {
  struct Row {
    int code;
    const char* reason;
    Disposition expected;
  };
  for (const Row& row :
       {Row{409, "AlreadyExists", Disposition::AlreadyExists}, Row{410, "Expired", Disposition::Gone}, Row{410, "Gone", Disposition::Gone},
        Row{404, "NotFound", Disposition::NotFound}, Row{403, "Forbidden", Disposition::Forbidden}, Row{401, "Unauthorized", Disposition::Unauthorized},
        Row{422, "Invalid", Disposition::Invalid}, Row{400, "BadRequest", Disposition::Invalid}, Row{405, "MethodNotAllowed", Disposition::Unsupported},
        Row{429, "TooManyRequests", Disposition::TooManyRequests}, Row{500, "InternalError", Disposition::Transient},
        Row{503, "ServiceUnavailable", Disposition::Transient}, Row{504, "Timeout", Disposition::Transient}, Row{409, "", Disposition::Conflict},
        Row{502, "", Disposition::Transient}, Row{501, "", Disposition::Unsupported}, Row{415, "", Disposition::Invalid}, Row{302, "", Disposition::Terminal},
        Row{418, "", Disposition::Terminal}}) {
    INFO(row.code << " " << row.reason);
    CHECK(error_from_response(test::status_response(row.code, row.reason, "m"), "x").disposition() == row.expected);
  }
}

TEST_CASE("a body that is no Status is quoted as one short line") {
  const auto html = error_from_response(net::Response(502, "text/html", "<html>\r\nBad\tGateway</html>\n"), "getting x");
  CHECK(html.is(Disposition::Transient));
  CHECK(html.message() == "getting x: 502: <html>  Bad Gateway</html>");
  CHECK(error_from_response(net::Response(503, "text/plain", ""), "x").message() == "x: 503 ServiceUnavailable");
  CHECK(error_from_response(net::Response(500, "x", "\xff\xfe"), "x").message() == "x: 500: (a body of 2 bytes that is no text)");
  CHECK(error_from_response(net::Response(500, "x", std::string(1 << 20, 'a')), "x").message().size() < 2100);
  CHECK(error_from_response(net::Response(500, "x", "[1,"), "x").is(Disposition::Transient));
}

TEST_CASE("Retry-After comes from the details or the header, and is bounded") {
  net::Response header(429, "text/plain", "slow down");
  header.headers.set("Retry-After", "7");
  CHECK(error_from_response(header, "x").status()->retry_after == std::chrono::seconds(7));
  header.headers.set("Retry-After", "99999999");
  CHECK(error_from_response(header, "x").status()->retry_after == std::chrono::seconds(600));
  header.headers.set("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT");
  CHECK_FALSE(error_from_response(header, "x").status()->retry_after.has_value());
  const auto body = test::json_response(429, R"({"kind":"Status","code":429,"reason":"TooManyRequests","details":{"retryAfterSeconds":3}})");
  CHECK(error_from_response(body, "x").status()->retry_after == std::chrono::seconds(3));
}

TEST_CASE("a lagging server and a terminating namespace are told apart from their codes") {
  const auto lag = test::json_response(504, R"({"kind":"Status","code":504,"reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}})");
  CHECK(is_resource_version_too_large(error_from_response(lag, "x")));
  CHECK(is_resource_version_too_large(error_from_response(test::status_response(504, "Timeout", "Too large resource version: 5, current: 3"), "x")));
  CHECK_FALSE(is_resource_version_too_large(error_from_response(test::status_response(504, "Timeout", "slow"), "x")));
  const auto ending = test::json_response(403, R"({"kind":"Status","code":403,"reason":"Forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]}})");
  CHECK(error_from_response(ending, "x").is(Disposition::Transient));
}
