// One Lease on a server with optimistic locking, and clients of it, for candidates on any thread and any clock. Its faults are switches.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/lease_fsm.h"

namespace slipway::test {

class LeaseBoard {
 public:
  std::atomic<bool> down = false;   // every request: 503
  std::atomic<bool> stall = false;  // no answer: a request ends by its own time-out, 5 s
  std::atomic<int> writes = 0;      // of the Lease, successful

  [[nodiscard]] Result<kube::Object> get() const {
    const std::scoped_lock lock(mutex_);
    if (!lease_) return fail(Disposition::NotFound, "no lease");
    return *lease_;
  }
  [[nodiscard]] runtime::LeaseRecord record() const {
    const std::scoped_lock lock(mutex_);
    return lease_ ? runtime::lease_record(*lease_) : runtime::LeaseRecord{};
  }
  Result<kube::Object> put(kube::Object object, bool create) {
    const std::scoped_lock lock(mutex_);
    if (create && lease_) return fail(Disposition::AlreadyExists, "exists");
    if (!create && !lease_) return fail(Disposition::NotFound, "no lease");
    if (!create && kube::resource_version_of(object) != kube::resource_version_of(*lease_)) return fail(Disposition::Conflict, "modified");
    ++writes;
    store(std::move(object));
    return *lease_;
  }
  // By somebody else.
  void hold(const std::string& holder) {
    const std::scoped_lock lock(mutex_);
    kube::Object lease = lease_ ? *lease_ : kube::make_object("coordination.k8s.io/v1", "Lease", {"ns", "slipway"});
    runtime::LeaseRecord record = runtime::lease_record(lease);
    record.holder = holder;
    record.duration_seconds = 15;
    runtime::set_lease_record(lease, record);
    store(std::move(lease));
  }
  void remove() {
    const std::scoped_lock lock(mutex_);
    lease_.reset();
  }

 private:
  void store(kube::Object object) {
    object.ref({"metadata", "resourceVersion"}) = std::to_string(++version_);
    lease_ = std::move(object);
  }
  mutable std::mutex mutex_;
  std::optional<kube::Object> lease_;
  int version_ = 0;
};

// Leases go to the board; any other write takes as long as `other_writes_take`, and is counted where it was carried out.
class BoardClient final : public kube::Client {
 public:
  BoardClient(LeaseBoard& board, async::Clock& clock) : board_(board), clock_(clock) {}
  async::Duration other_writes_take{};
  int other_writes = 0;
  int cancelled_writes = 0;

  async::Awaitable<Result<kube::Object>> get(kube::GroupVersionResource, kube::ObjectKey) override { return read(this); }
  async::Awaitable<Result<kube::Object>> create(kube::GroupVersionResource, kube::Object object, kube::WriteOptions) override {
    return write(this, std::move(object), true);
  }
  async::Awaitable<Result<kube::Object>> update(kube::GroupVersionResource, kube::Object object, kube::WriteOptions) override {
    return write(this, std::move(object), false);
  }
  async::Awaitable<Result<kube::Object>> patch(kube::GroupVersionResource, kube::ObjectKey, kube::PatchType, json::Value, kube::PatchOptions) override {
    return other(this);
  }
  async::Awaitable<Result<kube::Object>> remove(kube::GroupVersionResource, kube::ObjectKey, kube::DeleteOptions) override { return other(this); }
  async::Awaitable<Result<kube::ListResult>> list(kube::GroupVersionResource, std::string, kube::ListOptions) override { return refuse<kube::ListResult>(); }
  async::Awaitable<Result<std::unique_ptr<kube::WatchStream>>> watch(kube::GroupVersionResource, std::string, kube::WatchOptions) override {
    return refuse<std::unique_ptr<kube::WatchStream>>();
  }
  async::Awaitable<Result<std::string>> raw(std::string, std::string, std::string) override { return refuse<std::string>(); }
  [[nodiscard]] const std::string& server() const noexcept override { return server_; }
  [[nodiscard]] async::Clock& clock() noexcept override { return clock_; }

 private:
  template <class T>
  static async::Awaitable<Result<T>> refuse() {
    co_return fail(Disposition::Unsupported, "not here");
  }
  static async::Awaitable<Status> reach(BoardClient* c) {
    if (c->board_.stall) {
      co_await c->clock_.sleep_until(c->clock_.now() + std::chrono::seconds(5));
      co_return fail(Disposition::Timeout, "no answer");
    }
    if (c->board_.down) co_return fail(Disposition::Transient, "503");
    co_return Status();
  }
  static async::Awaitable<Result<kube::Object>> read(BoardClient* c) {
    Status reached = co_await reach(c);
    if (!reached) co_return fail(std::move(reached).error());
    co_return c->board_.get();
  }
  static async::Awaitable<Result<kube::Object>> write(BoardClient* c, kube::Object object, bool create) {
    if (kube::kind_of(object) != "Lease") {
      Result<kube::Object> done = co_await other(c);
      co_return done;
    }
    Status reached = co_await reach(c);
    if (!reached) co_return fail(std::move(reached).error());
    co_return c->board_.put(std::move(object), create);
  }
  static async::Awaitable<Result<kube::Object>> other(BoardClient* c) {
    co_await c->clock_.sleep_until(c->clock_.now() + c->other_writes_take);
    const bool cancelled = co_await async::is_cancelled();
    ++(cancelled ? c->cancelled_writes : c->other_writes);
    if (cancelled) co_return fail(Disposition::Canceled, "stopped");
    co_return kube::Object();
  }

  LeaseBoard& board_;
  async::Clock& clock_;
  std::string server_ = "https://board:6443";
};

}  // namespace slipway::test
