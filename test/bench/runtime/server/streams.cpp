#include "test/bench/runtime/server/streams.h"

#include <utility>

namespace slipway::bench {
namespace {

constexpr std::size_t kPiece = 64UL << 10U;
constexpr std::size_t kWholeUpTo = 16UL << 20U;  // lists; longer ones are streamed

class ListBody final : public net::BodyStream {
 public:
  ListBody(World& world, const Kind& kind, std::size_t begin, std::size_t end, std::string head)
      : world_(world), kind_(kind), next_(begin), end_(end), piece_(std::move(head)) {}

  async::Awaitable<Result<std::string>> read(async::Deadline /*deadline*/) override { co_return next_piece(); }
  std::string next_piece() {
    while (next_ < end_ && piece_.size() < kPiece) {
      const Rendered& object = world_.objects()[next_++];
      if (kind_.group.empty()) {
        piece_ += object.body;
      } else {
        piece_ += kind_.whole(object);
      }
      if (next_ < end_) piece_ += ',';
    }
    if (next_ == end_ && !closed_) {
      piece_ += "]}\n";
      closed_ = true;
    }
    return std::exchange(piece_, {});
  }

 private:
  World& world_;
  const Kind& kind_;
  std::size_t next_;
  std::size_t end_;
  std::string piece_;
  bool closed_ = false;
};

class WatchBody final : public net::BodyStream {
 public:
  WatchBody(World& world, std::shared_ptr<Watcher> watcher, bool initial) : world_(world), watcher_(std::move(watcher)), initial_(initial) {}

  async::Awaitable<Result<std::string>> read(async::Deadline deadline) override {
    if (initial_) co_return initial_piece();
    while (watcher_->pending.empty()) {
      watcher_->woken.reset();
      auto woken = co_await watcher_->woken.wait(world_.clock(), deadline);
      if (!woken) co_return fail(std::move(woken).error());
    }
    co_return std::exchange(watcher_->pending, {});
  }

 private:
  std::string initial_piece() {
    const Kind& kind = world_.kinds()[watcher_->kind];
    std::string piece;
    while (next_ < world_.objects().size() && piece.size() < kPiece) piece += kind.frame("ADDED", world_.objects()[next_++]);
    if (next_ < world_.objects().size()) return piece;
    initial_ = false;
    return piece + world_.bookmark(kind, true);
  }

  World& world_;
  std::shared_ptr<Watcher> watcher_;
  bool initial_;
  std::size_t next_ = 0;
};

}  // namespace

net::Response list_response(World& world, const Kind& kind, std::size_t begin, std::size_t end, std::string_view continue_token) {
  std::string head = R"({"kind":")" + kind.kind + R"(List","apiVersion":")" + kind.api_version() + R"(","metadata":{"resourceVersion":")" +
                     std::to_string(world.version()) + '"';
  if (!continue_token.empty()) head.append(R"(,"continue":")").append(continue_token).append("\"");
  head += R"(},"items":[)";
  const std::size_t size = begin == end ? 0 : (end - begin) * world.objects()[begin].body.size();
  auto body = std::make_unique<ListBody>(world, kind, begin, end, std::move(head));
  net::Response response(200, "application/json", {});
  if (size > kWholeUpTo) {
    response.stream = std::move(body);
    return response;
  }
  for (std::string piece = body->next_piece(); !piece.empty(); piece = body->next_piece()) response.body += piece;
  return response;
}

net::Response watch_response(World& world, async::Executor executor, std::size_t kind, bool initial) {
  auto watcher = std::make_shared<Watcher>(executor);
  watcher->kind = kind;
  world.add_watcher(watcher);
  net::Response response(200, "application/json", {});
  response.stream = std::make_unique<WatchBody>(world, std::move(watcher), initial);
  return response;
}

}  // namespace slipway::bench
