#include "pkg/kubesim/watch_hub.h"

#include <algorithm>

namespace slipway::kubesim {

std::shared_ptr<OpenWatch> WatchHub::open(GroupResource gr) {
  std::erase_if(watches_, [](const auto& w) { return w.expired(); });
  auto watch = std::make_shared<OpenWatch>(executor_, std::move(gr));
  watches_.push_back(watch);
  return watch;
}

void WatchHub::changed(const GroupResource& gr) {
  for (const auto& weak : watches_)
    if (const auto watch = weak.lock(); watch && watch->gr == gr) watch->wake.set();
}

void WatchHub::end(const GroupResource& gr) {
  for (const auto& weak : watches_)
    if (const auto watch = weak.lock(); watch && watch->gr == gr) watch->ended = true, watch->wake.set();
}

void WatchHub::break_all() {
  for (const auto& weak : watches_)
    if (const auto watch = weak.lock()) watch->broken = true, watch->wake.set();
}

void WatchHub::wake_all() {
  for (const auto& weak : watches_)
    if (const auto watch = weak.lock()) watch->wake.set();
}

std::size_t WatchHub::size() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(watches_, [](const auto& w) { return !w.expired(); }));
}

}  // namespace slipway::kubesim
