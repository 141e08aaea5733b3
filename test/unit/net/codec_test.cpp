#include "pkg/net/detail/codec.h"

#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace slipway::net::detail {
namespace {

struct Parsed {
  Head head;
  std::string body;
  std::string rest;
  bool done = false;
  bool keep_alive = false;
};

// Feeds the bytes up to `split`, then the others, then the end of the stream.
Result<Parsed> parse_split(Decoder::Kind kind, std::string_view bytes, std::size_t split, bool end) {
  Decoder decoder(kind);
  Parsed out;
  std::string beyond;
  for (const std::string_view part : {bytes.substr(0, split), bytes.substr(split)}) {
    if (decoder.done()) {
      beyond = part;
      break;
    }
    if (part.empty()) continue;
    if (auto fed = decoder.feed(part); !fed) return fail(std::move(fed).error());
    out.body += decoder.take_body();
  }
  if (end)
    if (auto fed = decoder.feed_end(); !fed) return fail(std::move(fed).error());
  out.done = decoder.done();
  out.keep_alive = decoder.keep_alive();
  out.rest = decoder.take_rest() + beyond;
  out.head = decoder.head();
  return out;
}

Result<Parsed> parse_bytewise(Decoder::Kind kind, std::string_view bytes) {
  Decoder decoder(kind);
  Parsed out;
  for (const char c : bytes) {
    if (decoder.done()) {
      out.rest += c;
      continue;
    }
    if (auto fed = decoder.feed(std::string_view(&c, 1)); !fed) return fail(std::move(fed).error());
    out.body += decoder.take_body();
  }
  out.done = decoder.done();
  out.head = decoder.head();
  return out;
}

constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=\"a;b\"\r\n{\"a\":\r\nA\r\n\"\xc3\xa4\xc3\xb6\xc3\xbc\"}\n\r\n0\r\nX-Trailer: late\r\n\r\nHTTP/1.1 204";
constexpr std::string_view kLength = "HTTP/1.1 201 Created\r\nContent-Length: 11\r\nx-y:  padded \r\n\r\nhello worldNEXT";
constexpr std::string_view kPost = "POST /api/v1/x?y=%20 HTTP/1.1\r\nHost: h:1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbodyGET /";

}  // namespace

TEST_CASE("a chunked answer is the same wherever its bytes are split", "[net]") {
  for (std::size_t split = 0; split <= kChunked.size(); ++split) {
    CAPTURE(split);
    const auto parsed = parse_split(Decoder::Kind::Response, kChunked, split, false);
    REQUIRE(parsed);
    REQUIRE(parsed->done);
    REQUIRE(parsed->body == "{\"a\":\"\xc3\xa4\xc3\xb6\xc3\xbc\"}\n");
    REQUIRE(parsed->rest == "HTTP/1.1 204");
    REQUIRE(parsed->head.headers.get("content-type") == "application/json");
    REQUIRE_FALSE(parsed->head.headers.contains("X-Trailer"));
  }
  const auto bytewise = parse_bytewise(Decoder::Kind::Response, kChunked);
  REQUIRE(bytewise);
  CHECK(bytewise->done);
  CHECK(bytewise->body.size() == 15);
}

TEST_CASE("an answer with a length is the same wherever its bytes are split", "[net]") {
  for (std::size_t split = 0; split <= kLength.size(); ++split) {
    CAPTURE(split);
    const auto parsed = parse_split(Decoder::Kind::Response, kLength, split, false);
    REQUIRE(parsed);
    REQUIRE(parsed->done);
    REQUIRE(parsed->keep_alive);
    REQUIRE(parsed->head.status == 201);
    REQUIRE(parsed->body == "hello world");
    REQUIRE(parsed->rest == "NEXT");
    REQUIRE(parsed->head.headers.get("X-Y") == "padded");
  }
}

TEST_CASE("a request is the same wherever its bytes are split", "[net]") {
  for (std::size_t split = 0; split <= kPost.size(); ++split) {
    CAPTURE(split);
    const auto parsed = parse_split(Decoder::Kind::Request, kPost, split, false);
    REQUIRE(parsed);
    REQUIRE(parsed->done);
    REQUIRE(parsed->head.method == "POST");
    REQUIRE(parsed->head.target == "/api/v1/x?y=%20");
    REQUIRE(parsed->body == "body");
    REQUIRE(parsed->rest == "GET /");
  }
  const auto bytewise = parse_bytewise(Decoder::Kind::Request, kPost);
  REQUIRE(bytewise);
  CHECK(bytewise->rest == "GET /");
}

TEST_CASE("a message that is cut at any byte is no message", "[net]") {
  const std::string_view whole = kChunked.substr(0, kChunked.size() - std::string_view("HTTP/1.1 204").size());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto parsed = parse_split(Decoder::Kind::Response, whole.substr(0, size), size, true);
    REQUIRE_FALSE(parsed);
    REQUIRE(parsed.error().is(Disposition::Transient));
  }
  CHECK(parse_split(Decoder::Kind::Response, whole, whole.size(), true));
  CHECK_FALSE(parse_split(Decoder::Kind::Response, kLength.substr(0, kLength.size() - 5), 9, true));
}

TEST_CASE("an answer without a length ends with the connection and cannot be kept alive", "[net]") {
  const auto parsed = parse_split(Decoder::Kind::Response, "HTTP/1.1 200 OK\r\n\r\nall of it", 21, true);
  REQUIRE(parsed);
  CHECK(parsed->done);
  CHECK(parsed->body == "all of it");
  CHECK_FALSE(parsed->keep_alive);
}

TEST_CASE("an answer to HEAD and one without content have no body, whatever they announce", "[net]") {
  const auto head = parse_split(Decoder::Kind::ResponseToHead, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", 3, false);
  REQUIRE(head);
  CHECK(head->done);
  const auto none = parse_split(Decoder::Kind::Response, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 3, false);
  REQUIRE(none);
  CHECK(none->done);
}

TEST_CASE("a request whose end two readers could see differently is refused", "[net]") {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const std::string fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: -1\r\n", "Content-Length: 0x10\r\n", "Content-Length: 18446744073709551616\r\n",
        "Host: other\r\n", "Transfer-Encoding : chunked\r\n", "Bad Name: x\r\n", "X: a\x01\r\n"}) {
    CAPTURE(fields);
    const std::string bytes = start + fields + "\r\n0\r\n\r\n";
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
      const auto parsed = parse_split(Decoder::Kind::Request, bytes, split, false);
      REQUIRE_FALSE(parsed);
      REQUIRE(parsed.error().is(Disposition::Invalid));
    }
  }
  CHECK_FALSE(parse_split(Decoder::Kind::Request, "GET / HTTP/1.1\r\n\r\n", 0, false));  // no Host
  CHECK_FALSE(parse_split(Decoder::Kind::Request, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 0, false));
  CHECK(parse_split(Decoder::Kind::Request, "GET / HTTP/1.0\r\n\r\n", 0, false));
}

TEST_CASE("what is not HTTP is refused", "[net]") {
  for (const std::string_view bytes :
       {std::string_view("\x15\x03\x01\x00\x02\x02\x16", 7), std::string_view("GET / HTTP/2.0\r\n\r\n"), std::string_view("\r\n\r\n\r\n"),
        std::string_view("GET  / HTTP/1.1\r\n\r\n"), std::string_view("GET /\x7f HTTP/1.1\r\n\r\n"), std::string_view("PRI * HTTP/2.0\r\n\r\n")}) {
    CAPTURE(bytes);
    const auto parsed = parse_split(Decoder::Kind::Request, bytes, 0, false);
    CHECK_FALSE(parsed);
  }
}

TEST_CASE("a request's head over 1 MiB, an answer's, a chunk header and trailers over 64 KiB are refused", "[net]") {
  const std::string much(70'000, 'a');
  const std::string too_much(1'100'000, 'a');
  for (const std::string& bytes : {"GET /" + too_much + " HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: " + too_much + "\r\n\r\n",
                                   "GET / HTTP/1.1\r\nHost: h\r\nX: " + too_much}) {
    Decoder decoder(Decoder::Kind::Request);
    const auto fed = decoder.feed(bytes);
    REQUIRE_FALSE(fed);
    CHECK(decoder.too_large());
  }
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  Decoder fits(Decoder::Kind::Request);
  CHECK(fits.feed("GET / HTTP/1.1\r\nHost: h\r\nX: " + much + "\r\n\r\n"));
  for (const std::string& bytes : {"HTTP/1.1 200 OK\r\nX: " + much, chunked + "5;" + much, chunked + "0\r\nX: " + much}) {
    Decoder decoder(Decoder::Kind::Response);
    CHECK_FALSE(decoder.feed(bytes));
  }
  Decoder many(Decoder::Kind::Request);
  std::string fields = "GET / HTTP/1.1\r\nHost: h\r\n";
  while (fields.size() < 1'100'000) fields += "A: b\r\n";
  CHECK_FALSE(many.feed(fields + "\r\n"));
}

TEST_CASE("a body far over every limit of Beast passes piece by piece", "[net]") {
  Decoder decoder(Decoder::Kind::Response);
  REQUIRE(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string piece = chunk(std::string(100'000, 'x'));
  std::size_t total = 0;
  for (int i = 0; i < 200; ++i) {
    REQUIRE(decoder.feed(piece));
    total += decoder.take_body().size();
  }
  REQUIRE(decoder.feed(kLastChunk));
  CHECK(decoder.done());
  CHECK(total == 20'000'000);
}

TEST_CASE("a request's head says what the body needs and nothing that the caller smuggles in", "[net]") {
  Request request("POST", "/api?x=%20");
  request.body = "12345";
  request.headers = {{"Accept", "a/b"}, {"Content-Length", "99"}, {"host", "evil"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}};
  const auto head = request_head(request, "h:1", "/prefix");
  REQUIRE(head);
  CHECK(*head == "POST /prefix/api?x=%20 HTTP/1.1\r\nHost: h:1\r\nAccept: a/b\r\nContent-Length: 5\r\n\r\n");
  const auto get = request_head(Request("GET", "/"), "h", "");
  REQUIRE(get);
  CHECK(*get == "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST_CASE("methods, targets and fields that would be read as something else are refused without repeating values", "[net]") {
  CHECK_FALSE(request_head(Request("GE T", "/"), "h", ""));
  CHECK_FALSE(request_head(Request("", "/"), "h", ""));
  CHECK_FALSE(request_head(Request("GET", "/a b"), "h", ""));
  CHECK_FALSE(request_head(Request("GET", "/a\r\nX: y"), "h", ""));
  CHECK_FALSE(request_head(Request("GET", "/\xc3\xa4"), "h", ""));
  CHECK_FALSE(request_head(Request("GET", "relative"), "h", ""));
  Request request("GET", "/");
  request.headers.add("Authorization", "Bearer hunter2\r\nX: y");
  const auto head = request_head(request, "h", "");
  REQUIRE_FALSE(head);
  CHECK(head.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("a response's head carries the framing that was chosen", "[net]") {
  const Response response(404, "text/plain", "gone");
  CHECK(*response_head(response, Framing::Length, false) == "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n");
  CHECK(*response_head(response, Framing::Chunked, true) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  CHECK_FALSE(response_head(Response(99, "a", ""), Framing::None, false));
  CHECK(chunk("hello world, hello") == "12\r\nhello world, hello\r\n");
}

}  // namespace slipway::net::detail
