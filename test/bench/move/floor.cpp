// The floor of any move: the writes that it cannot do without, of every object at once, in no order, without a check, and with nothing else around them. What
// is there to be moved is copied (untimed) into namespace "floor"; each copy is then created on the other side, patched there, patched on its own side and
// deleted.
#include <set>

#include "pkg/async/parallel.h"
#include "pkg/kube/mapper.h"
#include "pkg/pivot/names.h"
#include "test/bench/move/bench.h"

namespace slipway::bench {
namespace {

using pivot::kClusterctlLabel;

struct Thing {
  kube::GroupVersionResource gvr;
  kube::Object object;
};
struct Load {
  std::shared_ptr<kube::Client> from, to;
  std::string ns;
  std::size_t width = 16;
  std::vector<Thing> things;
  double wall_ms = 0, cpu_ms = 0;
};
using LoadPtr = std::shared_ptr<Load>;

bool moves(const kube::GroupVersionResource& gvr, const kube::Object& object) {
  if (gvr.resource == "providers") return false;
  return !gvr.group.empty() || object["metadata"]["ownerReferences"].size() > 0 || object["type"].as_string() == "cluster.x-k8s.io/secret";
}

Awaitable<Result<std::vector<kube::GroupVersionResource>>> kinds_on(std::shared_ptr<kube::Client> client) {
  std::vector<kube::GroupVersionResource> kinds{kube::res::kSecrets, kube::res::kConfigMaps};
  kube::ListOptions options;
  options.label_selector = kClusterctlLabel;
  Result<kube::ListResult> crds = co_await kube::list_all(client, kube::res::kCrds, {}, options);
  if (!crds) co_return fail(std::move(crds).error());
  for (const auto& crd : crds->items)
    for (const auto& version : crd["spec"]["versions"].array())
      if (version["storage"].as_bool() && crd["spec"]["scope"].as_string() == "Namespaced")
        kinds.push_back({crd["spec"]["group"].str(), version["name"].str(), crd["spec"]["names"]["plural"].str(), true});
  co_return kinds;
}

Awaitable<Result<std::vector<Thing>>> things_in(std::shared_ptr<kube::Client> client, std::string ns) {
  Result<std::vector<kube::GroupVersionResource>> kinds = co_await kinds_on(client);
  if (!kinds) co_return fail(std::move(kinds).error());
  std::vector<Thing> things;
  for (const auto& gvr : *kinds) {
    Result<kube::ListResult> listed = co_await kube::list_all(client, gvr, ns, {});
    if (!listed) co_return fail(std::move(listed).error());
    for (auto& object : listed->items)
      if (moves(gvr, object)) things.push_back({gvr, std::move(object)});
  }
  co_return things;
}

using Step = Awaitable<Status> (*)(LoadPtr load, std::size_t i);
Awaitable<Status> each(LoadPtr load, Step step) {
  Status done =
      co_await async::for_each(&load->from->clock(), "floor", load->things.size(), load->width, [load, step](std::size_t i) { return step(load, i); });
  co_return done;
}

Status accept(const Result<kube::Object>& answer) {
  if (answer || is_done_already(answer.error())) return {};
  return fail(Error(answer.error()));
}

// The original in "floor", as big as a copy of a move is: managedFields travel in an annotation. Owners are left out, so that no garbage collector looks at it.
Awaitable<Status> copy(LoadPtr load, std::size_t i) {
  Thing& thing = load->things[i];
  json::Value& metadata = thing.object.ref("metadata");
  json::Value fields = metadata["managedFields"];
  for (const auto* field : {"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "ownerReferences"}) metadata.erase(field);
  metadata.set("namespace", "floor");
  thing.object.erase("status");
  Result<kube::Object> made = co_await load->from->create(thing.gvr, thing.object, {});
  json::Value& annotations = metadata.ref("annotations");
  annotations.set(pivot::kManagedFields, json::dump(fields));
  annotations.set(pivot::kMoveId, "m1");
  annotations.set(pivot::kSourceUid, "00000000-0000-4000-8000-000000000000");
  co_return accept(made);
}

Awaitable<Status> move_one(LoadPtr load, std::size_t i) {
  const Thing& thing = load->things[i];
  const kube::ObjectKey key = kube::key_of(thing.object);
  Result<kube::Object> answer = co_await load->to->create(thing.gvr, thing.object, {});
  Status done = accept(answer);
  if (!done) co_return done;
  json::Value finalized;
  auto fields = json::parse(kube::annotation(thing.object, pivot::kManagedFields));
  if (fields && fields->is_array()) finalized.ref({"metadata", "managedFields"}) = std::move(*fields);
  for (const auto mark : {pivot::kManagedFields, pivot::kMoveId, pivot::kSourceUid}) finalized.ref({"metadata", "annotations"}).set(mark, nullptr);
  answer = co_await load->to->patch(thing.gvr, key, kube::PatchType::Merge, std::move(finalized), {});
  done = accept(answer);
  if (!done) co_return done;
  if (!thing.gvr.group.empty()) {
    json::Value marked;
    marked.ref({"metadata", "annotations"}).set(pivot::kDeleteForMoveAnnotation, "");
    marked.ref({"metadata", "finalizers"}) = json::Value();
    answer = co_await load->from->patch(thing.gvr, key, kube::PatchType::Merge, std::move(marked), {});
    done = accept(answer);
    if (!done) co_return done;
  }
  answer = co_await load->from->remove(thing.gvr, key, {});
  co_return accept(answer);
}

Awaitable<Status> erase_one(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::Object object) {
  if (object["metadata"]["finalizers"].size() > 0) {
    json::Value bare;
    bare.ref({"metadata", "finalizers"}) = json::Value();
    Result<kube::Object> patched = co_await client->patch(gvr, kube::key_of(object), kube::PatchType::Merge, std::move(bare), {});
    Status done = accept(patched);
    if (!done) co_return done;
  }
  Result<kube::Object> removed = co_await client->remove(gvr, kube::key_of(object), {});
  co_return accept(removed);
}

Awaitable<Status> erase_all(std::shared_ptr<kube::Client> client, std::string ns) {
  for (;;) {
    Result<std::vector<Thing>> things = co_await things_in(client, ns);
    if (!things) co_return fail(std::move(things).error());
    if (things->empty()) co_return Status();
    const auto shared = std::make_shared<std::vector<Thing>>(std::move(*things));
    Status done = co_await async::for_each(&client->clock(), "wiping", shared->size(), 24,
                                           [client, shared](std::size_t n) { return erase_one(client, (*shared)[n].gvr, (*shared)[n].object); });
    if (!done) co_return done;
  }
}

Awaitable<Status> floor_run(LoadPtr load) {
  Result<std::vector<Thing>> things = co_await things_in(load->from, load->ns);
  if (!things) co_return fail(std::move(things).error());
  load->things = std::move(*things);
  Status done = co_await each(load, copy);
  if (!done) co_return done;
  const double began = wall_ms(), used = cpu_ms();
  done = co_await each(load, move_one);
  load->wall_ms = wall_ms() - began;
  load->cpu_ms = cpu_ms() - used;
  if (!done) co_return done;
  done = co_await erase_all(load->to, "floor");
  co_return done;
}

}  // namespace

void floor_of(Flags& flags) {
  Bench bench;
  const auto load = std::make_shared<Load>();
  load->from = bench.connect(flags.required("from"));
  load->to = bench.connect(flags.required("to"));
  load->ns = flags.text("namespace", "tkg-system");
  load->width = static_cast<std::size_t>(flags.number("width", 16));
  bench.run(floor_run(load));
  Report report;
  report.add("wall_ms", load->wall_ms);
  report.add("cpu_ms", load->cpu_ms);
  report.add("objects", static_cast<std::int64_t>(load->things.size()));
  report.print();
}

void wipe(Flags& flags) {
  Bench bench;
  const std::string ns = flags.text("namespace", "tkg-system");
  bench.run(erase_all(bench.connect(flags.required("kubeconfig")), ns));
}

}  // namespace slipway::bench
