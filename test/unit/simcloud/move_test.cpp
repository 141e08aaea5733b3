#include <map>
#include <stdexcept>

#include <catch2/catch_test_macros.hpp>

#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/objects.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

const kube::ObjectKey kManagement{"tkg-system", "tkg-mgmt-vc"};

bool belongs_to_cluster(const Object& o) {
  return cluster_name_of(o) == kManagement.name || (kube::key_of(o) == kManagement && (kube::kind_of(o) == "Cluster" || kube::kind_of(o) == "Secret"));
}
bool settled(const Object& o) {
  return is_true(o, "Ready") && is_true(o, "ControlPlaneInitialized") && o["status"]["infrastructureReady"].as_bool() &&
         o["status"]["controlPlaneReady"].as_bool();
}

// As it is created on the other side: without what servers give, owned by the copies of its owners.
Object copy_of(const Object& from, const std::map<std::string, std::string>& uids) {
  Object copy = from;
  copy.erase("status");
  json::Value& meta = copy.ref("metadata");
  for (const char* field : {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"}) meta.erase(field);
  if (json::Value* owners = meta.find_mut("ownerReferences"))
    for (json::Value& owner : owners->make_array()) owner.set("uid", uids.at(owner["uid"].str()));
  return copy;
}

bool owners_copied(const Object& o, const std::map<std::string, std::string>& uids) {
  for (const json::Value& owner : o["metadata"]["ownerReferences"].array())
    if (!uids.contains(owner["uid"].str())) return false;
  return true;
}

// A move without its safety: owners first, no journal. Returns how many objects were copied.
Awaitable<std::size_t> copy_cluster(ClientPtr source, ClientPtr target) {
  std::vector<Object> open;
  const auto found = co_await discover(source);
  for (const Object& o : found)
    if (belongs_to_cluster(o)) open.push_back(o);
  std::map<std::string, std::string> uids;
  while (!open.empty()) {
    const std::size_t before = open.size();
    std::vector<Object> rest;
    for (const Object& o : open) {
      if (!owners_copied(o, uids)) {
        rest.push_back(o);
        continue;
      }
      Gvr gvr = gvr_of_reference(o);
      const auto created = co_await target->create(gvr, copy_of(o, uids), {});
      if (!created) throw std::runtime_error(created.error().message());
      uids[std::string(kube::uid_of(o))] = kube::uid_of(*created);
    }
    if (rest.size() == before) throw std::runtime_error("owners that are not there: " + kube::describe(rest.front()));
    open = std::move(rest);
  }
  co_return uids.size();
}

Awaitable<void> pause(ClientPtr client, bool paused) {
  const auto patched =
      co_await client->patch(res::kClusters, kManagement, kube::PatchType::Merge, object(paused ? "{spec: {paused: true}}" : "{spec: {paused: null}}"), {});
  if (!patched) throw std::runtime_error(patched.error().message());
}

struct Moved {
  std::size_t machines_before = 0, machines_after = 0, copied = 0, on_target = 0;
  std::vector<std::string> provider_ids_before, provider_ids_after;
};

Awaitable<std::vector<std::string>> provider_ids(ClientPtr client) {
  std::vector<std::string> out;
  const auto machines = co_await list_all(client, res::kMachines);
  for (const Object& machine : machines) out.push_back(machine["spec"]["providerID"].str());
  co_return out;
}

Awaitable<Moved> move_to_target(DemoWorld* demo) {
  Moved moved;
  const ClientPtr source = co_await raise_to_pivot(demo);
  const ClientPtr target = co_await await_cluster(demo, source, kManagement, 2);
  co_await install_components(demo, target);
  co_await install_packages(demo, target);
  moved.machines_before = demo->world.machines();
  moved.provider_ids_before = co_await provider_ids(source);
  co_await pause(source, true);
  moved.copied = co_await copy_cluster(source, target);
  co_await pause(target, false);
  co_await await_object(demo, target, res::kClusters, kManagement, settled);
  co_await await_cluster(demo, target, kManagement, 2);
  co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + std::chrono::minutes(1));
  moved.machines_after = demo->world.machines();
  moved.provider_ids_after = co_await provider_ids(target);
  const auto found = co_await discover(target);
  for (const Object& o : found)
    if (belongs_to_cluster(o)) ++moved.on_target;
  co_return moved;
}

}  // namespace

TEST_CASE("after a move the target's controllers find the same machines and make none twice") {
  DemoWorld demo;
  const Moved moved = demo.loop.run(move_to_target(&demo));
  CHECK(moved.machines_before == 2);
  CHECK(moved.machines_after == 2);
  CHECK(moved.provider_ids_before == moved.provider_ids_after);
  CHECK(moved.copied == moved.on_target);
}

}  // namespace slipway::simcloud::test
