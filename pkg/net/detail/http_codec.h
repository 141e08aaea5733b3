// HTTP/1.1 messages from and to a ByteStream: Beast's parser fed by hand, so that a test can split bytes anywhere. A message counts as whole only when the
// parser says so; everything else is a broken connection.
#pragma once

#include <memory>
#include <string>

#include "pkg/net/byte_stream.h"

namespace slipway::net::detail {

inline constexpr std::size_t kHeaderLimit = 64UL << 10U;

[[nodiscard]] Result<std::string> serialize_request(const Request& request, const std::string& host, const std::string& path_prefix);
[[nodiscard]] std::string serialize_response_head(const Response& response, bool keep_alive, bool with_body);
[[nodiscard]] std::string chunk(const std::string& bytes);

// Reads one message at a time; bytes after it stay for the next.
class MessageReader {
 public:
  enum class Kind : std::uint8_t { Request, Response };
  MessageReader(Kind kind, ByteStreamPtr stream, std::size_t max_body);
  ~MessageReader();

  // Errors: Transient (closed, reset), Invalid (not HTTP, header over 64 KiB), Canceled.
  Awaitable<Status> read_header();
  // The rest of the body. Errors: as above; Invalid where it is over max_body.
  Awaitable<Result<std::string>> read_body();
  // Some of the body; empty at its end.
  Awaitable<Result<std::string>> read_some_body();

  [[nodiscard]] bool got_bytes() const noexcept;   // of this message
  [[nodiscard]] bool keep_alive() const noexcept;  // after the header
  [[nodiscard]] bool expects_continue() const noexcept;
  [[nodiscard]] bool closed_between_messages() const noexcept;  // the peer ended before the first byte
  [[nodiscard]] Request take_request();
  [[nodiscard]] Response take_response();
  void next();  // after a whole message: ready for another

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net::detail
