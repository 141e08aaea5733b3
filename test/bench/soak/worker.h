// What the soak looks at: a cache of ConfigMaps, and a controller that writes into each of them, as an annotation, the value that it saw. Thread: the loop's
// only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "pkg/runtime/cache.h"
#include "pkg/runtime/controller.h"

namespace slipway::soak {

inline constexpr const char* kSeen = "soak.slipway.dev/seen";
inline constexpr const char* kSelected = "soak=yes";  // which objects the cache holds

class Worker {
 public:
  Worker(std::shared_ptr<kube::Client> client, async::Executor executor, async::Clock& clock, std::string ns);
  void start(async::TaskGroup& tasks);
  async::Awaitable<void> stop();
  // "" where the cache holds exactly these objects, and all of them have been seen as they are; else what differs first.
  [[nodiscard]] std::string difference(const std::vector<kube::Object>& listed) const;
  [[nodiscard]] std::size_t size() const noexcept { return store_.size(); }
  [[nodiscard]] std::uint64_t reconciles() const noexcept { return reconciles_; }

 private:
  static async::Awaitable<Result<runtime::ReconcileOutcome>> reconcile(Worker* self, runtime::ObjectKey key);

  std::shared_ptr<kube::Client> client_;
  runtime::ClusterCache cache_;
  runtime::Store& store_;
  runtime::Controller controller_;
  std::uint64_t reconciles_ = 0;
};

}  // namespace slipway::soak
