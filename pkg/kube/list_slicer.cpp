#include "pkg/kube/detail/list_slicer.h"

#include "pkg/base/strings.h"

namespace slipway::kube::detail {

void ListSlicer::feed(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

std::unexpected<Error> ListSlicer::broken(Disposition disposition, std::string why) {
  state_ = State::Broken;
  disposition_ = disposition;
  why_ = std::move(why);
  return fail(disposition_, why_);
}

std::optional<char> ListSlicer::peek() {
  at_ = buffer_.find_first_not_of(" \t\r\n", at_);
  if (at_ == std::string::npos) {
    at_ = buffer_.size();
    return std::nullopt;
  }
  return buffer_[at_];
}

Result<std::optional<std::string_view>> ListSlicer::whole_value() {
  const std::size_t end = end_.find(buffer_, at_);
  const std::size_t length = (end == json::ValueEnd::npos ? buffer_.size() : end) - at_;
  if (length > max_part_) return broken(Disposition::Invalid, "a part of the list is longer than " + std::to_string(max_part_) + " bytes");
  if (end == json::ValueEnd::npos) return std::nullopt;
  if (length == 0) return broken(Disposition::Transient, "the list is not valid JSON");
  const std::string_view text(buffer_.data() + at_, length);
  at_ = end;
  end_.reset();
  return text;
}

Result<bool> ListSlicer::take_member() {
  auto text = whole_value();
  if (!text) return fail(std::move(text).error());
  if (!*text) return false;
  auto value = json::parse(**text);
  if (!value || head_.contains(key_)) return broken(Disposition::Transient, "the list is not valid JSON");
  head_.set(key_, std::move(*value));
  state_ = State::AfterMember;
  return true;
}

// False where more bytes are needed.
Result<bool> ListSlicer::step(std::optional<std::string_view>& item) {
  const std::optional<char> c = peek();
  if (!c) return false;
  const auto expect = [&](char wanted, State then) -> Result<bool> {
    if (*c != wanted) return broken(Disposition::Transient, "the list is not valid JSON");
    ++at_;
    state_ = then;
    return true;
  };
  switch (state_) {
    case State::Start: return expect('{', State::Key);
    case State::Key: {
      if (*c == '}' && head_.size() == 0 && !seen_items_) return expect('}', State::Done);
      if (*c != '"') return broken(Disposition::Transient, "the list is not valid JSON");
      auto text = whole_value();
      if (!text) return fail(std::move(text).error());
      if (!*text) return false;
      auto key = json::parse(**text);
      if (!key || !key->is_string()) return broken(Disposition::Transient, "the list is not valid JSON");
      key_ = key->str();
      state_ = State::Colon;
      return true;
    }
    case State::Colon: return expect(':', State::Value);
    case State::Value:
      if (key_ != "items" || *c != '[') return take_member();
      if (std::exchange(seen_items_, true)) return broken(Disposition::Transient, "the list has its items twice");
      return expect('[', State::FirstItem);
    case State::AfterMember: return *c == ',' ? expect(',', State::Key) : expect('}', State::Done);
    case State::FirstItem:
      if (*c == ']') return expect(']', State::AfterMember);
      state_ = State::Item;
      return true;
    case State::Item: {
      auto text = whole_value();
      if (!text) return fail(std::move(text).error());
      if (!*text) return false;
      item = *text;
      state_ = State::AfterItem;
      return true;
    }
    case State::AfterItem: return *c == ',' ? expect(',', State::Item) : expect(']', State::AfterMember);
    case State::Done: return broken(Disposition::Transient, "the list goes on after its end");
    case State::Broken: return fail(disposition_, why_);
  }
  return false;
}

Result<std::optional<std::string_view>> ListSlicer::next() {
  std::optional<std::string_view> item;
  for (;;) {
    if (state_ == State::Broken) return fail(disposition_, why_);
    auto more = step(item);
    if (!more) return fail(std::move(more).error());
    if (item || !*more) return item;
  }
}

Status ListReader::check_kind() const {
  const std::string_view kind = kind_of(slicer_.head());
  if (kind.ends_with("List")) return {};
  return fail(Disposition::Terminal, "the server answered a " + (kind.empty() ? std::string("value without a kind") : std::string(kind)) + ", not a list");
}

void ListReader::hand_out(std::string_view text) const {
  const Timing timing(decoding_.get());
  if (decoding_ && decoding_->known) {
    const auto who = identify(text);
    if (who && decoding_->known(who->identity)) return each_(bare_object(*who), WatchEvent::Body::Known);
  }
  auto item = json::parse(text, {.max_bytes = kMaxFrame, .max_depth = 128}, decoding_ && !decoding_->drop.paths().empty() ? &decoding_->drop : nullptr);
  if (!item || !item->is_object()) {
    const auto who = is_utf8(text) ? identify(text) : std::nullopt;
    return each_(who ? bare_object(*who) : Object(json::Object()), WatchEvent::Body::Unreadable);
  }
  if (!item->contains("kind")) item->set("kind", kind_of(slicer_.head()).substr(0, kind_of(slicer_.head()).size() - 4));
  if (!item->contains("apiVersion")) item->set("apiVersion", slicer_.head()["apiVersion"]);
  each_(std::move(*item), WatchEvent::Body::Whole);
}

Status ListReader::take(std::string_view bytes) {
  if (decoding_ && decoding_->received) decoding_->received(bytes.size());
  slicer_.feed(bytes);
  for (;;) {
    auto text = slicer_.next();
    if (!text) return fail(std::move(text).error());
    if (!*text) return {};
    if (Status ok = check_kind(); !ok) return ok;
    hand_out(**text);
  }
}

Result<ListResult> ListReader::end() const {
  if (!slicer_.complete()) return fail(Disposition::Transient, "the list ended before its end");
  if (Status ok = check_kind(); !ok) return fail(std::move(ok).error());
  const json::Value& items = slicer_.head()["items"];  // here only where it is no array
  if (!items.is_null()) return fail(Disposition::Transient, "the items of the list are no array");
  ListResult result;
  result.resource_version = slicer_.head()["metadata"]["resourceVersion"].str();
  result.continue_token = slicer_.head()["metadata"]["continue"].str();
  return result;
}

}  // namespace slipway::kube::detail
