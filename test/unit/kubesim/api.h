// An API server in memory on virtual time, asked by plain requests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/server.h"
#include "test/support/answer.h"
#include "test/support/loop.h"

namespace slipway::kubesim::test {

using slipway::test::Answer;
using slipway::test::kApplyPatch;
using slipway::test::kJsonPatch;
using slipway::test::kMergePatch;
using slipway::test::kStrategicPatch;

struct Api {
  explicit Api(Options options = open_to_all()) : server(loop.io.get_executor(), loop.clock, std::move(options)) {}
  ~Api() { loop.run(server.stop()); }

  static Options open_to_all() {
    Options options;
    options.anonymous = true;
    return options;
  }

  net::Response raw(std::string method, std::string target, std::string body = {}, std::string_view type = "application/json", std::string accept = {}) {
    net::Request request(std::move(method), std::move(target));
    request.headers.set("Content-Type", std::string(type));
    request.headers.set("User-Agent", "tests/1.0");
    if (!accept.empty()) request.headers.set("Accept", std::move(accept));
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    request.body = std::move(body);
    return loop.run(server.handler()(std::move(request)));
  }
  Answer call(std::string method, std::string target, std::string body = {}, std::string_view type = "application/json", std::string accept = {}) {
    auto response = raw(std::move(method), std::move(target), std::move(body), type, std::move(accept));
    Answer answer{response.status, response.headers, std::move(response.body), {}};
    if (auto value = json::parse(answer.text)) answer.body = std::move(*value);
    settle();
    return answer;
  }
  Answer get(std::string target, std::string accept = {}) { return call("GET", std::move(target), {}, "application/json", std::move(accept)); }
  Answer post(std::string target, std::string body) { return call("POST", std::move(target), std::move(body)); }
  Answer put(std::string target, const json::Value& body) { return call("PUT", std::move(target), json::dump(body)); }
  Answer patch(std::string target, std::string_view type, std::string body) { return call("PATCH", std::move(target), std::move(body), type); }
  Answer remove(std::string target, std::string options = {}) { return call("DELETE", std::move(target), std::move(options)); }
  Answer apply(std::string target, std::string_view manager, std::string body, bool force = false) {
    return patch(std::move(target) + "?fieldManager=" + std::string(manager) + (force ? "&force=true" : ""), kApplyPatch, std::move(body));
  }

  // Lets the server's own work happen.
  void settle() {
    loop.io.restart();
    while (loop.io.poll() > 0) loop.io.restart();
  }

  slipway::test::Loop loop;
  ApiServer server;
  std::string token;
};

// A watch that a test reads line by line; never waits longer than the virtual clock lets it.
class Watch {
 public:
  Watch(Api& api, std::string target, std::string accept = {})
      : api_(api), response_(api.raw("GET", std::move(target), {}, "application/json", std::move(accept))) {
    REQUIRE(response_.status == 200);
    REQUIRE(response_.stream != nullptr);
  }
  // The next event, or null at the end or where none comes within `wait`.
  json::Value next(std::chrono::seconds wait = std::chrono::seconds(1)) {
    while (buffer_.find('\n') == std::string::npos) {
      const auto piece = api_.loop.run(response_.stream->read(api_.loop.clock.after(wait)));
      if (!piece || piece->empty()) {
        failed_ = !piece;
        return {};
      }
      buffer_ += *piece;
    }
    const auto end = buffer_.find('\n');
    auto value = json::parse(buffer_.substr(0, end));
    buffer_.erase(0, end + 1);
    REQUIRE(value.has_value());
    return std::move(*value);
  }
  [[nodiscard]] bool failed() const { return failed_; }
  // "ADDED a"
  std::string next_line(std::chrono::seconds wait = std::chrono::seconds(1)) {
    const json::Value event = next(wait);
    if (event.is_null()) return "nothing";
    return event["type"].str() + " " + event["object"]["metadata"]["name"].str();
  }
  void close() { response_.stream.reset(); }

 private:
  Api& api_;
  net::Response response_;
  std::string buffer_;
  bool failed_ = false;
};

inline std::string config_map(std::string_view name, std::string_view data = R"({"k":"v"})", std::string_view meta = "") {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + std::string(name) + "\"" + std::string(meta) + R"(},"data":)" + std::string(data) +
         "}";
}

}  // namespace slipway::kubesim::test
