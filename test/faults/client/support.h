// What the scenarios of the client share: files that are replaced the way the kubelet does it, certificates, and a clock whose wall time can jump.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "pkg/base/random.h"
#include "pkg/kube/config.h"
#include "pkg/net/pki.h"
#include "test/support/loop.h"

namespace slipway::test {

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A folder that is gone at the end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("slipway-" + random_suffix(10))) { std::filesystem::create_directories(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << text;
    return file(name);
  }
  void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] inline net::KeyPair certificate(const net::KeyPair& ca, const std::string& name, bool server) {
  net::CertificateRequest request;
  request.common_name = name;
  if (server) request.ip_addresses = {"127.0.0.1"};
  if (server) request.dns_names = {"localhost"};
  request.server_auth = server;
  request.client_auth = !server;
  auto made = net::issue_certificate(ca, request);
  if (!made) throw std::runtime_error(made.error().message());
  return std::move(*made);
}

// Time that passes as another clock's does, while somebody sets the clock on the wall.
class JumpingClock final : public async::Clock {
 public:
  explicit JumpingClock(async::Clock& inner) : inner_(&inner) {}
  void jump(std::chrono::seconds by) { offset_ += by; }
  [[nodiscard]] async::TimePoint now() const noexcept override { return inner_->now(); }
  [[nodiscard]] WallTime wall() const noexcept override { return inner_->wall() + offset_; }
  async::Awaitable<void> sleep_until(async::TimePoint at) override { return inner_->sleep_until(at); }
  [[nodiscard]] std::shared_ptr<void> schedule(async::Executor executor, async::TimePoint at, std::function<void()> callback) override {
    return inner_->schedule(std::move(executor), at, std::move(callback));
  }

 private:
  async::Clock* inner_;
  std::chrono::seconds offset_{0};
};

}  // namespace slipway::test
