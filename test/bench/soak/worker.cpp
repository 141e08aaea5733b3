#include "test/bench/soak/worker.h"

namespace slipway::soak {

using runtime::ObjectKey;
using runtime::ReconcileOutcome;

namespace {

runtime::InformerOptions selected(std::string ns) {
  runtime::InformerOptions options;
  options.ns = std::move(ns);
  options.label_selector = kSelected;
  return options;
}

}  // namespace

Worker::Worker(std::shared_ptr<kube::Client> client, async::Executor executor, async::Clock& clock, std::string ns)
    : client_(client),
      cache_(client, executor, "soak"),
      store_(cache_.informer(kube::res::kConfigMaps, selected(std::move(ns)))),
      controller_("soak", executor, clock, [this](const ObjectKey& key) { return reconcile(this, key); }, {.max_concurrent = 8}) {
  controller_.watch_self(store_);
}

void Worker::start(async::TaskGroup& tasks) { tasks.spawn("controller", controller_.run()); }

async::Awaitable<void> Worker::stop() { co_await cache_.stop(); }

async::Awaitable<Result<ReconcileOutcome>> Worker::reconcile(Worker* self, ObjectKey key) {
  ++self->reconciles_;
  const runtime::ObjectPtr object = self->store_.get(key);
  if (!object) co_return ReconcileOutcome{};
  const std::string value = (*object)["data"]["value"].str();
  if (kube::annotation(*object, kSeen) == value) co_return ReconcileOutcome{};
  json::Value patch;
  patch.ref({"metadata", "annotations", kSeen}) = value;
  auto patched = co_await self->client_->patch(kube::res::kConfigMaps, key, kube::PatchType::Merge, std::move(patch), {});
  if (!patched && !patched.error().is(Disposition::NotFound)) co_return fail(patched.error());
  co_return ReconcileOutcome{};
}

std::string Worker::difference(const std::vector<kube::Object>& listed) const {
  for (const auto& object : listed) {
    const std::string name(kube::name_of(object));
    const runtime::ObjectPtr cached = store_.get(kube::key_of(object));
    if (!cached) return name + " is not in the cache";
    if (kube::resource_version_of(*cached) != kube::resource_version_of(object) || kube::uid_of(*cached) != kube::uid_of(object))
      return name + " is cached at " + std::string(kube::resource_version_of(*cached)) + ", the server has " + std::string(kube::resource_version_of(object));
    if (kube::annotation(object, kSeen) != object["data"]["value"].as_string()) return name + " was not reconciled as it is";
  }
  return store_.size() == listed.size() ? "" : "the cache holds " + std::to_string(store_.size()) + " objects, the server " + std::to_string(listed.size());
}

}  // namespace slipway::soak
