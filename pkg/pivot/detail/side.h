// One of the two API servers of a move, with the patience that a move needs: transient errors, timeouts and 429 are tried again with backoff, within the move's
// deadline and a budget a call; Forbidden, Invalid, Conflict and the rest come back at once. At most limiter-many calls are under way.
// Thread: the loop's only. Cancellation: Canceled.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/async/parallel.h"
#include "pkg/async/sync.h"
#include "pkg/kube/client.h"
#include "pkg/pivot/limiter.h"

namespace slipway::pivot::detail {

using async::Awaitable;

class Side {
 public:
  Side(std::string name, std::shared_ptr<kube::Client> client, async::Executor executor, std::size_t max_concurrency, async::Deadline deadline);

  // Coroutines: the caller keeps the Side alive (it is part of the Move that every coroutine of a move holds).
  Awaitable<Result<kube::Object>> get(kube::GroupVersionResource gvr, kube::ObjectKey key);
  Awaitable<Result<kube::ListResult>> list_page(kube::GroupVersionResource gvr, kube::ListOptions options, std::string ns = {});
  // All pages; nothing where the resource is not served.
  Awaitable<Result<kube::ListResult>> list(kube::GroupVersionResource gvr, std::string label_selector, std::string ns = {});
  Awaitable<Result<kube::Object>> create(kube::GroupVersionResource gvr, kube::Object object, bool dry_run = false);
  Awaitable<Result<kube::Object>> update(kube::GroupVersionResource gvr, kube::Object object);
  Awaitable<Result<kube::Object>> patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value merge_patch);
  Awaitable<Result<kube::Object>> remove(kube::GroupVersionResource gvr, kube::ObjectKey key, std::string uid);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // "source", "target"
  [[nodiscard]] const std::shared_ptr<kube::Client>& client() const noexcept { return client_; }
  [[nodiscard]] async::Clock& clock() const noexcept { return client_->clock(); }
  [[nodiscard]] async::Deadline deadline() const noexcept { return deadline_; }
  [[nodiscard]] const async::Executor& executor() const noexcept { return executor_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limiter_.limit(); }

 private:
  template <class T>
  Awaitable<Result<T>> attempt(std::function<Awaitable<Result<T>>()> call);
  void settle(const Error* error, std::size_t generation);

  std::string name_;
  std::shared_ptr<kube::Client> client_;
  async::Executor executor_;
  async::Deadline deadline_;
  Limiter limiter_;
  async::Semaphore slots_;
};
using SidePtr = std::shared_ptr<Side>;

// True for what Side tries again.
[[nodiscard]] bool worth_retry(const Error& error) noexcept;

// As async::for_each, on one side of the move.
Awaitable<Status> for_each(SidePtr side, std::size_t count, std::size_t width, async::Work work);

// Waits until `reason_to_wait` of the objects is empty: list, watch, and list again when the watch breaks. Errors: Timeout, with the last reason.
using Objects = std::map<kube::ObjectKey, kube::Object>;
using ReasonToWait = std::function<std::string(const Objects&)>;
struct Watched {
  kube::GroupVersionResource gvr;
  std::string ns;
  std::string label_selector;
};
Awaitable<Status> wait_until(SidePtr side, Watched what, ReasonToWait reason_to_wait, async::Deadline deadline);

}  // namespace slipway::pivot::detail
