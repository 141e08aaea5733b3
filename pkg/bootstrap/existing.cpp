// Clusters that are there already: the one that the operator runs in, or any other by kubeconfig. Not ours to make or to destroy.
#include "pkg/bootstrap/detail/drivers.h"

namespace slipway::bootstrap::detail {
namespace {

async::Awaitable<Result<State>> observe_existing(Context context, Kind kind) {
  State state;
  state.phase = State::Phase::Ready;
  state.reason = "BootstrapReady";
  if (kind == Kind::InCluster) {
    state.message = "the cluster that this operator runs in";
    co_return state;
  }
  const api::KeyRef reference = context.spec.kubeconfigSecretRef.value_or(api::KeyRef{});
  const kube::ObjectKey secret{std::string(kube::namespace_of(context.owner)), reference.name};
  auto config = co_await read_kubeconfig(context.hub, secret, reference.key.empty() ? "value" : reference.key);
  if (!config) {
    if (config.error().retryable()) co_return fail(std::move(config).error());
    state.phase = State::Phase::Failed;
    state.reason = config.error().is(Disposition::NotFound) ? "SecretMissing" : "InvalidKubeconfig";
    state.message = "spec.bootstrap.kubeconfigSecretRef: " + config.error().message();
    co_return state;
  }
  state.message = "the cluster of Secret " + secret.to_string();
  state.config = std::move(*config);
  co_return state;
}

async::Awaitable<Status> nothing_to_do() { co_return Status{}; }

class Existing final : public Driver {
 public:
  explicit Existing(Kind kind) : kind_(kind) {}
  async::Awaitable<Result<State>> observe(Context context) override { return observe_existing(std::move(context), kind_); }
  async::Awaitable<Status> ensure(Context) override { return nothing_to_do(); }
  async::Awaitable<Status> destroy(Context) override { return nothing_to_do(); }
  [[nodiscard]] bool disposable() const noexcept override { return false; }

 private:
  Kind kind_;
};

}  // namespace

std::unique_ptr<Driver> make_existing(Kind kind) { return std::make_unique<Existing>(kind); }

}  // namespace slipway::bootstrap::detail
