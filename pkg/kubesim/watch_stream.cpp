#include "pkg/kubesim/watch_stream.h"

#include <algorithm>
#include <deque>

namespace slipway::kubesim {
namespace {

constexpr std::size_t kBatch = 256;                    // changes encoded at a time
constexpr std::size_t kChunk = std::size_t{1} << 20U;  // bytes after which a chunk is sent

class WatchStream final : public net::BodyStream {
 public:
  WatchStream(std::shared_ptr<void> keep, Backend& backend, std::shared_ptr<OpenWatch> open, WatchRequest request)
      : keep_(std::move(keep)), backend_(backend), open_(std::move(open)), request_(std::move(request)), cursor_(request_.since) {
    const auto start = backend_.clock().now();
    end_at_ = start + request_.timeout;
    next_bookmark();
    if (request_.initial) take_initial();
  }

  net::Awaitable<Result<std::string>> read(net::Deadline deadline) override {
    for (;;) {
      if (open_->broken) co_return fail(Disposition::Transient, "the server closed the watch");
      open_->wake.reset();
      std::string chunk = next_chunk();
      if (!chunk.empty() || finished_) co_return chunk;
      const auto waited = co_await open_->wake.wait(backend_.clock(), min(deadline, net::Deadline{std::min(bookmark_at_, end_at_)}));
      if (waited) continue;
      const auto now = backend_.clock().now();
      const bool mine = now >= std::min(bookmark_at_, end_at_);
      if (waited.error().is(Disposition::Timeout) && mine) continue;
      co_return fail(Error(waited.error()).in("reading a watch"));
    }
  }

 private:
  bool matches(const kube::Object& object) const { return request_.labels.matches(object) && request_.fields.matches(object); }
  bool in_namespace(const kube::ObjectKey& key) const { return request_.ns.empty() || key.ns == request_.ns; }

  void take_initial() {
    for (const auto& [key, object] : backend_.storage().objects(group_resource(request_.def->gvr)))
      if (in_namespace(key) && matches(*object)) initial_.push_back(object);
    cursor_ = backend_.storage().revision();
  }

  void next_bookmark() {
    bookmark_at_ = async::TimePoint::max();
    if (!request_.bookmarks) return;
    const auto now = backend_.clock().now();
    bookmark_at_ = now + kBookmarkEvery;
    const auto ahead = end_at_ - kBookmarkAhead;
    if (now < ahead && ahead < bookmark_at_) bookmark_at_ = ahead;
  }

  std::string next_chunk() {
    if (finished_) return {};
    if (request_.refuse) {
      finished_ = true;
      return encode_error_event(*request_.refuse);
    }
    std::string out;
    while (!initial_.empty() && out.size() < kChunk) {
      append(out, "ADDED", initial_.front());
      initial_.pop_front();
    }
    if (!initial_.empty()) return out;
    if (request_.initial && request_.initial_bookmark) {
      out += encode_bookmark(*request_.def, cursor_, true, request_.format);
      request_.initial_bookmark = false;
    }
    while (out.size() < kChunk && !finished_ && take_changes(out)) {
    }
    if (finished_) return out;
    return out + at_times();
  }

  // False where there are no more.
  bool take_changes(std::string& out) {
    const auto changes = backend_.storage().changes_after(group_resource(request_.def->gvr), cursor_, kBatch);
    if (!changes) {
      finished_ = true;
      out += encode_error_event(expired("too old resource version: " + std::to_string(cursor_) + " (" + std::to_string(changes.error()) + ")").error());
      return false;
    }
    for (const auto& change : *changes) {
      if (in_namespace(change.key)) add_change(out, change);
      cursor_ = change.revision;
    }
    if (changes->size() < kBatch) cursor_ = std::max(cursor_, backend_.storage().revision());
    if (changes->empty() && open_->ended) finished_ = true;
    return !changes->empty();
  }

  // What a change means to somebody who sees only what the selectors let through.
  void add_change(std::string& out, const Change& change) {
    const bool before = change.previous != nullptr && matches(*change.previous);
    const bool after = change.type != ChangeType::Deleted && matches(*change.object);
    if (after) {
      append(out, before ? "MODIFIED" : "ADDED", change.object);
    } else if (before && change.type == ChangeType::Deleted) {
      append(out, "DELETED", change.object);
    } else if (before) {
      json::Value last = *change.previous;
      last.ref("metadata").set("resourceVersion", std::to_string(change.revision));
      append(out, "DELETED", std::make_shared<const json::Value>(std::move(last)));
    }
  }

  void append(std::string& out, std::string_view type, const kube::ObjectPtr& object) {
    out += encode_event(type, *request_.def, Backend::in_version(*request_.def, object), request_.format, first_, backend_.clock().wall());
    first_ = false;
  }

  std::string at_times() {
    const auto now = backend_.clock().now();
    if (now >= end_at_) {
      finished_ = true;
      return {};
    }
    if (now < bookmark_at_) return {};
    next_bookmark();
    return encode_bookmark(*request_.def, cursor_, false, request_.format);
  }

  std::shared_ptr<void> keep_;
  Backend& backend_;
  std::shared_ptr<OpenWatch> open_;
  WatchRequest request_;
  Revision cursor_;
  std::deque<kube::ObjectPtr> initial_;
  async::TimePoint end_at_{};
  async::TimePoint bookmark_at_{};
  bool first_ = true;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<net::BodyStream> make_watch_stream(std::shared_ptr<void> keep, Backend& backend, std::shared_ptr<OpenWatch> open, WatchRequest request) {
  return std::make_unique<WatchStream>(std::move(keep), backend, std::move(open), std::move(request));
}

}  // namespace slipway::kubesim
