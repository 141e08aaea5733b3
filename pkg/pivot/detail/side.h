// One of the two API servers of a move, with the patience that a move needs: transient errors, timeouts and 429 are tried again with backoff, within the move's
// deadline and a budget a call; Forbidden, Invalid, Conflict and the rest come back at once. At most limiter-many calls are under way.
// Thread: the loop's only. Cancellation: Canceled.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "pkg/async/parallel.h"
#include "pkg/async/sync.h"
#include "pkg/kube/client.h"
#include "pkg/kube/mapper.h"
#include "pkg/pivot/limiter.h"

namespace slipway::pivot::detail {

using async::Awaitable;

struct Writing {
  bool dry_run = false;
  bool metadata_only = false;  // the answer: for those who read no more of it
};

class Side {
 public:
  Side(std::string name, std::shared_ptr<kube::Client> client, async::Executor executor, std::size_t max_concurrency, async::Deadline deadline);

  // Coroutines: the caller keeps the Side alive (it is part of the Move that every coroutine of a move holds).
  Awaitable<Result<kube::Object>> get(kube::GroupVersionResource gvr, kube::ObjectKey key);
  Awaitable<Result<std::vector<kube::ApiResource>>> served();  // all resources, as the server says now
  Awaitable<Result<kube::ListResult>> list_page(kube::GroupVersionResource gvr, kube::ListOptions options, std::string ns = {});
  // For list_page(): a page of kPage where it is not known yet how many there are, or they are more; else none, for a list without a limit comes out of the
  // server's memory, at a quarter of the cost of one that is read from etcd (kube-apiserver, ConsistentListFromCache).
  [[nodiscard]] std::int64_t page_of(const kube::GroupVersionResource& gvr) const;
  void counted(const kube::GroupVersionResource& gvr, std::size_t objects) { counts_.insert_or_assign(gvr, objects); }
  // All pages; nothing where the resource is not served. `drop`: what is not read into memory.
  Awaitable<Result<kube::ListResult>> list(kube::GroupVersionResource gvr, std::string label_selector, std::string ns = {}, json::Projection drop = {});
  Awaitable<Result<kube::Object>> create(kube::GroupVersionResource gvr, kube::Object object, Writing how = {});
  Awaitable<Result<kube::Object>> update(kube::GroupVersionResource gvr, kube::Object object);
  Awaitable<Result<kube::Object>> patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value merge_patch, Writing how = {});
  // The answer is a Status where the object is gone, else what is left of its metadata.
  Awaitable<Result<kube::Object>> remove(kube::GroupVersionResource gvr, kube::ObjectKey key, std::string uid);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // "source", "target"
  [[nodiscard]] const std::shared_ptr<kube::Client>& client() const noexcept { return client_; }
  [[nodiscard]] async::Clock& clock() const noexcept { return client_->clock(); }
  [[nodiscard]] async::Deadline deadline() const noexcept { return deadline_; }
  [[nodiscard]] const async::Executor& executor() const noexcept { return executor_; }
  [[nodiscard]] std::size_t limit() const noexcept { return limiter_.limit(); }

 private:
  enum class Verb : std::uint8_t { Read, Write };
  template <class T>
  Awaitable<Result<T>> attempt(Verb verb, std::function<Awaitable<Result<T>>()> call);
  void settle(const Error* error, std::size_t generation, async::Duration took);

  std::string name_;
  std::shared_ptr<kube::Client> client_;
  async::Executor executor_;
  async::Deadline deadline_;
  Limiter limiter_;
  async::Semaphore slots_;
  std::map<kube::GroupVersionResource, std::size_t> counts_;  // as last listed
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
