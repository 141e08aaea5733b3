// A small, exact API server for one resource, in memory: resourceVersions, history, compaction, pages with snapshots, WatchList, bookmarks. A test scripts what
// goes wrong: answers by `fault`, streams by sever(), the wire by `pieces`. Shared by the fault scenarios of streams.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/kube/client.h"
#include "pkg/net/client.h"
#include "test/support/loop.h"

namespace slipway::test {

inline net::Response status_answer(int code, std::string_view reason, std::string_view message, std::optional<int> retry_after = {}) {
  json::Value v = json::Object{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"}, {"code", code}, {"reason", reason}, {"message", message}};
  if (retry_after) v.ref("details").set("retryAfterSeconds", *retry_after);
  net::Response response(code, "application/json", json::dump(v));
  if (retry_after) response.headers.set("Retry-After", std::to_string(*retry_after));
  return response;
}

inline std::string frame(std::string_view type, const json::Value& object) {
  return json::dump(json::Value(json::Object{{"type", type}, {"object", object}})) + "\n";
}

class ModelServer {
 public:
  // One open watch, as the server has it.
  class Stream {
   public:
    explicit Stream(ModelServer& server) : server_(server), event_(server.loop.executor()), opened_(server.loop.clock.now()) {}
    void send(std::string bytes) {
      if (over_) return;
      pending_ += bytes.size();
      if (pending_ > server_.send_buffer) {  // a watcher that does not read is cut off
        reset();
        return;
      }
      pieces_.push_back(std::move(bytes));
      event_.notify_all();
    }
    void close() { end(false); }
    void reset() { end(true); }
    // Sends nothing more, and says nothing: the other side is gone.
    void go_silent() { over_ = silent_ = true; }
    // After silence: these bytes, and then the connection breaks.
    void break_after(std::string bytes) { finish(std::move(bytes), true); }
    void fail_with(std::string bytes) { finish(std::move(bytes), false); }  // ... and then it ends in order
    [[nodiscard]] bool open() const noexcept { return !over_ && !dropped_; }
    [[nodiscard]] async::TimePoint opened() const noexcept { return opened_; }

    static async::Awaitable<Result<std::string>> read(std::shared_ptr<Stream> s, async::Deadline deadline) {
      for (;;) {
        if (!s->pieces_.empty()) co_return s->take_piece();
        if (s->over_ && !s->silent_) {
          if (s->broken_) co_return fail(Disposition::Transient, "connection reset by peer");
          co_return std::string();
        }
        Status woken = co_await s->event_.wait(s->server_.loop.clock, deadline);
        if (!woken) co_return fail(std::move(woken).error());
      }
    }
    void drop() noexcept { dropped_ = true; }

   private:
    void finish(std::string bytes, bool broken) {
      silent_ = false;
      if (!bytes.empty()) pieces_.push_back(std::move(bytes));
      end(broken);
    }
    void end(bool broken) {
      over_ = true;
      broken_ = broken;
      event_.notify_all();
    }
    // As the network cuts it: anywhere, where the test wants that.
    std::string take_piece() {
      std::string& first = pieces_.front();
      std::size_t n = first.size();
      if (server_.pieces) n = std::clamp<std::size_t>(server_.pieces(n), 1, n);
      std::string piece = first.substr(0, n);
      first.erase(0, n);
      if (first.empty()) pieces_.pop_front();
      pending_ -= std::min(n, pending_);
      return piece;
    }

    ModelServer& server_;
    async::Event event_;
    async::TimePoint opened_;
    std::deque<std::string> pieces_;
    std::size_t pending_ = 0;
    bool over_ = false;
    bool broken_ = false;
    bool silent_ = false;
    bool dropped_ = false;
  };
  using StreamPtr = std::shared_ptr<Stream>;

  struct Ask {
    std::string verb;  // "list", "watch", "stream" (a watch with initial events)
    std::string rv;
    std::string limit;
    std::string page;  // continue token
    async::TimePoint at;
  };

  explicit ModelServer(Loop& l) : loop(l) {}
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  // Writes.
  std::uint64_t put(const std::string& name, std::size_t padding = 0) {
    auto it = objects.find(name);
    const bool known = it != objects.end();
    kube::Object o = known ? it->second : kube::make_object("v1", "ConfigMap", {"ns", name});
    o.ref("metadata").set("uid", known ? kube::uid_of(it->second) : "uid-" + std::to_string(++uids_));
    o.ref("metadata").set("resourceVersion", std::to_string(++rv));
    o.ref("data").set("writes", std::to_string(++writes_));
    if (padding > 0) o.ref("data").set("padding", std::string(padding, 'x'));
    objects[name] = o;
    note(known ? "MODIFIED" : "ADDED", o);
    return rv;
  }
  void remove(const std::string& name) {
    const auto it = objects.find(name);
    if (it == objects.end()) return;
    kube::Object o = std::move(it->second);
    objects.erase(it);
    o.ref("metadata").set("resourceVersion", std::to_string(++rv));
    note("DELETED", o);
  }
  void recreate(const std::string& name) {
    remove(name);
    put(name);
  }

  // Streams.
  [[nodiscard]] std::vector<StreamPtr> open_streams() {
    std::erase_if(streams_, [](const StreamPtr& s) { return !s->open(); });
    return streams_;
  }
  [[nodiscard]] StreamPtr last() const { return last_; }  // the newest, open or not
  void close_all() {
    for (const auto& s : open_streams()) s->close();
  }
  void reset_all() {
    for (const auto& s : open_streams()) s->reset();
  }
  void tell(const std::string& bytes) {
    for (const auto& s : open_streams()) s->send(bytes);
  }
  void bookmark(bool end_of_initial = false) { tell(bookmark_frame(end_of_initial)); }
  [[nodiscard]] std::string bookmark_frame(bool end_of_initial) const {
    kube::Object o = json::Object{{"kind", "ConfigMap"}, {"apiVersion", "v1"}};
    o.ref("metadata").set("resourceVersion", std::to_string(rv));
    if (end_of_initial) o.ref({"metadata", "annotations", "k8s.io/initial-events-end"}) = "true";
    return frame("BOOKMARK", o);
  }
  // Watches from before now get 410, and so do pages of earlier lists.
  void compact() {
    compacted = rv;
    history_.clear();
    snapshots_.clear();
  }

  [[nodiscard]] std::shared_ptr<net::Transport> transport() {
    return net::make_memory_transport([this](net::Request request) { return answer_later(this, std::move(request)); });
  }
  [[nodiscard]] std::shared_ptr<kube::Client> client() { return kube::make_client(transport(), loop.clock, "https://model:6443"); }
  // "list rv= limit=500", "stream rv=", "watch rv=12"
  std::vector<std::string> take_log() {
    std::vector<std::string> out;
    for (const Ask& a : asks) out.push_back(a.verb + (a.page.empty() ? " rv=" + a.rv : " page"));
    asks.clear();
    return out;
  }
  [[nodiscard]] std::size_t asked(std::string_view verb) const {
    return static_cast<std::size_t>(std::ranges::count_if(asks, [&](const Ask& a) { return a.verb == verb; }));
  }

  Loop& loop;
  std::map<std::string, kube::Object> objects;
  std::uint64_t rv = 100;
  std::uint64_t compacted = 0;
  std::vector<Ask> asks;
  bool watch_list = true;       // false: 422, as a server without the feature
  bool end_bookmark = true;     // false: initial events never end
  bool error_in_stream = true;  // 410 comes as an ERROR event; false: as the answer
  std::size_t page_size = 2;    // of lists with a limit, whatever the limit says
  std::size_t send_buffer = 64UL << 20U;
  std::function<std::optional<net::Response>(const Ask&)> fault;
  std::function<std::size_t(std::size_t)> pieces;  // how many of so many bytes arrive at once
  std::function<void(Stream&)> after_open;         // a stream with all that it has to say at once

 private:
  struct Happened {
    std::uint64_t rv;
    std::string frame;
  };
  class Body final : public net::BodyStream {
   public:
    explicit Body(StreamPtr stream) : stream_(std::move(stream)) {}
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    ~Body() override { stream_->drop(); }
    async::Awaitable<Result<std::string>> read(async::Deadline deadline) override { return Stream::read(stream_, deadline); }

   private:
    StreamPtr stream_;
  };

  void note(std::string_view type, const kube::Object& o) {
    history_.push_back({rv, frame(type, o)});
    tell(history_.back().frame);
  }

  static async::Awaitable<net::Response> answer_later(ModelServer* self, net::Request request) { co_return self->answer(request); }

  net::Response answer(const net::Request& request) {
    const auto target = net::parse_target(request.target).value();
    Ask ask{.verb = target.get("watch") != "true"               ? "list"
                    : target.get("sendInitialEvents") == "true" ? "stream"
                                                                : "watch",
            .rv = std::string(target.get("resourceVersion")),
            .limit = std::string(target.get("limit")),
            .page = std::string(target.get("continue")),
            .at = loop.clock.now()};
    asks.push_back(ask);
    if (fault)
      if (auto response = fault(ask)) return std::move(*response);
    const std::uint64_t asked_rv = ask.rv.empty() ? 0 : std::stoull(ask.rv);
    if (asked_rv > rv) {
      net::Response late = status_answer(504, "Timeout", "Too large resource version: " + ask.rv + ", current: " + std::to_string(rv), 1);
      return late;
    }
    if (ask.verb == "list") return list(ask);
    if (ask.verb == "stream" && !watch_list)
      return status_answer(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
    return watch(ask, asked_rv);
  }

  net::Response watch(const Ask& ask, std::uint64_t from) {
    const bool expired = ask.verb == "watch" && from < compacted;
    const std::string gone = "too old resource version: " + ask.rv + " (" + std::to_string(compacted) + ")";
    if (expired && !error_in_stream) return status_answer(410, "Expired", gone);
    auto stream = std::make_shared<Stream>(*this);
    net::Response response(200, "application/json", "");
    response.stream = std::make_unique<Body>(stream);
    if (expired) {
      stream->send(frame("ERROR", json::parse(status_answer(410, "Expired", gone).body).value()));
      stream->close();
      return response;
    }
    if (ask.verb == "stream") {
      for (const auto& [name, o] : objects) stream->send(frame("ADDED", o));
      if (end_bookmark) stream->send(bookmark_frame(true));
    } else {
      for (const Happened& h : history_)
        if (h.rv > from) stream->send(h.frame);
    }
    streams_.push_back(stream);
    last_ = stream;
    if (after_open) after_open(*stream);
    return response;
  }

  net::Response list(const Ask& ask) {
    std::uint64_t at = rv;
    std::string after;
    if (!ask.page.empty()) {
      const auto colon = ask.page.find(':');
      at = std::stoull(ask.page.substr(0, colon));
      after = ask.page.substr(colon + 1);
      if (!snapshots_.contains(at)) return status_answer(410, "Expired", "The provided continue parameter is too old");
    }
    if (!ask.limit.empty()) snapshots_.try_emplace(at, objects);
    const auto& seen = ask.limit.empty() ? objects : snapshots_.at(at);
    json::Value body = json::Object{{"kind", "ConfigMapList"}, {"apiVersion", "v1"}, {"metadata", json::Object{{"resourceVersion", std::to_string(at)}}}};
    json::Array items;
    for (auto it = after.empty() ? seen.begin() : seen.upper_bound(after); it != seen.end(); ++it) {
      if (!ask.limit.empty() && items.size() == page_size) {
        body.ref("metadata").set("continue", std::to_string(at) + ":" + std::string(kube::name_of(items.back())));
        break;
      }
      items.push_back(it->second);
    }
    body.set("items", std::move(items));
    net::Response response(200, "application/json", json::dump(body));
    return response;
  }

  std::deque<Happened> history_;
  std::map<std::uint64_t, std::map<std::string, kube::Object>> snapshots_;
  std::vector<StreamPtr> streams_;
  StreamPtr last_;
  std::uint64_t uids_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace slipway::test
