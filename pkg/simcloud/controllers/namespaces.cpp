// Plays kube-controller-manager's root CA publisher: every namespace has a ConfigMap kube-root-ca.crt.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Reconciled reconcile(Env env, ObjectPtr ns) {
  if (kube::is_deleting(*ns)) co_return Outcome{};
  const ObjectKey key{std::string(kube::name_of(*ns)), "kube-root-ca.crt"};
  const auto created = co_await create(env, res::kConfigMaps, make_config_map(key, {{"ca.crt", placeholder_pem("CERTIFICATE", "kubernetes")}}));
  // A namespace that began to terminate meanwhile forbids it, which is well.
  if (!created && !created.error().is(Disposition::Forbidden) && !created.error().is(Disposition::NotFound)) co_return fail(created.error());
  co_return Outcome{};
}

}  // namespace

SimController namespace_controller() { return {.name = "root-ca", .primary = res::kNamespaces, .reconcile = reconcile}; }

}  // namespace slipway::simcloud
