#include "pkg/base/strings.h"
#include "pkg/kube/detail/frames.h"

namespace slipway::kube::detail {

void LineSplitter::feed(std::string_view bytes) {
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  buffer_.append(bytes);
}

Result<std::optional<std::string_view>> LineSplitter::next() {
  for (;;) {
    const auto end = buffer_.find('\n', scanned_);
    const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (length > max_line_) return fail(Disposition::Invalid, "an event is longer than " + std::to_string(max_line_) + " bytes");
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      return std::nullopt;
    }
    const std::string_view line = trim(std::string_view(buffer_).substr(begin_, length));
    begin_ = scanned_ = end + 1;
    if (!line.empty()) return line;
  }
}

bool LineSplitter::partial() const noexcept { return !trim(std::string_view(buffer_).substr(begin_)).empty(); }

Result<WatchEvent> parse_event(std::string_view line) {
  auto frame = json::parse(line, {.max_bytes = kMaxFrame, .max_depth = 128});
  if (!frame) return fail(Disposition::Invalid, "an event is not valid JSON");
  const std::string_view type = (*frame)["type"].as_string();
  WatchEvent event;
  if (type == "ADDED") {
    event.type = EventType::Added;
  } else if (type == "MODIFIED") {
    event.type = EventType::Modified;
  } else if (type == "DELETED") {
    event.type = EventType::Deleted;
  } else if (type == "BOOKMARK") {
    event.type = EventType::Bookmark;
  } else if (type == "ERROR") {
    event.type = EventType::Error;
  } else {
    return fail(Disposition::Invalid, "an event has the unknown type \"" + shorten(type, 32) + "\"");
  }
  json::Value* object = frame->find_mut("object");
  if (object == nullptr || !object->is_object()) return fail(Disposition::Invalid, "an event has no object");
  event.object = std::move(*object);
  return event;
}

namespace {

class Stream final : public WatchStream {
 public:
  Stream(std::unique_ptr<net::BodyStream> body, std::string_view first, std::string what) : body_(std::move(body)), what_(std::move(what)) {
    lines_.feed(first);
  }

  Awaitable<Result<std::optional<WatchEvent>>> next(Deadline deadline) override {
    for (;;) {
      auto line = lines_.next();
      if (!line) co_return fail(std::move(line).error().in(what_));
      if (*line) {
        auto event = parse_event(**line);
        if (!event) co_return fail(std::move(event).error().in(what_));
        co_return std::optional<WatchEvent>(std::move(*event));
      }
      if (!body_) co_return end();
      Result<std::string> bytes = co_await body_->read(deadline);
      if (!bytes) co_return fail(std::move(bytes).error().in(what_));
      if (bytes->empty())
        body_.reset();
      else
        lines_.feed(*bytes);
    }
  }

 private:
  // Half a line at the end is a connection that broke, whatever its framing says.
  [[nodiscard]] Result<std::optional<WatchEvent>> end() const {
    if (lines_.partial()) return fail(Disposition::Transient, what_ + ": the stream ended inside an event");
    return std::optional<WatchEvent>();
  }

  std::unique_ptr<net::BodyStream> body_;
  LineSplitter lines_;
  std::string what_;
};

}  // namespace

std::unique_ptr<WatchStream> make_watch_stream(std::unique_ptr<net::BodyStream> body, std::string first, std::string what) {
  return std::make_unique<Stream>(std::move(body), first, std::move(what));
}

}  // namespace slipway::kube::detail
