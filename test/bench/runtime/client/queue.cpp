// B5: what one key costs on its way through the workqueue, nobody else being there.
#include "pkg/runtime/workqueue.h"
#include "test/bench/runtime/client/rig.h"

namespace slipway::bench {
namespace {

std::vector<kube::ObjectKey> make_keys(std::size_t count) {
  std::vector<kube::ObjectKey> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back({"namespace", "object-" + std::to_string(100000 + i)});
  return keys;
}

async::Awaitable<void> pass(runtime::WorkQueue* queue, const std::vector<kube::ObjectKey>* keys, std::size_t batch) {
  for (std::size_t i = 0; i < keys->size(); i += batch) {
    for (std::size_t k = 0; k < batch; ++k) queue->add((*keys)[i + k]);
    for (std::size_t k = 0; k < batch; ++k) {
      const auto key = co_await queue->get();
      if (key) queue->done(*key);
    }
  }
}

}  // namespace

// --batch N: keys that wait together.
async::Awaitable<void> queue_case(Rig* rig, Flags* flags) {
  const auto batch = static_cast<std::size_t>(flags->number("batch", 1));
  const auto passes = flags->number("passes", 100);
  const std::vector<kube::ObjectKey> keys = make_keys(1000);
  if (batch == 0 || keys.size() % batch != 0) die("--batch wants a divisor of 1000");
  runtime::WorkQueue queue("bench", rig->executor, rig->clock);
  co_await pass(&queue, &keys, batch);  // warm
  const double cpu_before = cpu_ms();
  const double before = wall_ms();
  for (std::int64_t i = 0; i < passes; ++i) co_await pass(&queue, &keys, batch);
  const auto operations = static_cast<double>(passes) * static_cast<double>(keys.size());
  Report report;
  report.add("ns_per_op", (wall_ms() - before) * 1e6 / operations);
  report.add("cpu_ns_per_op", (cpu_ms() - cpu_before) * 1e6 / operations);
  report.print();
  queue.shut_down();
  rig->manager.stop();
}

}  // namespace slipway::bench
