// A server that answers as a test tells it to, and streams that a test feeds.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/kube/client.h"
#include "pkg/net/client.h"
#include "test/support/loop.h"

namespace slipway::test {

// The server's end of one stream. Feed it, close it, break it.
class Wire {
 public:
  explicit Wire(Loop& loop) : clock_(loop.clock), event_(loop.io.get_executor()) {}
  void send(std::string bytes) {
    pieces_.push_back(std::move(bytes));
    event_.notify_all();
  }
  void event(std::string_view type, const json::Value& object) {
    json::Value frame;
    frame.set("type", type);
    frame.set("object", object);
    send(json::dump(frame) + "\n");
  }
  void close() {
    closed_ = true;
    event_.notify_all();
  }
  void reset() {
    broken_ = true;
    event_.notify_all();
  }
  [[nodiscard]] bool dropped() const noexcept { return dropped_; }

  static async::Awaitable<Result<std::string>> read(std::shared_ptr<Wire> w, async::Deadline deadline) {
    for (;;) {
      if (!w->pieces_.empty()) {
        std::string piece = std::move(w->pieces_.front());
        w->pieces_.pop_front();
        co_return piece;
      }
      if (w->broken_) co_return fail(Disposition::Transient, "connection reset");
      if (w->closed_) co_return std::string();
      Status woken = co_await w->event_.wait(w->clock_, deadline);
      if (!woken) co_return fail(std::move(woken).error());
    }
  }
  static net::Response response(std::shared_ptr<Wire> w) {
    class Body final : public net::BodyStream {
     public:
      explicit Body(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
      Body(const Body&) = delete;
      Body& operator=(const Body&) = delete;
      ~Body() override { wire_->dropped_ = true; }
      async::Awaitable<Result<std::string>> read(async::Deadline deadline) override { return Wire::read(wire_, deadline); }

     private:
      std::shared_ptr<Wire> wire_;
    };
    net::Response response(200, "application/json", "");
    response.stream = std::make_unique<Body>(std::move(w));
    return response;
  }

 private:
  async::Clock& clock_;
  async::Event event_;
  std::deque<std::string> pieces_;
  bool closed_ = false;
  bool broken_ = false;
  bool dropped_ = false;
};

inline net::Response json_response(int status, std::string body) { return {status, "application/json", std::move(body)}; }
inline net::Response status_response(int code, std::string_view reason, std::string_view message) {
  json::Value v;
  v.set("kind", "Status");
  v.set("apiVersion", "v1");
  v.set("status", "Failure");
  v.set("code", code);
  v.set("reason", reason);
  v.set("message", message);
  return json_response(code, json::dump(v));
}

struct FakeServer {
  explicit FakeServer(Loop& l) : loop(l) {}
  Loop& loop;
  std::vector<net::Request> requests;
  std::function<net::Response(const net::Request&)> answer = [](const net::Request&) { return net::Response(404, "text/plain", "no answer was scripted"); };

  static async::Awaitable<net::Response> handle(FakeServer& self, net::Request request) {
    self.requests.push_back(request);
    co_return self.answer(request);
  }
  std::shared_ptr<net::Transport> transport() {
    return net::make_memory_transport([this](net::Request request) { return handle(*this, std::move(request)); });
  }
  std::shared_ptr<kube::Client> client() { return kube::make_client(transport(), loop.clock, "https://fake:6443"); }
  [[nodiscard]] const net::Request& last() const { return requests.back(); }
};

}  // namespace slipway::test
