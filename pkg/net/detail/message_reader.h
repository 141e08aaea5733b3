// HTTP messages from a ByteStream, one after the other: the Decoder with somebody to fetch its bytes. One call at a time.
#pragma once

#include <memory>
#include <string>

#include "pkg/net/byte_stream.h"
#include "pkg/net/detail/codec.h"

namespace slipway::net::detail {

class MessageReader {
 public:
  MessageReader(Decoder::Kind kind, ByteStreamPtr stream);

  // Errors of all: Transient (cut, reset), Invalid (not HTTP; see Decoder::too_large), Canceled.
  Awaitable<Status> read_first_byte();
  Awaitable<Status> read_head();
  Awaitable<Result<std::string>> read_piece();  // of the body; empty at its end
  // The rest of the body. Also Terminal where it is over `max` bytes, as soon as that is known.
  Awaitable<Result<std::string>> read_body(std::size_t max);

  [[nodiscard]] Decoder& decoder() noexcept { return state_->decoder; }
  void next(Decoder::Kind kind);  // after a whole message: the bytes behind it begin the next

 private:
  struct State {
    State(Decoder::Kind kind, ByteStreamPtr s) : decoder(kind), stream(std::move(s)) {}
    Decoder decoder;
    ByteStreamPtr stream;
    std::string rest;  // bytes that belong to the next message
  };
  static Awaitable<Status> more(std::shared_ptr<State> state);
  static Awaitable<Result<std::string>> piece(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net::detail
