#include "pkg/runtime/write_gate.h"

#include <set>
#include <vector>

#include "pkg/async/cancellable.h"
#include "pkg/runtime/forwarding_client.h"

namespace slipway::runtime {

struct WriteGate::State {
  State(const async::Executor& e, async::Clock& c, std::function<bool()> l) : executor(e), clock(c), leads(std::move(l)) {}
  async::Executor executor;
  async::Clock& clock;
  std::function<bool()> leads;
  std::set<std::shared_ptr<async::CancelHandle>> in_flight;
  bool closed = false;
};

namespace {

using StatePtr = std::shared_ptr<WriteGate::State>;

template <class T>
async::Awaitable<Result<T>> pass(StatePtr gate, async::Awaitable<Result<T>> call) {
  if (gate->closed || !gate->leads()) co_return fail(Disposition::Canceled, "not written: this process does not lead");
  const auto handle = std::make_shared<async::CancelHandle>(gate->executor);
  gate->in_flight.insert(handle);
  std::optional<Result<T>> answer = co_await async::CancelHandle::run(handle, gate->clock, "write", std::move(call));
  gate->in_flight.erase(handle);
  if (!answer) co_return fail(Disposition::Canceled, "stopped while writing");
  co_return std::move(*answer);
}

class GuardedClient final : public ForwardingClient {
 public:
  GuardedClient(std::shared_ptr<kube::Client> inner, StatePtr gate) : ForwardingClient(std::move(inner)), gate_(std::move(gate)) {}
  async::Awaitable<Result<kube::Object>> create(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    return pass(gate_, inner().create(std::move(gvr), std::move(object), std::move(options)));
  }
  async::Awaitable<Result<kube::Object>> update(kube::GroupVersionResource gvr, kube::Object object, kube::WriteOptions options) override {
    return pass(gate_, inner().update(std::move(gvr), std::move(object), std::move(options)));
  }
  async::Awaitable<Result<kube::Object>> patch(kube::GroupVersionResource gvr, kube::ObjectKey key, kube::PatchType type, json::Value body,
                                               kube::PatchOptions options) override {
    return pass(gate_, inner().patch(std::move(gvr), std::move(key), type, std::move(body), std::move(options)));
  }
  async::Awaitable<Result<kube::Object>> remove(kube::GroupVersionResource gvr, kube::ObjectKey key, kube::DeleteOptions options) override {
    return pass(gate_, inner().remove(std::move(gvr), std::move(key), std::move(options)));
  }
  async::Awaitable<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    if (method == "GET") return inner().raw(std::move(method), std::move(path), std::move(body));
    return pass(gate_, inner().raw(std::move(method), std::move(path), std::move(body)));
  }

 private:
  StatePtr gate_;
};

}  // namespace

WriteGate::WriteGate(async::Executor executor, async::Clock& clock, std::function<bool()> leads)
    : state_(std::make_shared<State>(executor, clock, std::move(leads))) {}
WriteGate::~WriteGate() = default;

std::shared_ptr<kube::Client> WriteGate::guard(std::shared_ptr<kube::Client> client) const {
  return std::make_shared<GuardedClient>(std::move(client), state_);
}

void WriteGate::close() {
  state_->closed = true;
  const std::vector<std::shared_ptr<async::CancelHandle>> open(state_->in_flight.begin(), state_->in_flight.end());
  for (const auto& handle : open) handle->cancel();
}

bool WriteGate::open() const { return !state_->closed && state_->leads(); }
std::size_t WriteGate::in_flight() const noexcept { return state_->in_flight.size(); }

}  // namespace slipway::runtime
