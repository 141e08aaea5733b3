#include "test/bench/runtime/server/world.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <numeric>

#include "test/bench/runtime/common/measure.h"

namespace slipway::bench {

std::string Kind::whole(const Rendered& object) const {
  std::string out = R"({"kind":")" + kind + R"(","apiVersion":")" + api_version() + R"(",)";
  return out.append(object.body, 1);
}

std::string Kind::frame(std::string_view type, const Rendered& object) const {
  std::string out = R"({"type":")";
  out.append(type).append(R"(","object":)").append(whole(object)).append("}\n");
  return out;
}

World::World(async::Executor executor, async::Clock& clock, std::vector<Rendered> objects, std::size_t kinds)
    : clock_(clock), objects_(std::move(objects)), version_(kFirstVersion + objects_.size()), unanswered_(objects_.size()), progress_(executor) {
  if (kinds == 0) kinds_.push_back({"", "Pod", "pods"});
  for (std::size_t i = 0; i < kinds; ++i) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%03zu", i);
    kinds_.push_back({"bench.slipway.dev", std::string("Kind") + number.data(), std::string("kind") + number.data() + "s"});
  }
}

const Rendered* World::find(std::string_view name) const noexcept {
  const auto at = std::ranges::lower_bound(objects_, name, {}, &Rendered::name);
  return at != objects_.end() && at->name == name ? &*at : nullptr;
}

std::string World::bookmark(const Kind& kind, bool initial_end) const {
  std::string out = R"({"type":"BOOKMARK","object":{"kind":")" + kind.kind + R"(","apiVersion":")" + kind.api_version() +
                    R"(","metadata":{"resourceVersion":")" + std::to_string(version_) + '"';
  if (initial_end) out += R"(,"annotations":{"k8s.io/initial-events-end":"true"})";
  return out + "}}}\n";
}

void World::tell(std::size_t kind, std::string_view frame) {
  std::erase_if(watchers_, [](const std::weak_ptr<Watcher>& w) { return w.expired(); });
  for (const auto& weak : watchers_) {
    const auto watcher = weak.lock();
    if (!watcher || watcher->kind != kind) continue;
    watcher->pending.append(frame);
    watcher->woken.set();
  }
}

async::Awaitable<void> World::bookmarks(std::chrono::seconds every) {
  for (;;) {
    co_await clock_.sleep_until(clock_.now() + every);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    for (std::size_t k = 0; k < kinds_.size(); ++k) tell(k, bookmark(kinds_[k], false));
  }
}

async::Awaitable<void> World::emit(std::uint64_t per_second, std::uint64_t seconds) {
  emitting_ = true;
  sent_ = 0;
  loop_us_.clear();
  const auto began = clock_.now();
  const std::uint64_t total = per_second * seconds;
  for (std::uint64_t i = 0; i < total; ++i) {
    co_await clock_.sleep_until(began + std::chrono::nanoseconds(i * 1'000'000'000U / per_second));
    const bool stop = co_await async::is_cancelled();
    if (stop) break;
    const std::size_t index = i % objects_.size();
    Rendered& object = objects_[index];
    object.set_version(++version_);
    const std::uint64_t stamp = monotonic_ns();
    object.set_stamp(stamp);
    if (std::exchange(unanswered_[index], stamp) == 0) ++open_;
    ++sent_;
    tell(0, kinds_[0].frame("MODIFIED", object));
  }
  emitting_ = false;
  progress_.notify_all();
}

void World::patched(std::string_view name, std::string_view body) {
  constexpr std::string_view kMark = "\"stamp\":\"";
  const std::size_t at = body.find(kMark);
  const Rendered* object = find(name);
  if (at == std::string_view::npos || object == nullptr) return;
  std::uint64_t stamp = 0;
  std::from_chars(body.data() + at + kMark.size(), body.data() + body.size(), stamp);
  if (stamp == 0) return;  // the first state, that nobody emitted
  loop_us_.push_back(static_cast<double>(monotonic_ns() - stamp) / 1e3);
  std::uint64_t& open = unanswered_[static_cast<std::size_t>(object - objects_.data())];
  if (open != stamp) return;
  open = 0;
  if (--open_ == 0) progress_.notify_all();
}

async::Awaitable<std::string> World::latencies() {
  while (emitting_) {
    auto woken = co_await progress_.wait(clock_);
    if (!woken) co_return "canceled=1";
  }
  const auto deadline = clock_.after(std::chrono::seconds(5));
  while (open_ > 0) {
    auto woken = co_await progress_.wait(clock_, deadline);
    if (!woken) break;
  }
  Report report;
  report.add("sent", static_cast<std::int64_t>(sent_));
  report.add("patched", static_cast<std::int64_t>(loop_us_.size()));
  report.add("unanswered", static_cast<std::int64_t>(open_));
  report.add("loop_p50_us", quantile(loop_us_, 0.5));
  report.add("loop_p99_us", quantile(loop_us_, 0.99));
  report.add("loop_max_us", quantile(loop_us_, 1));
  co_return report.text();
}

}  // namespace slipway::bench
