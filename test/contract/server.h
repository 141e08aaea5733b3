// The server that the contract is checked on: kubesim over TLS in this process, or the one that SLIPWAY_REAL_KUBECONFIG names (SLIPWAY_CONTRACT=kubesim
// or real decides where both could be meant; a real server that is not there skips the test). Cases that break a real server use the one that hack/realkube
// started in SLIPWAY_REAL_DIR, if that is given, for all they do. Each test has a namespace of its own, which goes with it,
// and a random group for its CRDs, so that tests may share a server and run at once. Requests are plain HTTP, because the contract goes down to the field.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/config.h"
#include "pkg/kubesim/server.h"
#include "pkg/net/http.h"
#include "test/support/answer.h"
#include "test/support/loop.h"

namespace slipway::contract {

using namespace std::chrono_literals;
using namespace slipway::test;  // Answer and the media types

class Server {
 public:
  enum class Use : std::uint8_t { Share, Break };
  explicit Server(Use use = Use::Share);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  test::Loop loop;
  async::RealClock clock;
  const bool real;
  std::unique_ptr<kubesim::ApiServer> sim;  // null on a real server
  kube::ClusterConfig config;
  std::shared_ptr<net::Transport> transport;
  std::shared_ptr<kube::Client> client;
  const std::string ns;     // of this test
  const std::string group;  // for CRDs of this test

  // "/api/v1/namespaces/<ns>/<resource>[/name]"; other groups: path_of("apps/v1", ...).
  [[nodiscard]] std::string path(std::string_view resource, std::string_view name = {}) const { return path_of("v1", resource, name); }
  [[nodiscard]] std::string path_of(std::string_view api_version, std::string_view resource, std::string_view name = {}) const;
  // In `text`, $NS and $GROUP stand for this test's.
  [[nodiscard]] std::string fill(std::string text) const;
  [[nodiscard]] json::Value parse(std::string text) const;

  Answer call(std::string method, std::string target, std::string body = {}, std::string_view type = kJson, std::string accept = {});
  Answer get(std::string target, std::string accept = {}) { return call("GET", std::move(target), {}, kJson, std::move(accept)); }
  Answer post(std::string target, std::string body) { return call("POST", std::move(target), fill(std::move(body))); }
  Answer put(std::string target, const json::Value& body) { return call("PUT", std::move(target), json::dump(body)); }
  Answer patch(std::string target, std::string_view type, std::string body) { return call("PATCH", std::move(target), fill(std::move(body)), type); }
  Answer remove(std::string target, std::string options = {}) { return call("DELETE", std::move(target), std::move(options)); }
  Answer apply(std::string target, std::string_view manager, std::string body, bool force = false);
  // Asks again until `done` or 30 s have passed; the last answer either way.
  Answer eventually(const std::string& target, const std::function<bool(const Answer&)>& done, std::string accept = {});
  Answer gone(const std::string& target) {
    return eventually(target, [](const Answer& a) { return a.status == 404; });
  }

  // Past states are gone: lists and watches of them are "410 Expired". On a real server, by compacting etcd and starting kube-apiserver anew (its watch
  // cache remembers what etcd forgot), which nobody else may be using: for cases tagged [serial].
  void forget_history();
  // hack/realkube's launcher on the server of SLIPWAY_REAL_DIR: "kill9", "restart-apiserver", "compact". Skips the test where there is none.
  void realkube(std::string command);

  // Creates a namespaced CRD of the group, "widgets" of kind Widget in version v1 with the schema, and waits until it is served. `extra` goes into the
  // version (subresources, printer columns); `rest` behind it, in spec.
  void serve_widgets(std::string_view schema, std::string_view extra = {});
  [[nodiscard]] std::string widgets(std::string_view name = {}) const { return path_of(group + "/v1", "widgets", name); }
  [[nodiscard]] std::string crd_path() const { return "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets." + group; }

 private:
  void connect(Use use);
  std::vector<std::string> leftovers_;  // paths to delete in the end
  friend class Watch;
};

// A watch, read event by event.
class Watch {
 public:
  Watch(Server& server, std::string target, std::string accept = {});
  // The next event, or null at the clean end, or where it broke or none came in 20 s: ended() tells.
  json::Value next();
  std::string line();  // "ADDED a", "ERROR 410", "end"; bookmarks are passed over
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Server& server_;
  net::Response response_;
  std::string buffer_;
  bool ended_ = false;
};

// As `expected` says, field by field; `body` may have no other members either.
void check_equal(const json::Value& body, const json::Value& expected);

// A Status: all of it, but for metadata. $NS and $GROUP are filled in.
#define CHECK_STATUS(answer, expected)                              \
  do {                                                              \
    INFO(#answer);                                                  \
    ::slipway::contract::check_status(*this, (answer), (expected)); \
  } while (false)
void check_status(const Server& server, const Answer& answer, std::string expected);

[[nodiscard]] inline std::string config_map(std::string_view name, std::string_view data = R"({"k":"v"})", std::string_view meta = "") {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + std::string(name) + "\"" + std::string(meta) + R"(},"data":)" + std::string(data) +
         "}";
}
// A Widget of the group of this test.
[[nodiscard]] inline std::string widget(std::string_view name, std::string_view rest = R"(,"spec":{})", std::string_view meta = "") {
  return R"({"apiVersion":"$GROUP/v1","kind":"Widget","metadata":{"name":")" + std::string(name) + "\"" + std::string(meta) + "}" + std::string(rest) + "}";
}
// The names of a list, in its order: "a b c".
[[nodiscard]] std::string names_of(const json::Value& list);

}  // namespace slipway::contract
