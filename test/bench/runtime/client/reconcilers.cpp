// B3: an event's way to the reconciler and back as a status patch. B4: reconciles a second, each with a cached get, a list by index and a status patch.
#include <charconv>

#include "test/bench/runtime/client/rig.h"

namespace slipway::bench {
namespace {

using kube::ObjectKey;
using Outcome = Result<runtime::ReconcileOutcome>;

// One case a process: what its reconciler records.
struct Recorder {
  explicit Recorder(async::Executor executor) : progress(executor) {}
  std::vector<double> start_us;  // B3: from the event's stamp to the reconcile
  std::int64_t reconciles = 0;
  std::int64_t children = 0;
  double first_ms = 0;
  double first_cpu_ms = 0;
  async::Event progress;
};
std::unique_ptr<Recorder> recorder;

async::Awaitable<Outcome> patch_status(Rig* rig, ObjectKey key, json::Value status) {
  kube::PatchOptions options;
  options.subresource = "status";
  json::Value body = json::Object{{"status", std::move(status)}};
  auto patched = co_await rig->client->patch(rig->resources.front(), std::move(key), kube::PatchType::Merge, std::move(body), std::move(options));
  if (!patched) co_return fail(std::move(patched).error());
  ++recorder->reconciles;
  recorder->progress.notify_all();
  co_return runtime::ReconcileOutcome{};
}

async::Awaitable<Outcome> reconcile_stamp(Rig* rig, ObjectKey key) {
  const kube::ObjectPtr object = rig->store().get(key);
  if (!object) co_return runtime::ReconcileOutcome{};
  const std::string_view text = kube::annotation(*object, "bench.slipway.dev/stamp");
  std::uint64_t stamp = 0;
  std::from_chars(text.data(), text.data() + text.size(), stamp);
  if (stamp != 0) recorder->start_us.push_back(static_cast<double>(monotonic_ns() - stamp) / 1e3);
  co_return co_await patch_status(rig, std::move(key), json::Object{{"stamp", text}});
}

async::Awaitable<Outcome> reconcile_children(Rig* rig, ObjectKey key) {
  if (recorder->first_ms == 0) {
    recorder->first_ms = wall_ms();
    recorder->first_cpu_ms = cpu_ms();
  }
  const kube::ObjectPtr object = rig->store().get(key);
  if (!object) co_return runtime::ReconcileOutcome{};
  const auto children = static_cast<std::int64_t>(rig->store().by_index("owner", kube::label(*object, "owner")).size());
  recorder->children += children;
  co_return co_await patch_status(rig, std::move(key), json::Object{{"children", children}});
}

std::shared_ptr<runtime::Controller> add_controller(Rig& rig, std::size_t workers, async::Awaitable<Outcome> (*reconcile)(Rig*, ObjectKey)) {
  recorder = std::make_unique<Recorder>(rig.executor);
  auto controller = std::make_shared<runtime::Controller>(
      "bench", rig.executor, rig.clock, [&rig, reconcile](ObjectKey key) { return reconcile(&rig, std::move(key)); },
      runtime::ControllerOptions{.max_concurrent = workers});
  controller->watch_self(rig.store());
  rig.manager.add(controller);
  return controller;
}

async::Awaitable<void> all_reconciled(Rig* rig) {
  co_await wait_synced(rig);
  const auto wanted = static_cast<std::int64_t>(rig->store().size());
  while (recorder->reconciles < wanted) {
    auto woken = co_await recorder->progress.wait(rig->clock, rig->clock.after(std::chrono::minutes(2)));
    must(woken);
  }
}

async::Awaitable<std::string> call(Rig* rig, std::string method, std::string path) {
  auto answer = co_await rig->client->raw(std::move(method), std::move(path), {});
  if (!answer) die(answer.error().message());
  co_return std::move(*answer);
}

}  // namespace

void prepare_latency(Rig& rig) { add_controller(rig, 1, reconcile_stamp); }

void prepare_throughput(Rig& rig, std::size_t workers) {
  rig.store().add_index("owner", [](const kube::Object& o) { return std::vector<std::string>{std::string(kube::label(o, "owner"))}; });
  add_controller(rig, workers, reconcile_children);
}

async::Awaitable<void> latency_case(Rig* rig, Flags* flags) {
  const std::string query = "?rate=" + std::to_string(flags->number("rate", 200)) + "&seconds=" + std::to_string(flags->number("seconds", 10));
  co_await all_reconciled(rig);
  recorder->start_us.clear();  // of the objects as they were found
  const double cpu_before = cpu_ms();
  const std::int64_t before = recorder->reconciles;
  const std::string started = co_await call(rig, "POST", "/bench/start" + query);
  const std::string loop = co_await call(rig, "GET", "/bench/result");
  Report report;
  report.add_text(loop);
  report.add("reconcile_p50_us", quantile(recorder->start_us, 0.5));
  report.add("reconcile_p99_us", quantile(recorder->start_us, 0.99));
  report.add("reconciles", recorder->reconciles - before);
  report.add("cpu_ms", cpu_ms() - cpu_before);
  report.print();
  rig->manager.stop();
}

async::Awaitable<void> throughput_case(Rig* rig, Flags* /*flags*/) {
  co_await all_reconciled(rig);
  const auto reconciles = static_cast<double>(recorder->reconciles);
  Report report;
  report.add("reconciles", recorder->reconciles);
  report.add("children", recorder->children);
  report.add("us_per_reconcile", (wall_ms() - recorder->first_ms) * 1e3 / reconciles);
  report.add("cpu_us_per_reconcile", (cpu_ms() - recorder->first_cpu_ms) * 1e3 / reconciles);
  report.print();
  rig->manager.stop();
}

}  // namespace slipway::bench
