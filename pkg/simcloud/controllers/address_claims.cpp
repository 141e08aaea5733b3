// Plays the in-cluster IPAM provider: an IPAddress for every IPAddressClaim whose pool is there.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {
namespace {

Object make_address(Env env, const Object& claim, const Object& pool) {
  Object address = kube::make_object("ipam.cluster.x-k8s.io/v1alpha1", "IPAddress", kube::key_of(claim));
  set_labels(address, {{kClusterNameLabel, cluster_name_of(claim)}});
  add_owner(address, claim, true);
  add_owner(address, pool, false);
  address.set("spec", object_of({{"address", env.world->cloud.next_address()},
                                 {"prefix", pool["spec"]["prefix"]},
                                 {"gateway", pool["spec"]["gateway"]},
                                 {"claimRef", object_of({{"name", kube::name_of(claim)}})},
                                 {"poolRef", claim["spec"]["poolRef"]}}));
  return address;
}

Reconciled reconcile(Env env, ObjectPtr claim) {
  if (kube::is_deleting(*claim)) co_return Outcome{};
  const ObjectPtr pool = env.get(kInClusterIpPools, {std::string(kube::namespace_of(*claim)), (*claim)["spec"]["poolRef"]["name"].str()});
  Object wanted = *claim;
  if (env.get(kIpAddresses, kube::key_of(*claim))) {
    wanted.ref({"status", "addressRef", "name"}) = kube::name_of(*claim);
    set_true(env, wanted, "Ready");
  } else if (pool) {
    const auto created = co_await create(env, kIpAddresses, make_address(env, *claim, *pool));
    if (!created) co_return fail(created.error());
  } else {
    set_false(env, wanted, "Ready", "PoolNotReady", "Error", "InClusterIPPool " + (*claim)["spec"]["poolRef"]["name"].str() + " does not exist");
  }
  const Status saved = co_await save(env, kIpAddressClaims, claim, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController address_claim_controller() {
  return {.name = "ipaddressclaims",
          .primary = kIpAddressClaims,
          .gate = Gate::Cluster,
          .manager = manager::kIpam,
          .watches = {{kIpAddresses, same_name()}, {kInClusterIpPools, to_all(kIpAddressClaims)}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
