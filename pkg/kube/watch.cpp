#include "pkg/base/strings.h"
#include "pkg/json/scan.h"
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

std::optional<TextIdentity> identify(std::string_view object) {
  TextIdentity who;
  bool found = false;
  for (json::Members members(object); members.next();) {
    if (members.key() == "kind") who.kind = json::plain_string(members.value());
    if (members.key() == "apiVersion") who.api_version = json::plain_string(members.value());
    if (members.key() != "metadata") continue;
    for (json::Members metadata(members.value()); metadata.next();) {
      if (metadata.key() == "name") who.identity.name = json::plain_string(metadata.value());
      if (metadata.key() == "namespace") who.identity.ns = json::plain_string(metadata.value());
      if (metadata.key() == "uid") who.identity.uid = json::plain_string(metadata.value());
      if (metadata.key() == "resourceVersion") who.identity.resource_version = json::plain_string(metadata.value());
      if (metadata.key() == "managedFields") break;  // long, and last but for nothing that matters: the server writes the others before it
    }
    found = true;
    break;
  }
  if (!found || who.identity.name.empty() || who.identity.uid.empty() || who.identity.resource_version.empty()) return std::nullopt;
  return who;
}

Object bare_object(const TextIdentity& who) {
  Object object;
  if (!who.api_version.empty()) object.set("apiVersion", who.api_version);
  if (!who.kind.empty()) object.set("kind", who.kind);
  json::Value& metadata = object.ref("metadata");
  metadata.set("name", who.identity.name);
  if (!who.identity.ns.empty()) metadata.set("namespace", who.identity.ns);
  metadata.set("uid", who.identity.uid);
  metadata.set("resourceVersion", who.identity.resource_version);
  return object;
}

namespace {

std::optional<EventType> type_of(std::string_view type) noexcept {
  if (type == "ADDED") return EventType::Added;
  if (type == "MODIFIED") return EventType::Modified;
  if (type == "DELETED") return EventType::Deleted;
  if (type == "BOOKMARK") return EventType::Bookmark;
  if (type == "ERROR") return EventType::Error;
  return std::nullopt;
}

// An ADDED of a version that the caller holds: what a relist mostly consists of.
std::optional<WatchEvent> known_event(std::string_view line, const Decoding& decoding) {
  json::Members frame(line);
  if (!frame.next() || frame.key() != "type" || frame.value() != "\"ADDED\"" || !frame.next() || frame.key() != "object") return std::nullopt;
  const auto who = identify(frame.value());
  if (!who || frame.next() || !decoding.known(who->identity)) return std::nullopt;
  return WatchEvent{.type = EventType::Added, .object = bare_object(*who), .body = WatchEvent::Body::Known};
}

WatchEvent unreadable_event(std::string_view line) {
  WatchEvent event{.type = EventType::Modified, .object = json::Object(), .body = WatchEvent::Body::Unreadable};
  for (json::Members frame(line); frame.next();) {
    if (frame.key() == "type") event.type = type_of(json::plain_string(frame.value())).value_or(EventType::Modified);
    if (frame.key() != "object") continue;
    if (const auto who = identify(frame.value()); who && is_utf8(frame.value())) event.object = bare_object(*who);
  }
  return event;
}

}  // namespace

Result<WatchEvent> parse_event(std::string_view line, const json::Projection* drop) {
  auto frame = json::parse(line, {.max_bytes = kMaxFrame, .max_depth = 128}, drop);
  if (!frame) return fail(Disposition::Invalid, "an event is not valid JSON");
  const std::string_view name = (*frame)["type"].as_string();
  const auto type = type_of(name);
  if (!type) return fail(Disposition::Invalid, "an event has the unknown type \"" + shorten(name, 32) + "\"");
  json::Value* object = frame->find_mut("object");
  if (object == nullptr || !object->is_object()) return fail(Disposition::Invalid, "an event has no object");
  return WatchEvent{.type = *type, .object = std::move(*object)};
}

namespace {

class Stream final : public WatchStream {
 public:
  Stream(std::unique_ptr<net::BodyStream> body, std::string_view first, std::string what, std::shared_ptr<const Decoding> decoding)
      : body_(std::move(body)), what_(std::move(what)), decoding_(std::move(decoding)) {
    if (decoding_) drop_ = decoding_->drop.below("object");
    take(first);
  }

  Awaitable<Result<std::optional<WatchEvent>>> next(Deadline deadline) override {
    for (;;) {
      auto line = lines_.next();
      if (!line) co_return fail(std::move(line).error().in(what_));
      if (*line) {
        const Timing timing(decoding_.get());
        auto event = decode(**line);
        if (!event) co_return fail(std::move(event).error().in(what_));
        co_return std::optional<WatchEvent>(std::move(*event));
      }
      if (!body_) co_return end();
      Result<std::string> bytes = co_await body_->read(deadline);
      if (!bytes) co_return fail(std::move(bytes).error().in(what_));
      if (bytes->empty())
        body_.reset();
      else
        take(*bytes);
    }
  }

 private:
  void take(std::string_view bytes) {
    if (decoding_ && decoding_->received) decoding_->received(bytes.size());
    lines_.feed(bytes);
  }
  [[nodiscard]] Result<WatchEvent> decode(std::string_view line) const {
    if (decoding_ && decoding_->known)
      if (auto event = known_event(line, *decoding_)) return std::move(*event);
    auto event = parse_event(line, drop_.paths().empty() ? nullptr : &drop_);
    if (!event && decoding_ && decoding_->tolerant) return unreadable_event(line);
    return event;
  }
  // Half a line at the end is a connection that broke, whatever its framing says.
  [[nodiscard]] Result<std::optional<WatchEvent>> end() const {
    if (lines_.partial()) return fail(Disposition::Transient, what_ + ": the stream ended inside an event");
    return std::optional<WatchEvent>();
  }

  std::unique_ptr<net::BodyStream> body_;
  LineSplitter lines_;
  std::string what_;
  std::shared_ptr<const Decoding> decoding_;
  json::Projection drop_;
};

}  // namespace

std::unique_ptr<WatchStream> make_watch_stream(std::unique_ptr<net::BodyStream> body, std::string first, std::string what,
                                               std::shared_ptr<const Decoding> decoding) {
  return std::make_unique<Stream>(std::move(body), first, std::move(what), std::move(decoding));
}

}  // namespace slipway::kube::detail
