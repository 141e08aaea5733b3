#include "pkg/net/cert_files.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/inotify.h>

#include "pkg/async/task_group.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr auto kLook = std::chrono::seconds(10);
constexpr std::size_t kMaxFile = 1UL << 20U;
constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB;

Result<std::string> read_file(const std::string& path) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec)) return fail(Disposition::Invalid, path + ": not a file that can be read");
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || text.empty()) return fail(Disposition::Invalid, path + ": cannot be read, or is empty");
  if (text.size() > kMaxFile) return fail(Disposition::Invalid, path + ": larger than 1 MiB");
  return text;
}

void count(bool good) {
  auto& registry = metrics::registry();
  auto& total = registry.counter("certwatcher_read_certificate_total", "Total number of certificate reads");
  auto& errors = registry.counter("certwatcher_read_certificate_errors_total", "Total number of certificate read errors");
  total.add();
  if (!good) errors.add();
}

// The folders of the files, watched. Where the system has no watch left, time alone has to do.
class Folders {
 public:
  Folders(const async::Executor& executor, const CertFiles& files) : descriptor_(executor) {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd >= 0) descriptor_.assign(fd);
    for (const std::string* file : {&files.cert_file, &files.key_file}) paths_.push_back(fs::path(*file).parent_path().string());
    arm();
  }
  // Again each time: a folder may have been replaced.
  void arm() {
    if (!descriptor_.is_open()) return;
    for (const std::string& path : paths_) static_cast<void>(::inotify_add_watch(descriptor_.native_handle(), path.empty() ? "." : path.c_str(), kEvents));
  }
  void drain() {
    std::array<char, 4096> buffer{};
    while (descriptor_.is_open() && ::read(descriptor_.native_handle(), buffer.data(), buffer.size()) > 0) continue;
  }
  [[nodiscard]] asio::posix::stream_descriptor& descriptor() noexcept { return descriptor_; }

 private:
  asio::posix::stream_descriptor descriptor_;
  std::vector<std::string> paths_;
};

// Until something has happened in the folders, or it is time to look.
Awaitable<void> wait_for_change(async::Executor executor, async::Clock* clock, Folders* folders) {
  const auto at = clock->now() + kLook;
  if (!folders->descriptor().is_open()) {
    co_await clock->sleep_until(at);
    co_return;
  }
  const auto alarm = clock->schedule(executor, at, [folders] { folders->descriptor().cancel(); });
  const auto [ec] = co_await folders->descriptor().async_wait(asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::use_awaitable));
  static_cast<void>(ec);
  folders->drain();
}

}  // namespace

Result<CertPair> read_pair(const CertFiles& files) {
  auto cert = read_file(files.cert_file);
  if (!cert) return fail(std::move(cert).error());
  auto key = read_file(files.key_file);
  if (!key) return fail(std::move(key).error());
  return CertPair{std::move(*cert), std::move(*key)};
}

Awaitable<void> watch_pair(async::Executor executor, async::Clock* clock, CertFiles files, CertPair current, std::function<void(TlsContextPtr)> changed) {
  co_await async::no_throw_on_cancel();
  Folders folders(executor, files);
  std::string last_problem;
  for (;;) {
    auto pair = read_pair(files);  // first of all: it may have changed before the folders were watched
    if (!pair || *pair != current) {
      Result<TlsContextPtr> context = pair ? make_server_tls(pair->cert_pem, pair->key_pem, files.client_ca_pem) : fail(pair.error());
      count(context.has_value());
      if (context) {
        log::info("the server's certificate was replaced", {{"file", files.cert_file}});
        last_problem.clear();
        current = std::move(*pair);
        changed(std::move(*context));
      } else if (last_problem != context.error().message()) {
        last_problem = context.error().message();
        log::warn("the server's new certificate cannot be used; the old one stays", {{"file", files.cert_file}, {"error", last_problem}});
      }
    }
    co_await wait_for_change(executor, clock, &folders);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    folders.arm();
  }
}

}  // namespace slipway::net
