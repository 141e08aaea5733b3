// Not a measurement: fills a real API server with the objects that the mock one serves, less what only a server or a node may say: Pods, or with --kinds 1
// custom resources with a Pod's fields.
#include "pkg/json/value.h"
#include "test/bench/runtime/client/rig.h"
#include "test/bench/runtime/common/fixture.h"

namespace slipway::bench {
namespace {

constexpr std::size_t kAtOnce = 8;

kube::Object as_new_object(const Rendered& rendered, bool pods) {
  auto parsed = json::parse(rendered.body);
  if (!parsed) die(parsed.error().message());
  kube::Object object = json::Object{{"apiVersion", pods ? "v1" : "bench.slipway.dev/v1"}, {"kind", pods ? "Pod" : "Kind000"}};
  json::Value metadata = (*parsed)["metadata"];
  for (const char* field : {"uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "managedFields", "generateName"})
    metadata.erase(field);
  json::Value spec = (*parsed)["spec"];
  for (const char* field : {"nodeName", "serviceAccountName"}) spec.erase(field);
  object.set("metadata", std::move(metadata));
  object.set("spec", std::move(spec));
  return object;
}

// Every kAtOnce-th, from `first`.
async::Awaitable<void> create_some(Rig* rig, const std::vector<Rendered>* objects, std::size_t first) {
  for (std::size_t i = first; i < objects->size(); i += kAtOnce) {
    const kube::GroupVersionResource gvr = rig->resources.front();
    auto created = co_await rig->client->create(gvr, as_new_object((*objects)[i], gvr.group.empty()), {});
    if (!created && !created.error().is(Disposition::AlreadyExists)) die(created.error().message());
  }
}

// The namespace, and the service account without which no Pod is admitted.
async::Awaitable<void> create_namespace(Rig* rig) {
  const std::string name(kNamespace);
  auto made = co_await rig->client->create(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", name}), {});
  if (!made && !made.error().is(Disposition::AlreadyExists)) die(made.error().message());
  auto account = co_await rig->client->create(kube::res::kServiceAccounts, kube::make_object("v1", "ServiceAccount", {name, "default"}), {});
  if (!account && !account.error().is(Disposition::AlreadyExists)) die(account.error().message());
}

json::Value crd_schema() {
  const json::Object anything{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  return json::Object{{"type", "object"}, {"properties", json::Object{{"spec", anything}, {"status", anything}}}};
}

// Until its list is served.
async::Awaitable<void> create_crd(Rig* rig) {
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "kind000s.bench.slipway.dev"});
  const json::Object version{{"name", "v1"},
                             {"served", true},
                             {"storage", true},
                             {"schema", json::Object{{"openAPIV3Schema", crd_schema()}}},
                             {"subresources", json::Object{{"status", json::Object{}}}}};
  crd.set("spec", json::Object{{"group", "bench.slipway.dev"},
                               {"scope", "Namespaced"},
                               {"names", json::Object{{"kind", "Kind000"}, {"plural", "kind000s"}}},
                               {"versions", json::Array{version}}});
  auto made = co_await rig->client->create(kube::res::kCrds, std::move(crd), {});
  if (!made && !made.error().is(Disposition::AlreadyExists)) die(made.error().message());
  for (int tries = 0; tries < 100; ++tries) {
    auto listed = co_await rig->client->list(rig->resources.front(), std::string(kNamespace), {});
    if (listed) co_return;
    co_await rig->clock.sleep_until(rig->clock.now() + std::chrono::milliseconds(100));
  }
  die("the custom resource is not served after ten seconds");
}

}  // namespace

async::Awaitable<void> load_case(Rig* rig, Flags* flags) {
  const auto count = static_cast<std::size_t>(flags->number("objects", 1000));
  const auto size = static_cast<std::size_t>(flags->number("size", 11000));
  const std::vector<Rendered> objects = make_objects(count, size, 1);
  co_await create_namespace(rig);
  if (!rig->resources.front().group.empty()) co_await create_crd(rig);
  async::TaskGroup creating(rig->executor);
  for (std::size_t i = 0; i < kAtOnce; ++i) creating.spawn("create pods", create_some(rig, &objects, i));
  co_await creating.join();
  rig->manager.stop();
}

}  // namespace slipway::bench
