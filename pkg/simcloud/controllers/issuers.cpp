// Plays cert-manager's issuer controllers: an Issuer or ClusterIssuer is Ready at once.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Reconciled make_ready(Env env, Gvr gvr, ObjectPtr issuer) {
  if (kube::condition_true(*issuer, "Ready")) co_return Outcome{};
  Object wanted = *issuer;
  wanted.ref({"status", "conditions"}) = list_of({object_of({{"type", "Ready"},
                                                             {"status", "True"},
                                                             {"reason", "IsReady"},
                                                             {"observedGeneration", kube::generation_of(*issuer)},
                                                             {"lastTransitionTime", env.now()}})});
  const Status saved = co_await save(env, gvr, issuer, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

Reconciled reconcile_issuer(Env env, ObjectPtr issuer) { return make_ready(env, res::kIssuers, std::move(issuer)); }
Reconciled reconcile_cluster_issuer(Env env, ObjectPtr issuer) { return make_ready(env, kClusterIssuers, std::move(issuer)); }

}  // namespace

SimController issuer_controller() { return {.name = "issuers", .primary = res::kIssuers, .manager = manager::kCertManager, .reconcile = reconcile_issuer}; }

SimController cluster_issuer_controller() {
  return {.name = "clusterissuers", .primary = kClusterIssuers, .manager = manager::kCertManager, .reconcile = reconcile_cluster_issuer};
}

}  // namespace slipway::simcloud
