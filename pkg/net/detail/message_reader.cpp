#include "pkg/net/detail/message_reader.h"

#include <array>

namespace slipway::net::detail {

MessageReader::MessageReader(Decoder::Kind kind, ByteStreamPtr stream) : state_(std::make_shared<State>(kind, std::move(stream))) {}

// One read from the stream into the decoder; what was left over by the message before comes first.
Awaitable<Status> MessageReader::more(std::shared_ptr<State> state) {
  if (!state->rest.empty()) co_return state->decoder.feed(std::exchange(state->rest, {}));
  const auto buffer = std::make_unique<std::array<char, 16384>>();
  auto n = co_await state->stream->read(std::span<char>(*buffer));
  if (!n) co_return fail(std::move(n).error());
  if (*n == 0) co_return state->decoder.feed_end();
  co_return state->decoder.feed(std::string_view(buffer->data(), *n));
}

Awaitable<Status> MessageReader::read_first_byte() {
  const auto state = state_;
  if (state->decoder.started()) co_return Status{};
  co_return co_await more(state);
}

Awaitable<Status> MessageReader::read_head() {
  const auto state = state_;
  while (!state->decoder.head_done()) {
    auto fed = co_await more(state);
    if (!fed) co_return fed;
  }
  co_return Status{};
}

Awaitable<Result<std::string>> MessageReader::piece(std::shared_ptr<State> state) {
  for (;;) {
    std::string bytes = state->decoder.take_body();
    if (!bytes.empty() || state->decoder.done()) co_return bytes;
    auto fed = co_await more(state);
    if (!fed) co_return fail(std::move(fed).error());
  }
}

Awaitable<Result<std::string>> MessageReader::read_piece() { return piece(state_); }

Awaitable<Result<std::string>> MessageReader::read_body(std::size_t max) {
  const auto state = state_;
  const auto over = [max] { return fail(Disposition::Terminal, "the body is over the limit of " + std::to_string(max) + " bytes"); };
  if (state->decoder.content_length().value_or(0) > max && !state->decoder.done()) co_return over();
  std::string body;
  for (;;) {
    auto bytes = co_await piece(state);
    if (!bytes) co_return bytes;
    if (bytes->empty()) co_return body;
    if (body.empty()) {
      body = std::move(*bytes);
    } else {
      body += *bytes;
    }
    if (body.size() > max) co_return over();
  }
}

void MessageReader::next(Decoder::Kind kind) {
  state_->rest = state_->decoder.take_rest();
  state_->decoder = Decoder(kind);
}

}  // namespace slipway::net::detail
