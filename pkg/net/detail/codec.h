// HTTP/1.1 without I/O: bytes in, messages out, over Beast's parser; and heads as text. Bounded: a head, a trailer section or a chunk's
// header of more than 64 KiB, or 1 MiB for a server, is an error. Bodies are handed out as they come, so the caller caps them. Accepts any split of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/net/http.h"

namespace slipway::net::detail {

inline constexpr std::size_t kHeaderLimit = 64UL << 10U;       // of an answer's head, and of trailers: long Warning headers fit in
inline constexpr std::size_t kServerHeaderLimit = 1UL << 20U;  // of a request's head, as Go's net/http

struct Head {
  std::string method;  // of requests
  std::string target;
  int status = 0;  // of responses
  bool http_1_0 = false;
  Headers headers;
};

// One message. After an error, or the end of the message, feed no more.
class Decoder {
 public:
  enum class Kind : std::uint8_t { Request, Response, ResponseToHead };
  explicit Decoder(Kind kind);  // of requests: with the server's limit
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Errors: Invalid: what is wrong with the message.
  Status feed(std::string_view bytes);
  // The peer ended the stream. Errors: Transient where that cuts the message.
  Status feed_end();

  [[nodiscard]] bool started() const noexcept;     // a byte has come
  [[nodiscard]] bool head_done() const noexcept;   // head() is complete
  [[nodiscard]] bool done() const noexcept;        // the message is complete
  [[nodiscard]] bool keep_alive() const noexcept;  // after head_done: the connection can carry another message
  [[nodiscard]] bool too_large() const noexcept;   // the error was the limit of heads
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept;
  [[nodiscard]] Head& head() noexcept;
  [[nodiscard]] std::string take_body();  // what has come since the last call
  [[nodiscard]] std::size_t body_size() const noexcept;
  [[nodiscard]] std::string take_rest();  // after done: bytes beyond the message

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Request line and fields, with the framing that the body asks for; fields for framing in request.headers are ignored.
// Errors: Invalid where method, target or a field could be read as something else on the way (control characters, blanks).
[[nodiscard]] Result<std::string> request_head(const Request& request, std::string_view host, std::string_view path_prefix);

enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose };
// Errors: Invalid, as above.
[[nodiscard]] Result<std::string> response_head(const Response& response, Framing framing, bool close);
[[nodiscard]] std::string chunk(std::string_view bytes);  // of at least one byte: an empty one would be the end
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace slipway::net::detail
