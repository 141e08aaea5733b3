#include "controllers/status_writer.h"

#include <utility>

#include "api/v1alpha1/codec.h"
#include "pkg/kube/resource_version.h"

namespace slipway::controllers {

ObjectPtr StatusWriter::newest(ObjectPtr cached) const {
  if (!cached) return cached;
  const auto found = written_.find(std::string(kube::uid_of(*cached)));
  if (found == written_.end()) return cached;
  const auto order = kube::compare_resource_versions(kube::resource_version_of(*found->second), kube::resource_version_of(*cached));
  return order && *order == std::strong_ordering::greater ? found->second : cached;
}

void StatusWriter::remember(Object answer) {
  if (json::Value* metadata = answer.find_mut("metadata")) metadata->erase("managedFields");
  std::string uid(kube::uid_of(answer));
  written_[std::move(uid)] = std::make_shared<const Object>(std::move(answer));
}

async::Awaitable<Result<bool>> StatusWriter::write(ObjectPtr self, api::ClusterStatus status) {
  const ObjectPtr base = newest(self);
  json::Value changes = json::diff((*base)["status"], api::encode(status));
  if (changes.is_null()) co_return false;
  json::Value body;
  body.set("status", std::move(changes));
  body.ref({"metadata", "uid"}) = kube::uid_of(*base);
  kube::PatchOptions options;
  options.subresource = "status";
  auto answer = co_await client_->patch(gvr_, kube::key_of(*base), kube::PatchType::Merge, std::move(body), options);
  if (!answer) {
    if (answer.error().is(Disposition::NotFound)) co_return false;
    co_return fail(std::move(answer).error());
  }
  remember(std::move(*answer));
  co_return true;
}

}  // namespace slipway::controllers
