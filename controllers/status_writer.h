// Writes status through its subresource, only when something changed, and remembers what the server answered: a reconcile that comes before its own write has
// come back through the watch must not decide on the state before it. Thread: the loop's only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/v1alpha1/types.h"
#include "controllers/cluster_view.h"
#include "pkg/kube/client.h"

namespace slipway::controllers {

class StatusWriter {
 public:
  StatusWriter(std::shared_ptr<kube::Client> client, Gvr gvr) : client_(std::move(client)), gvr_(std::move(gvr)) {}
  // The newer of what the cache has and what we wrote last.
  [[nodiscard]] ObjectPtr newest(ObjectPtr cached) const;
  // An answer of the server to a write of ours.
  void remember(Object answer);
  // True where something was sent. Errors: the client's; an object that is gone is none.
  async::Awaitable<Result<bool>> write(ObjectPtr self, api::ClusterStatus status);
  void forget(const std::string& uid) { written_.erase(uid); }

 private:
  std::shared_ptr<kube::Client> client_;
  Gvr gvr_;
  std::map<std::string, ObjectPtr> written_;  // by UID
};

}  // namespace slipway::controllers
