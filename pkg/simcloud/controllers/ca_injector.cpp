// Plays cert-manager's cainjector: the CA of a Certificate, or of a Secret that allows it, goes into every webhook client configuration of the objects that ask
// for it, and again whenever somebody takes it out.
#include "pkg/simcloud/client_configs.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFieldManager = "cert-manager-cainjector";

// The Secret whose CA the object asks for; null where it is not there, or not meant to be given away.
ObjectPtr source_of(Env env, const Object& object) {
  if (const auto named = kube::annotation(object, kInjectFromSecret); !named.empty()) {
    ObjectPtr secret = env.get(res::kSecrets, split_key(named));
    return secret && kube::annotation(*secret, kDirectInjection) == "true" ? secret : nullptr;
  }
  const ObjectPtr certificate = env.get(res::kCertificates, split_key(kube::annotation(object, kInjectFromCertificate)));
  if (!certificate) return nullptr;
  ObjectPtr secret = env.get(res::kSecrets, {std::string(kube::namespace_of(*certificate)), (*certificate)["spec"]["secretName"].str()});
  return secret && kube::annotation(*secret, kCertificateName) == kube::name_of(*certificate) ? secret : nullptr;
}

json::Value operations(const Object& object, std::string_view bundle) {
  json::Value out;
  for (const ClientConfig& config : client_configs(object)) {
    if (config.ca_bundle == bundle) continue;
    out.push_back(config.guard);
    out.push_back(object_of({{"op", "add"}, {"path", config.path + "/caBundle"}, {"value", bundle}}));
  }
  return out;
}

Reconciled inject(Env env, Gvr gvr, ObjectPtr object) {
  if (kube::is_deleting(*object)) co_return Outcome{};
  const ObjectPtr secret = source_of(env, *object);
  if (!secret) co_return Outcome{};
  const std::string bundle = (*secret)["data"]["ca.crt"].str();
  json::Value patch = bundle.empty() ? json::Value() : operations(*object, bundle);
  if (patch.size() == 0) co_return Outcome{};
  const auto patched = co_await env.client().patch(gvr, kube::key_of(*object), kube::PatchType::Json, std::move(patch), patch_as(kFieldManager));
  if (!patched) co_return fail(patched.error());
  co_return Outcome{};
}

Reconciled inject_validating(Env env, ObjectPtr object) { return inject(env, kValidatingWebhooks, std::move(object)); }
Reconciled inject_mutating(Env env, ObjectPtr object) { return inject(env, kMutatingWebhooks, std::move(object)); }
Reconciled inject_crd(Env env, ObjectPtr object) { return inject(env, res::kCrds, std::move(object)); }

// From a Certificate, or a Secret that holds a CA, to the objects that ask for it.
Map to_those_that_ask(Gvr primary) {
  return [primary = std::move(primary)](Env env, const runtime::Change& change) {
    const Object& changed = change.new_object ? *change.new_object : *change.old_object;
    const bool is_secret = kube::kind_of(changed) == "Secret";
    const std::string certificate = is_secret ? std::string(kube::annotation(changed, kCertificateName)) : change.key.name;
    const bool direct = is_secret && kube::annotation(changed, kDirectInjection) == "true";
    std::vector<ObjectKey> keys;
    if (certificate.empty() && !direct) return keys;
    const std::string by_certificate = change.key.ns + "/" + certificate;
    for (const ObjectPtr& object : env.list(primary))
      if (kube::annotation(*object, kInjectFromCertificate) == by_certificate ||
          (direct && kube::annotation(*object, kInjectFromSecret) == change.key.to_string()))
        keys.push_back(kube::key_of(*object));
    return keys;
  };
}

SimController injector(std::string name, Gvr primary, Reconciled (*reconcile)(Env, ObjectPtr)) {
  return {.name = std::move(name),
          .primary = primary,
          .manager = manager::kCaInjector,
          .stand_in = manager::kCertManager,
          .watches = {{res::kCertificates, to_those_that_ask(primary)}, {res::kSecrets, to_those_that_ask(primary)}},
          .reconcile = reconcile};
}

}  // namespace

SimController validating_ca_injector() { return injector("ca-of-validating-webhooks", kValidatingWebhooks, inject_validating); }
SimController mutating_ca_injector() { return injector("ca-of-mutating-webhooks", kMutatingWebhooks, inject_mutating); }
SimController conversion_ca_injector() { return injector("ca-of-conversion-webhooks", res::kCrds, inject_crd); }

}  // namespace slipway::simcloud
