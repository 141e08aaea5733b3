// Handlers and streams for the tests of servers and clients.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/net/http.h"

namespace slipway::net {

// A stream that the test feeds; notes when its reader was cancelled and when it was destroyed.
struct Feed {
  Feed(const async::Executor& e, async::Clock& c) : executor(e), clock(&c), changed(e) {}
  async::Executor executor;
  async::Clock* clock;
  async::Event changed;
  std::string bytes;
  bool ended = false;
  bool failed = false;
  int cancelled = 0;
  int destroyed = 0;
  void push(std::string_view more) {
    bytes += more;
    changed.notify_all();
  }
  void end() {
    ended = true;
    changed.notify_all();
  }
  void fail_now() {
    failed = true;
    changed.notify_all();
  }
};

class FeedStream final : public BodyStream {
 public:
  explicit FeedStream(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}
  ~FeedStream() override { ++feed_->destroyed; }
  Awaitable<Result<std::string>> read(Deadline deadline) override { return next(feed_, deadline); }

 private:
  static Awaitable<Result<std::string>> next(std::shared_ptr<Feed> feed, Deadline deadline) {
    while (feed->bytes.empty() && !feed->ended && !feed->failed) {
      auto waited = co_await feed->changed.wait(*feed->clock, deadline);
      if (waited) continue;
      feed->cancelled += waited.error().is(Disposition::Canceled) ? 1 : 0;
      co_return fail(std::move(waited).error());
    }
    if (feed->failed) co_return fail(Disposition::Transient, "the feed failed");
    co_return std::exchange(feed->bytes, {});
  }
  std::shared_ptr<Feed> feed_;
};

// GET /stream answers with the feed, GET /hang never, the rest with what was asked: method, target, body, headers of interest, peer.
struct Echo {
  std::shared_ptr<Feed> feed;
  int calls = 0;
  int hanging = 0;
  Request last;
  std::string answer_body;  // for GET /body
  bool close_without_answer = false;
};

inline Awaitable<Response> echo(std::shared_ptr<Echo> echo, Request request) {
  ++echo->calls;
  echo->last = request;
  if (echo->close_without_answer) {
    Response none;
    none.status = 0;
    co_return none;
  }
  if (request.target == "/stream") {
    Response response(200, "application/json", "");
    response.stream = std::make_unique<FeedStream>(echo->feed);
    co_return response;
  }
  if (request.target == "/hang") {
    ++echo->hanging;
    async::Event never(echo->feed->executor);
    auto waited = co_await never.wait(*echo->feed->clock);
    static_cast<void>(waited);
    --echo->hanging;
    co_return Response(503, "text/plain", "stopped");
  }
  if (request.target == "/throw") throw std::runtime_error("secret of the handler");
  if (request.target == "/split") {
    Response response(200, "text/plain", "x");
    response.headers.add("X-Bad", "a\r\nInjected: yes");
    co_return response;
  }
  if (request.target == "/empty") co_return Response(204, "text/plain", "");
  if (request.target == "/body") co_return Response(200, "text/plain", echo->answer_body);
  co_return Response(200, "text/plain", request.method + " " + request.target + " [" + request.body + "]");
}

inline Handler handler_of(std::shared_ptr<Echo> state) {
  return [state](Request request) { return echo(state, std::move(request)); };
}

}  // namespace slipway::net
