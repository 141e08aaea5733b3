// Two connected ByteStreams in memory, under virtual time; either end can be told to hand out its bytes in small pieces, or be cut.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "pkg/async/sync.h"
#include "pkg/net/byte_stream.h"
#include "test/support/loop.h"

namespace slipway::net {

struct PipeHalf {  // bytes in one direction
  PipeHalf(const async::Executor& executor, std::size_t piece_size) : changed(executor), piece(piece_size) {}
  async::Event changed;
  std::string bytes;
  std::size_t piece;  // at most so many bytes a read
  bool ended = false;
  bool cut = false;
  bool stuck = false;  // a write does not end: the reader's window is full
};

class PipeEnd final : public ByteStream {
 public:
  PipeEnd(async::Clock& clock, std::shared_ptr<PipeHalf> in, std::shared_ptr<PipeHalf> out) : clock_(&clock), in_(std::move(in)), out_(std::move(out)) {}
  ~PipeEnd() override { PipeEnd::close(); }

  Awaitable<Result<std::size_t>> read(std::span<char> into) override { return read_from(clock_, in_, closed_, into); }
  Awaitable<Status> write(std::string bytes) override { return write_to(clock_, out_, closed_, std::move(bytes)); }
  Awaitable<void> finish() override {
    out_->ended = true;
    out_->changed.notify_all();
    co_return;
  }
  void close() noexcept override {
    *closed_ = true;
    out_->ended = true;
    out_->changed.notify_all();
    in_->changed.notify_all();
  }
  void cut() {
    out_->cut = true;
    close();
  }
  [[nodiscard]] bool usable() noexcept override { return !*closed_ && in_->bytes.empty() && !in_->ended; }
  [[nodiscard]] bool closed() const noexcept { return *closed_; }
  // All that has arrived, without waiting.
  [[nodiscard]] std::string take() { return std::exchange(in_->bytes, {}); }
  [[nodiscard]] bool peer_ended() const noexcept { return in_->ended; }

 private:
  static Awaitable<Result<std::size_t>> read_from(async::Clock* clock, std::shared_ptr<PipeHalf> in, std::shared_ptr<bool> closed, std::span<char> into) {
    for (;;) {
      if (*closed) co_return fail(Disposition::Canceled, "reading: closed");
      if (!in->bytes.empty()) {
        const std::size_t n = std::min({into.size(), in->piece, in->bytes.size()});
        std::copy_n(in->bytes.data(), n, into.data());
        in->bytes.erase(0, n);
        co_return n;
      }
      if (in->cut) co_return fail(Disposition::Transient, "reading: cut");
      if (in->ended) co_return std::size_t{0};
      auto changed = co_await in->changed.wait(*clock);
      if (!changed) co_return fail(std::move(changed).error());
    }
  }
  static Awaitable<Status> write_to(async::Clock* clock, std::shared_ptr<PipeHalf> out, std::shared_ptr<bool> closed, std::string bytes) {
    while (out->stuck && !*closed) {
      auto changed = co_await out->changed.wait(*clock);
      if (!changed) co_return changed;
    }
    if (*closed) co_return fail(Disposition::Canceled, "writing: closed");
    out->bytes += bytes;
    out->changed.notify_all();
    co_return Status{};
  }

  async::Clock* clock_;
  std::shared_ptr<PipeHalf> in_;
  std::shared_ptr<PipeHalf> out_;
  std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
};

struct Pipe {
  explicit Pipe(test::Loop& loop, std::size_t piece = std::numeric_limits<std::size_t>::max())
      : to_server(std::make_shared<PipeHalf>(loop.executor(), piece)),
        to_client(std::make_shared<PipeHalf>(loop.executor(), piece)),
        client(std::make_shared<PipeEnd>(loop.clock, to_client, to_server)),
        server(std::make_shared<PipeEnd>(loop.clock, to_server, to_client)) {}
  std::shared_ptr<PipeHalf> to_server;
  std::shared_ptr<PipeHalf> to_client;
  std::shared_ptr<PipeEnd> client;
  std::shared_ptr<PipeEnd> server;

  void send(std::string_view bytes) {  // as the client
    to_server->bytes += bytes;
    to_server->changed.notify_all();
  }
};

}  // namespace slipway::net
