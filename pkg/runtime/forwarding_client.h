// A client that passes everything on: the base of those that add one thing to some calls. Thread: the inner client's.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "pkg/kube/client.h"

namespace slipway::runtime {

class ForwardingClient : public kube::Client {
 public:
  explicit ForwardingClient(std::shared_ptr<kube::Client> inner) : inner_(std::move(inner)) {}

  async::Awaitable<Result<kube::Object>> get(kube::GroupVersionResource gvr, kube::ObjectKey key) override {
    return inner_->get(std::move(gvr), std::move(key));
  }
  async::Awaitable<Result<kube::ListResult>> list(kube::GroupVersionResource gvr, std::string ns, kube::ListOptions options) override {
    return inner_->list(std::move(gvr), std::move(ns), std::move(options));
  }
  async::Awaitable<Result<std::unique_ptr<kube::WatchStream>>> watch(kube::GroupVersionResource gvr, std::string ns, kube::WatchOptions options) override {
    return inner_->watch(std::move(gvr), std::move(ns), std::move(options));
  }
  async::Awaitable<Result<kube::Object>> create(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    return inner_->create(std::move(gvr), std::move(object), std::move(options));
  }
  async::Awaitable<Result<kube::Object>> update(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    return inner_->update(std::move(gvr), std::move(object), std::move(options));
  }
  async::Awaitable<Result<kube::Object>> patch(kube::GroupVersionResource gvr, kube::ObjectKey key, kube::PatchType type, json::Value body,
                                               kube::PatchOptions options) override {
    return inner_->patch(std::move(gvr), std::move(key), type, std::move(body), std::move(options));
  }
  async::Awaitable<Result<kube::Object>> remove(kube::GroupVersionResource gvr, kube::ObjectKey key, kube::DeleteOptions options) override {
    return inner_->remove(std::move(gvr), std::move(key), std::move(options));
  }
  async::Awaitable<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    return inner_->raw(std::move(method), std::move(path), std::move(body));
  }
  [[nodiscard]] const std::string& server() const noexcept override { return inner_->server(); }
  [[nodiscard]] async::Clock& clock() noexcept override { return inner_->clock(); }
  void close() override { inner_->close(); }

 protected:
  [[nodiscard]] kube::Client& inner() noexcept { return *inner_; }
  [[nodiscard]] std::shared_ptr<kube::Client> inner_ptr() const { return inner_; }

 private:
  std::shared_ptr<kube::Client> inner_;
};

}  // namespace slipway::runtime
