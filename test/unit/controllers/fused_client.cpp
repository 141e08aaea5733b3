#include "fused_client.h"

#include <utility>

namespace slipway::test {
namespace {

using async::Awaitable;
using namespace kube;

std::unexpected<Error> killed() { return fail(Disposition::Transient, "killed"); }

template <class T>
Awaitable<Result<T>> guarded(std::shared_ptr<Fuse> fuse, bool write, Awaitable<Result<T>> call) {
  if (fuse->blown()) co_return killed();
  if (write) ++fuse->writes;
  Result<T> answer = co_await std::move(call);
  if (fuse->blown()) co_return killed();
  co_return answer;
}

class Fused final : public Client {
 public:
  Fused(std::shared_ptr<Client> client, std::shared_ptr<Fuse> fuse) : client_(std::move(client)), fuse_(std::move(fuse)) {}

  Awaitable<Result<Object>> get(GroupVersionResource gvr, ObjectKey key) override {
    return guarded(fuse_, false, client_->get(std::move(gvr), std::move(key)));
  }
  Awaitable<Result<ListResult>> list(GroupVersionResource gvr, std::string ns, ListOptions options) override {
    return guarded(fuse_, false, client_->list(std::move(gvr), std::move(ns), std::move(options)));
  }
  Awaitable<Result<std::unique_ptr<WatchStream>>> watch(GroupVersionResource gvr, std::string ns, WatchOptions options) override {
    return guarded(fuse_, false, client_->watch(std::move(gvr), std::move(ns), std::move(options)));
  }
  Awaitable<Result<Object>> create(GroupVersionResource gvr, Object object, WriteOptions options) override {
    return guarded(fuse_, true, client_->create(std::move(gvr), std::move(object), std::move(options)));
  }
  Awaitable<Result<Object>> update(GroupVersionResource gvr, Object object, WriteOptions options) override {
    return guarded(fuse_, true, client_->update(std::move(gvr), std::move(object), std::move(options)));
  }
  Awaitable<Result<Object>> patch(GroupVersionResource gvr, ObjectKey key, PatchType type, json::Value body, PatchOptions options) override {
    return guarded(fuse_, true, client_->patch(std::move(gvr), std::move(key), type, std::move(body), std::move(options)));
  }
  Awaitable<Result<Object>> remove(GroupVersionResource gvr, ObjectKey key, DeleteOptions options) override {
    return guarded(fuse_, true, client_->remove(std::move(gvr), std::move(key), std::move(options)));
  }
  Awaitable<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    return guarded(fuse_, false, client_->raw(std::move(method), std::move(path), std::move(body)));
  }
  [[nodiscard]] const std::string& server() const noexcept override { return client_->server(); }
  [[nodiscard]] async::Clock& clock() noexcept override { return client_->clock(); }
  void close() override { client_->close(); }

 private:
  std::shared_ptr<Client> client_;
  std::shared_ptr<Fuse> fuse_;
};

}  // namespace

std::shared_ptr<Client> fused(std::shared_ptr<Client> client, std::shared_ptr<Fuse> fuse) {
  return std::make_shared<Fused>(std::move(client), std::move(fuse));
}

}  // namespace slipway::test
