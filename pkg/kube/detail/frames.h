// The framing of a watch: JSON values, one a line. Pure; fed with pieces cut anywhere.
//
// Flow: feed() bytes, then next() until nothing comes. Guarantees: a line is handed out once and whole, without its end ("\n" or "\r\n"); empty lines are
// skipped; the work is linear in the bytes, however they are cut. Errors: Invalid where a line is longer than the cap (sticky).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::kube::detail {

// etcd holds 1.5 MB an object, which is up to about 3 MB as JSON.
inline constexpr std::size_t kMaxFrame = 4UL << 20U;

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line = kMaxFrame) : max_line_(max_line) {}
  void feed(std::string_view bytes);
  // The view lives until the next call of feed() or next().
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  [[nodiscard]] bool partial() const noexcept;  // bytes of a line that has not ended, other than white space

 private:
  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the line that is next
  std::size_t scanned_ = 0;  // no '\n' in [begin_, scanned_)
};

// One line as an event; `drop` is rooted at the line. Errors: Invalid, without a quote of the line (it may hold a Secret).
[[nodiscard]] Result<WatchEvent> parse_event(std::string_view line, const json::Projection* drop = nullptr);

// Who an object is, read from its text; nothing where the text does not say plainly.
struct TextIdentity {
  std::string_view api_version;
  std::string_view kind;
  Decoding::Identity identity;
};
[[nodiscard]] std::optional<TextIdentity> identify(std::string_view object);
// An object that has just that.
[[nodiscard]] Object bare_object(const TextIdentity& who);

// Tells Decoding::decoded how long it lived.
class Timing {
 public:
  explicit Timing(const Decoding* decoding)
      : decoding_(decoding != nullptr && decoding->decoded ? decoding : nullptr), begin_(decoding_ == nullptr ? Now() : std::chrono::steady_clock::now()) {}
  Timing(const Timing&) = delete;
  Timing& operator=(const Timing&) = delete;
  ~Timing() {
    if (decoding_ != nullptr) decoding_->decoded(std::chrono::steady_clock::now() - begin_);
  }

 private:
  using Now = std::chrono::steady_clock::time_point;
  const Decoding* decoding_;
  Now begin_;
};

// `first` is what came with the headers (answers without a stream); then the body.
[[nodiscard]] std::unique_ptr<WatchStream> make_watch_stream(std::unique_ptr<net::BodyStream> body, std::string first, std::string what,
                                                             std::shared_ptr<const Decoding> decoding = {});

}  // namespace slipway::kube::detail
