#include "pkg/proc/proc.h"

#include <array>
#include <csignal>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "pkg/async/task_group.h"
#include "pkg/proc/spawn.h"

namespace slipway::proc {
namespace {

namespace asio = boost::asio;
using async::Awaitable;

constexpr auto kDrainLimit = std::chrono::seconds(1);  // for output of descendants that left the process group

// The last `max` bytes of a stream.
struct Tail {
  explicit Tail(const Command& command) : max(command.max_output), limit(command.output_limit) {}
  std::size_t max;
  std::size_t limit;
  std::size_t seen = 0;
  std::string text;
  bool cut = false;
  [[nodiscard]] bool over() const noexcept { return limit > 0 && seen > limit; }
  void add(std::string_view bytes) {
    seen += bytes.size();
    text += bytes;
    if (text.size() > 2 * max + 4096) trim();
  }
  void trim() {
    if (text.size() <= max) return;
    text.erase(0, text.size() - max);
    cut = true;
  }
};

// Asks the group to end, and makes it when the grace is over.
class Stopper {
 public:
  Stopper(async::Executor executor, async::Clock* clock, const Child* child, async::Duration grace)
      : executor_(std::move(executor)), clock_(clock), child_(child), grace_(grace) {}
  void stop() {
    if (killer_) return;
    child_->signal_group(SIGTERM);
    killer_ = clock_->schedule(executor_, clock_->now() + grace_, [child = child_] { child->signal_group(SIGKILL); });
  }
  void stop_at(async::Deadline deadline) {
    if (deadline.is_never()) return;
    alarm_ = clock_->schedule(executor_, deadline.at, [this] {
      late_ = true;
      stop();
    });
  }
  [[nodiscard]] bool late() const noexcept { return late_; }

 private:
  async::Executor executor_;
  async::Clock* clock_;
  const Child* child_;
  async::Duration grace_;
  std::shared_ptr<void> alarm_;
  std::shared_ptr<void> killer_;
  bool late_ = false;
};

Awaitable<void> drain(asio::posix::stream_descriptor from, Tail* into, Stopper* stopper) {
  const auto buffer = std::make_unique<std::array<char, 16384>>();
  for (;;) {
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    const auto [ec, n] = co_await from.async_read_some(asio::buffer(*buffer), asio::as_tuple(asio::use_awaitable));
    if (ec) co_return;
    into->add(std::string_view(buffer->data(), n));
    if (into->over()) stopper->stop();
  }
}

// Until the child has ended. True where this task was cancelled meanwhile: then the child has been stopped.
Awaitable<bool> wait_for_end(asio::posix::stream_descriptor* pidfd, Stopper* stopper) {
  bool cancelled = false;
  for (;;) {
    const bool now_cancelled = co_await async::is_cancelled();
    if (now_cancelled && !std::exchange(cancelled, true)) stopper->stop();
    const auto [ec] = co_await pidfd->async_wait(asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::use_awaitable));
    if (!ec) co_return cancelled;
    if (ec != asio::error::operation_aborted) co_return cancelled;
  }
}

struct Streams {
  Fd in;
  PipeEnds out;
  PipeEnds err;
};

Result<Streams> make_streams(const Command& command) {
  auto in = file_with(command.stdin_text);
  if (!in) return fail(std::move(in).error());
  auto out = make_pipe();
  if (!out) return fail(std::move(out).error());
  auto err = make_pipe();
  if (!err) return fail(std::move(err).error());
  return Streams{std::move(*in), std::move(*out), std::move(*err)};
}

Awaitable<Result<Output>> run_child(async::Executor executor, async::Clock* clock, Command command) {
  co_await async::no_throw_on_cancel();  // whatever happens, the child is waited for
  const std::string what = "running " + (command.argv.empty() ? std::string() : command.argv[0]);
  const bool stopped_before = co_await async::is_cancelled();
  if (stopped_before) co_return fail(Disposition::Canceled, what + ": stopped");
  if (command.deadline.at <= clock->now()) co_return fail(Disposition::Timeout, what + ": the deadline passed before it began");
  auto streams = make_streams(command);
  if (!streams) co_return fail(std::move(streams).error().in(what));
  auto child = Child::start(command, streams->in, streams->out.write, streams->err.write);
  if (!child) co_return fail(std::move(child).error());
  streams->in.reset();
  streams->out.write.reset();
  streams->err.write.reset();

  Tail out(command);
  Tail err(command);
  Stopper stopper(executor, clock, &*child, command.grace);
  async::TaskGroup draining(executor);
  draining.spawn("standard output", drain(asio::posix::stream_descriptor(executor, streams->out.read.release()), &out, &stopper));
  draining.spawn("standard error", drain(asio::posix::stream_descriptor(executor, streams->err.read.release()), &err, &stopper));
  asio::posix::stream_descriptor pidfd(executor, child->release_pidfd());
  stopper.stop_at(command.deadline);
  const bool cancelled = co_await wait_for_end(&pidfd, &stopper);
  Output output;
  child->reap(output);

  const auto limit = clock->schedule(executor, clock->now() + kDrainLimit, [&draining] { draining.cancel(); });
  co_await draining.join();
  if (cancelled) co_return fail(Disposition::Canceled, what + ": stopped");
  if (stopper.late()) co_return fail(Disposition::Timeout, what + ": did not end before its deadline and was stopped");
  if (out.over() || err.over())
    co_return fail(Disposition::Terminal, what + ": wrote more than " + std::to_string(command.output_limit) + " bytes and was stopped");
  out.trim();
  err.trim();
  output.out = std::move(out.text);
  output.err = std::move(err.text);
  output.cut = out.cut || err.cut;
  co_return output;
}

}  // namespace

Awaitable<Result<Output>> run(async::Executor executor, async::Clock& clock, Command command) {
  return run_child(std::move(executor), &clock, std::move(command));
}

}  // namespace slipway::proc
