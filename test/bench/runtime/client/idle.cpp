// B6 and B7: a manager with many kinds and controllers that have nothing to do.
#include "test/bench/runtime/client/rig.h"

namespace slipway::bench {
namespace {

async::Awaitable<Result<runtime::ReconcileOutcome>> nothing(kube::ObjectKey /*key*/) { co_return runtime::ReconcileOutcome{}; }

}  // namespace

void prepare_idle(Rig& rig, std::size_t controllers) {
  for (std::size_t i = 0; i < controllers; ++i) {
    auto controller = std::make_shared<runtime::Controller>("bench" + std::to_string(i), rig.executor, rig.clock, nothing);
    for (std::size_t k = i; k < rig.stores.size(); k += controllers) controller->watch_self(*rig.stores[k]);
    rig.manager.add(controller);
  }
}

// seconds 0: until a signal comes.
async::Awaitable<void> idle_case(Rig* rig, Flags* flags) {
  const std::chrono::seconds window(flags->number("seconds", 0));
  co_await wait_synced(rig);
  if (window.count() == 0) co_return;
  co_await rig->clock.sleep_until(rig->clock.now() + std::chrono::seconds(2));  // what starting still has to do
  const double before = cpu_ms();
  co_await rig->clock.sleep_until(rig->clock.now() + window);
  Report report;
  report.add("cpu_s_per_hour", (cpu_ms() - before) / 1e3 * 3600 / static_cast<double>(window.count()));
  report.add(usage());
  report.print();
  rig->manager.stop();
}

}  // namespace slipway::bench
