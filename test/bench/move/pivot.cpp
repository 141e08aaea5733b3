// A move by pkg/pivot alone, with the time of each phase: where a move spends its time.
#include "pkg/pivot/pivot.h"

#include "test/bench/move/bench.h"

namespace slipway::bench {
namespace {

struct Phases {
  double began = wall_ms();
  std::string text;
  void note(const pivot::Progress& progress) {
    const std::string key = std::string(to_string(progress.phase)) + "=";
    if (text.find(key) == std::string::npos) text += " " + key + std::to_string(static_cast<std::int64_t>(wall_ms() - began));
  }
};

Awaitable<Status> move_it(std::shared_ptr<kube::Client> from, std::shared_ptr<kube::Client> to, pivot::Options options, std::shared_ptr<Phases> phases) {
  options.on_progress = [phases](const pivot::Progress& p) { phases->note(p); };
  Result<pivot::Progress> done = co_await pivot::run(from, to, options);
  if (!done) co_return fail(std::move(done).error());
  Report report;
  report.add("moved", done->deleted);
  report.add_text(phases->text);
  report.print();
  co_return Status();
}

}  // namespace

void plain(Flags& flags) {
  Bench bench;
  pivot::Options options;
  options.id = flags.required("id");
  options.ns = flags.text("namespace");
  options.journal_namespace = "slipway-system";
  options.rehearse = flags.number("rehearse", 1) != 0;
  options.max_concurrency = static_cast<std::size_t>(flags.number("width", static_cast<std::int64_t>(options.max_concurrency)));
  const auto from = bench.connect(flags.required("from"));
  const auto to = bench.connect(flags.required("to"));
  bench.run(move_it(from, to, options, std::make_shared<Phases>()));
}

}  // namespace slipway::bench
