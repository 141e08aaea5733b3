// Plays the programs behind admission and conversion webhooks, on API servers that call them: while the Deployment behind such a Service is Available and its
// serving certificate is there, reviews are answered at the Service's ClusterIP.
#include <algorithm>
#include <array>

#include "pkg/simcloud/client_configs.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/packages_table.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

// The objects that say which Services are called.
std::array<Gvr, 3> callers() { return {kValidatingWebhooks, kMutatingWebhooks, res::kCrds}; }

struct Called {
  std::set<std::uint16_t> ports;
  std::string ca_secret;  // "ns/name": whose CA its callers trust, where they name a Secret
};

Called called(Env env, const ObjectKey& service) {
  Called out;
  for (const Gvr& gvr : callers())
    for (const ObjectPtr& caller : env.list(gvr))
      for (const ClientConfig& config : client_configs(*caller)) {
        if (config.service != service) continue;
        out.ports.insert(config.port);
        if (const auto named = kube::annotation(*caller, kInjectFromSecret); !named.empty()) out.ca_secret = named;
      }
  return out;
}

bool selects(const Object& service, const Object& deployment) {
  const json::Value& selector = service["spec"]["selector"];
  const json::Value& labels = deployment["spec"]["template"]["metadata"]["labels"];
  return selector.size() > 0 && std::ranges::all_of(selector.object(), [&](const json::Member& label) { return labels[label.key] == label.value; });
}

ObjectPtr deployment_behind(Env env, const Object& service) {
  for (const ObjectPtr& deployment : env.list(res::kDeployments, kube::namespace_of(service)))
    if (is_available(deployment.get()) && selects(service, *deployment)) return deployment;
  return nullptr;
}

bool holds_pair(const ObjectPtr& secret) { return secret && (*secret)["data"].contains("tls.crt") && (*secret)["data"].contains("tls.key"); }

// The Secret that the Deployment mounts; else that of a Certificate for the Service's name.
ObjectPtr serving_secret(Env env, const Object& service, const Object& deployment) {
  const std::string ns(kube::namespace_of(service));
  for (const json::Value& volume : deployment["spec"]["template"]["spec"]["volumes"].array())
    if (ObjectPtr secret = env.get(res::kSecrets, {ns, volume["secret"]["secretName"].str()}); holds_pair(secret)) return secret;
  const std::string host = std::string(kube::name_of(service)) + "." + ns + ".svc";
  for (const ObjectPtr& certificate : env.list(res::kCertificates, ns)) {
    const json::Value& spec = (*certificate)["spec"];
    if (!std::ranges::any_of(spec["dnsNames"].array(), [&](const json::Value& name) { return name.as_string() == host; })) continue;
    if (ObjectPtr secret = env.get(res::kSecrets, {ns, spec["secretName"].str()}); holds_pair(secret)) return secret;
  }
  return nullptr;
}

std::string version_of(const Object& secret) { return std::string(kube::uid_of(secret)) + "/" + std::string(kube::resource_version_of(secret)); }

bool read_pair(const Object& secret, net::KeyPair& pair) {
  return kube::secret_value(secret, "tls.crt", pair.cert_pem) && kube::secret_value(secret, "tls.key", pair.key_pem);
}

// A program without a serving certificate, such as cert-manager's own webhook, signs one with the CA that its callers trust.
Result<net::KeyPair> signed_by(const Object& ca_secret, const ObjectKey& service) {
  net::KeyPair ca;
  if (!read_pair(ca_secret, ca)) return fail(Disposition::Invalid, "Secret " + kube::key_of(ca_secret).to_string() + " holds no CA");
  net::CertificateRequest request;
  request.common_name = service.name.substr(0, 64);  // RFC 5280, ub-common-name
  request.dns_names = {service.name + "." + service.ns + ".svc"};
  request.server_auth = true;
  return net::issue_certificate(ca, request);
}

// Nothing where its certificate is not there.
Result<std::optional<Serving>> serving_of(Env env, const Object& service, const Object& deployment, const Called& called_at) {
  Serving out{.address = service["spec"]["clusterIP"].str(), .ports = called_at.ports, .certificate = {}, .pair = {}};
  if (const ObjectPtr secret = serving_secret(env, service, deployment)) {
    out.certificate = version_of(*secret);
    if (!read_pair(*secret, out.pair)) return fail(Disposition::Invalid, "Secret " + kube::key_of(*secret).to_string() + " is not base64");
    return out;
  }
  if (called_at.ca_secret.empty()) return std::nullopt;
  const ObjectPtr ca = env.get(res::kSecrets, split_key(called_at.ca_secret));
  if (!ca) return std::nullopt;
  auto pair = signed_by(*ca, kube::key_of(service));
  if (!pair) return fail(std::move(pair).error());
  out.certificate = "by " + version_of(*ca);
  out.pair = std::move(*pair);
  return out;
}

Reconciled stop(Env env, ObjectKey service) {
  co_await env.site->webhooks()->stop(std::move(service));
  co_return Outcome{};
}

Reconciled reconcile(Env env, ObjectPtr service) {
  const ObjectKey key = kube::key_of(*service);
  const Called called_at = called(env, key);
  const ObjectPtr deployment = deployment_behind(env, *service);
  if (called_at.ports.empty() || !deployment || kube::is_deleting(*service)) co_return co_await stop(env, key);
  auto serving = serving_of(env, *service, *deployment, called_at);
  if (!serving) co_return fail(std::move(serving).error());
  if (!*serving) co_return co_await stop(env, key);
  co_await env.site->webhooks()->serve(key, std::move(**serving));
  co_return Outcome{};
}

// From a caller to the Services that it calls, or called before.
std::vector<ObjectKey> to_called(Env, const runtime::Change& change) {
  std::vector<ObjectKey> keys;
  for (const ObjectPtr& caller : {change.old_object, change.new_object})
    if (caller)
      for (const ClientConfig& config : client_configs(*caller))
        if (!config.service.name.empty()) keys.push_back(config.service);
  return keys;
}

std::vector<ObjectKey> holder_of_pair(Env env, const runtime::Change& change) {
  if (!holds_pair(change.new_object) && !holds_pair(change.old_object)) return {};
  return to_all(res::kServices)(env, change);
}

}  // namespace

SimController webhook_controller() {
  SimController out{.name = "webhooks", .primary = res::kServices, .borrowed_only = true, .reconcile = reconcile, .gone = stop};
  for (const Gvr& gvr : callers()) out.watches.push_back({gvr, to_called});
  out.watches.push_back({res::kDeployments, to_all(res::kServices)});
  out.watches.push_back({res::kCertificates, to_all(res::kServices)});
  out.watches.push_back({res::kSecrets, holder_of_pair});
  return out;
}

}  // namespace slipway::simcloud
