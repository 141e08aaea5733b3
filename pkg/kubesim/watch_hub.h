// The open watches of a server: wakes those that a change concerns, closes them all, counts them. Thread: the loop's only.
#pragma once

#include <memory>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/kubesim/storage.h"

namespace slipway::kubesim {

// What the hub knows of a watch; the stream that reads it holds the other half.
struct OpenWatch {
  OpenWatch(async::Executor executor, GroupResource gr_) : gr(std::move(gr_)), wake(std::move(executor)) {}
  GroupResource gr;
  async::Event wake;
  bool broken = false;  // the server closed it: the connection breaks
  bool ended = false;   // the resource is gone: a clean end
};

class WatchHub {
 public:
  explicit WatchHub(async::Executor executor) : executor_(std::move(executor)) {}
  [[nodiscard]] std::shared_ptr<OpenWatch> open(GroupResource gr);
  void changed(const GroupResource& gr);
  void end(const GroupResource& gr);
  void break_all();
  void wake_all();
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  async::Executor executor_;
  std::vector<std::weak_ptr<OpenWatch>> watches_;
};

}  // namespace slipway::kubesim
