// B1 and B2: from connecting to a cache that is in sync and a handler that was told of every object; then what stays in memory.
#include "test/bench/runtime/client/rig.h"

namespace slipway::bench {

async::Awaitable<void> sync_case(Rig* rig, Flags* flags) {
  const std::chrono::seconds settle(flags->number("settle", 0));
  std::int64_t told = 0;
  rig->store().subscribe([&told](const runtime::Change&) { ++told; });
  co_await wait_synced(rig);
  Report report;
  report.add("wall_ms", wall_ms() - rig->began_ms);
  report.add("cpu_ms", cpu_ms());
  report.add("peak_kb", usage().peak_kb);
  report.add("objects", told);
  co_await rig->clock.sleep_until(rig->clock.now() + settle);
  report.add("rss_kb", usage().rss_kb);
  report.print();
  rig->manager.stop();
}

}  // namespace slipway::bench
