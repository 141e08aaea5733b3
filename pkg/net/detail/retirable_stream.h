// A connection that somebody else may end: where the credentials that it was made with are no longer the client's. Whoever reads or writes then gets a
// Transient error that says so, not the Canceled of a stream that its owner closed.
#pragma once

#include "pkg/net/byte_stream.h"

namespace slipway::net::detail {

class RetirableStream final : public ByteStream {
 public:
  explicit RetirableStream(ByteStreamPtr inner) : state_(std::make_shared<State>(std::move(inner))) {}
  ~RetirableStream() override { RetirableStream::close(); }
  Awaitable<Result<std::size_t>> read(std::span<char> into) override { return read_from(state_, into); }
  Awaitable<Status> write(std::string bytes) override { return write_to(state_, std::move(bytes)); }
  Awaitable<void> finish() override { return state_->inner->finish(); }
  void close() noexcept override { state_->inner->close(); }
  [[nodiscard]] bool usable() noexcept override { return !state_->retired && state_->inner->usable(); }
  [[nodiscard]] Peer peer() const override { return state_->inner->peer(); }

  void retire() noexcept {
    state_->retired = true;
    state_->inner->close();
  }

 private:
  struct State {
    explicit State(ByteStreamPtr i) : inner(std::move(i)) {}
    ByteStreamPtr inner;
    bool retired = false;
  };
  static Error explain(const State& state, Error error) {
    return state.retired ? Error(Disposition::Transient, "the connection was closed because the credentials have changed") : error;
  }
  static Awaitable<Result<std::size_t>> read_from(std::shared_ptr<State> state, std::span<char> into) {
    auto n = co_await state->inner->read(into);
    if (!n) co_return fail(explain(*state, std::move(n).error()));
    co_return n;
  }
  static Awaitable<Status> write_to(std::shared_ptr<State> state, std::string bytes) {
    auto written = co_await state->inner->write(std::move(bytes));
    if (!written) co_return fail(explain(*state, std::move(written).error()));
    co_return written;
  }
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net::detail
