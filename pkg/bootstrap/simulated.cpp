// A SimulatedCluster object (sim.slipway.dev) beside the request. Whoever watches it (simcloud) makes an API server for it; the operator only sees the
// object and its kubeconfig Secret, so a bootstrap cluster outlives the operator's process.
#include "pkg/bootstrap/detail/drivers.h"

namespace slipway::bootstrap::detail {
namespace {

kube::ObjectKey key_for(const Context& context) {
  return {std::string(kube::namespace_of(context.owner)), std::string(kube::name_of(context.owner)) + "-bootstrap"};
}

class Simulated final : public Driver {
 public:
  async::Awaitable<Result<State>> observe(Context context) override { return observe_simulated(std::move(context)); }
  async::Awaitable<Status> ensure(Context context) override { return ensure_simulated(std::move(context)); }
  async::Awaitable<Status> destroy(Context context) override { return destroy_simulated(std::move(context)); }
  [[nodiscard]] bool disposable() const noexcept override { return true; }

 private:
  static async::Awaitable<Result<State>> observe_simulated(Context context) {
    const kube::ObjectKey key = key_for(context);
    auto found = co_await context.hub->get(kube::res::kSimulatedClusters, key);
    State state;
    if (!found) {
      if (!found.error().is(Disposition::NotFound)) co_return fail(std::move(found).error());
      co_return state;
    }
    const kube::Object& object = *found;
    const auto phase = object["status"]["phase"].as_string();
    state.reason = "BootstrapCreating";
    state.message = object["status"]["message"].str("SimulatedCluster " + key.to_string() + " is starting");
    state.phase = kube::is_deleting(object) ? State::Phase::Deleting : phase == "Failed" ? State::Phase::Failed : State::Phase::Creating;
    if (state.phase == State::Phase::Failed) state.reason = "BootstrapFailed";
    if (state.phase != State::Phase::Creating || phase != "Ready") co_return state;

    const kube::ObjectKey secret{key.ns, key.name + "-kubeconfig"};
    auto config = co_await read_kubeconfig(context.hub, secret, "value");
    if (!config) {
      if (!config.error().is(Disposition::NotFound)) co_return fail(std::move(config).error());
      state.message = "waiting for Secret " + secret.to_string();
      co_return state;
    }
    state.phase = State::Phase::Ready;
    state.reason = "BootstrapReady";
    state.message = "SimulatedCluster " + key.to_string() + " is ready";
    state.config = std::move(*config);
    co_return state;
  }

  static async::Awaitable<Status> ensure_simulated(Context context) {
    kube::Object object = kube::make_object("sim.slipway.dev/v1alpha1", "SimulatedCluster", key_for(context));
    object.ref({"metadata", "ownerReferences"}).push_back(kube::owner_reference(context.owner, true, true));
    object.ref({"spec", "kubernetesVersion"}) = context.owner["spec"]["cluster"]["version"];
    auto applied = co_await kube::apply(context.hub, kube::res::kSimulatedClusters, std::move(object), kube::WriteOptions{});
    if (!applied) co_return fail(std::move(applied).error().in("creating the simulated bootstrap cluster"));
    co_return Status{};
  }

  static async::Awaitable<Status> destroy_simulated(Context context) {
    const kube::ObjectKey key = key_for(context);
    auto found = co_await context.hub->get(kube::res::kSimulatedClusters, key);
    if (!found) {
      if (found.error().is(Disposition::NotFound)) co_return Status{};
      co_return fail(std::move(found).error());
    }
    if (kube::is_deleting(*found)) co_return Status{};
    kube::DeleteOptions options;
    options.uid = kube::uid_of(*found);
    auto removed = co_await context.hub->remove(kube::res::kSimulatedClusters, key, options);
    if (!removed && !removed.error().is(Disposition::NotFound)) co_return fail(std::move(removed).error().in("taking the simulated bootstrap cluster down"));
    co_return Status{};
  }
};

}  // namespace

std::unique_ptr<Driver> make_simulated() { return std::make_unique<Simulated>(); }

}  // namespace slipway::bootstrap::detail
