#include "pkg/log/detail/line_writer.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <unistd.h>

namespace slipway::log::detail {
namespace {

constexpr std::chrono::milliseconds kPatience{10};        // for one write
constexpr std::chrono::milliseconds kPatienceInAll{100};  // in a window
constexpr std::chrono::seconds kWindow{1};

}  // namespace

// A pipe that polls as writable takes PIPE_BUF bytes without waiting (pipe(7)); files always do.
bool LineWriter::ready() {
  const auto now = std::chrono::steady_clock::now();
  if (now - window_ >= kWindow) {
    window_ = now;
    waited_ = std::chrono::milliseconds(0);
  }
  const auto patience = std::min(kPatience, kPatienceInAll - waited_);
  pollfd wanted{.fd = fd_, .events = POLLOUT, .revents = 0};
  const int n = ::poll(&wanted, 1, static_cast<int>(patience.count()));
  if (n == 0) waited_ += patience;
  return n == 1 && (wanted.revents & POLLOUT) != 0;
}

bool LineWriter::send(std::string_view text) {
  while (!text.empty()) {
    if (!ready()) return false;
    const ssize_t n = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    torn_ = text[static_cast<std::size_t>(n) - 1] != '\n';
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool LineWriter::write(std::string_view line) {
  std::string text = torn_ ? "\n" : "";
  if (lost_ > told_) text.append(notice_(lost_ - told_)).append("\n");
  const std::uint64_t telling = lost_;
  text.append(line).append("\n");
  if (send(text)) {
    told_ = telling;
    return true;
  }
  ++lost_;
  return false;
}

}  // namespace slipway::log::detail
