// The framing of a list: one JSON object, of which `items` is cut into its elements while it arrives. Pure; fed with pieces cut anywhere.
//
// Flow: feed() bytes, then next() until nothing comes; at the end of the body the list is whole where complete() says so. Guarantees: an item is handed out
// once and whole; memory is one item, one piece and the members that are not `items`; the work is linear in the bytes. Errors: Transient where the text is no
// such object (sticky), Invalid where an item, or the rest, is longer than the cap.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/base/error.h"
#include "pkg/json/scan.h"
#include "pkg/json/value.h"
#include "pkg/kube/detail/frames.h"

namespace slipway::kube::detail {

class ListSlicer {
 public:
  explicit ListSlicer(std::size_t max_part = kMaxFrame) : max_part_(max_part) {}
  void feed(std::string_view bytes);
  // The text of the next item; the view lives until the next call of feed() or next().
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  [[nodiscard]] bool complete() const noexcept { return state_ == State::Done; }
  // kind, apiVersion, metadata and what else came so far, without the items.
  [[nodiscard]] const json::Value& head() const noexcept { return head_; }

 private:
  enum class State { Start, Key, Colon, Value, AfterMember, FirstItem, Item, AfterItem, Done, Broken };
  std::optional<char> peek();  // the next byte that is no white space
  Result<bool> step(std::optional<std::string_view>& item);
  Result<bool> take_member();
  Result<std::optional<std::string_view>> whole_value();
  std::unexpected<Error> broken(Disposition disposition, std::string why);

  std::size_t max_part_;
  State state_ = State::Start;
  std::string buffer_;
  std::size_t at_ = 0;
  json::ValueEnd end_;
  std::string key_;
  bool seen_items_ = false;
  json::Value head_;
  std::string why_;
  Disposition disposition_ = Disposition::Transient;
};

// A list's bytes as objects: with apiVersion and kind filled in from the list's where they stand before the items, as the server writes them.
class ListReader {
 public:
  ListReader(std::shared_ptr<const Decoding> decoding, ListItem each) : decoding_(std::move(decoding)), each_(std::move(each)) {}
  // Errors: Transient, Terminal where it is no list.
  [[nodiscard]] Status take(std::string_view bytes);
  // After the last byte. Errors: Transient where the list is not whole.
  [[nodiscard]] Result<ListResult> end() const;

 private:
  [[nodiscard]] Status check_kind() const;
  void hand_out(std::string_view text) const;

  std::shared_ptr<const Decoding> decoding_;
  ListItem each_;
  ListSlicer slicer_;
};

}  // namespace slipway::kube::detail
