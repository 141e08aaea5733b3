// Plays cert-manager's certificate controllers: Certificate -> CertificateRequest -> Secret of type kubernetes.io/tls.
#include "pkg/base/strings.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/issuing.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {
namespace {

json::Value condition(Env env, const Object& object, std::string_view type, bool status, std::string_view reason, std::string_view message) {
  const json::Value& before = kube::condition(object, type);
  const std::string_view word = status ? "True" : "False";
  return object_of({{"type", type},
                    {"status", word},
                    {"reason", reason},
                    {"message", message},
                    {"observedGeneration", kube::generation_of(object)},
                    {"lastTransitionTime", before["status"].as_string() == word ? before["lastTransitionTime"] : json::Value(env.now())}});
}

bool issuer_ready(Env env, const Object& certificate) {
  const json::Value& ref = certificate["spec"]["issuerRef"];
  const bool cluster_wide = ref["kind"].as_string() == "ClusterIssuer";
  const ObjectKey key{cluster_wide ? std::string() : std::string(kube::namespace_of(certificate)), ref["name"].str()};
  const ObjectPtr issuer = env.get(cluster_wide ? kClusterIssuers : res::kIssuers, key);
  return issuer && kube::condition_true(*issuer, "Ready");
}

std::string request_name(const Object& certificate) { return suffixed(kube::name_of(certificate), kube::uid_of(certificate)); }

Object make_request(const Object& certificate) {
  Object request = kube::make_object("cert-manager.io/v1", "CertificateRequest", {std::string(kube::namespace_of(certificate)), request_name(certificate)});
  request.ref({"metadata", "annotations"}) =
      object_of({{kCertificateName, kube::name_of(certificate)},
                 {"cert-manager.io/certificate-revision", "1"},
                 {"cert-manager.io/private-key-secret-name", suffixed(kube::name_of(certificate), std::string(kube::uid_of(certificate)) + " key")}});
  add_owner(request, certificate, true);
  request.set("spec", object_of({{"issuerRef", certificate["spec"]["issuerRef"]},
                                 {"request", base64_encode(placeholder_pem("CERTIFICATE REQUEST", kube::name_of(certificate)))},
                                 {"usages", list_of({"digital signature", "key encipherment"})}}));
  return request;
}

Object make_tls_secret(const Object& certificate, const Issued& issued) {
  const std::string_view name = kube::name_of(certificate);
  const ObjectKey key{std::string(kube::namespace_of(certificate)), certificate["spec"]["secretName"].str()};
  Object secret = make_secret(key, "kubernetes.io/tls", {{"ca.crt", issued.ca_pem}, {"tls.crt", issued.pair.cert_pem}, {"tls.key", issued.pair.key_pem}});
  const json::Value& ref = certificate["spec"]["issuerRef"];
  secret.ref({"metadata", "annotations"}) = object_of({{kCertificateName, name},
                                                       {"cert-manager.io/issuer-kind", ref["kind"].as_string("Issuer")},
                                                       {"cert-manager.io/issuer-name", ref["name"]},
                                                       {"cert-manager.io/issuer-group", ref["group"].as_string("cert-manager.io")}});
  return secret;
}

Object ready_certificate(Env env, const Object& certificate) {
  Object wanted = certificate;
  const WallTime now = env.world->clock.wall();
  wanted.set("status",
             object_of({{"revision", 1},
                        {"notBefore", to_rfc3339(now)},
                        {"notAfter", to_rfc3339(now + std::chrono::days(90))},
                        {"renewalTime", to_rfc3339(now + std::chrono::days(60))},
                        {"conditions", list_of({condition(env, certificate, "Ready", true, "Ready", "Certificate is up to date and has not expired")})}}));
  return wanted;
}

Object unready_certificate(Env env, const Object& certificate, bool issuing, std::string_view reason, std::string_view message) {
  Object wanted = certificate;
  wanted.ref({"status", "conditions"}) =
      list_of({condition(env, certificate, "Issuing", issuing, reason, message), condition(env, certificate, "Ready", false, reason, message)});
  return wanted;
}

// The request is signed: its Secret, and then Ready.
Reconciled finish(Env env, ObjectPtr certificate) {
  const Result<Issued> issued = issue(*certificate);
  Object wanted;
  if (issued) {
    const auto secret = co_await create(env, res::kSecrets, make_tls_secret(*certificate, *issued));
    if (!secret) co_return fail(secret.error());
    wanted = ready_certificate(env, *certificate);
  } else {
    wanted = unready_certificate(env, *certificate, false, "Failed", issued.error().message());
  }
  const Status saved = co_await save(env, res::kCertificates, certificate, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

Reconciled reconcile_certificate(Env env, ObjectPtr certificate) {
  if (kube::is_deleting(*certificate) || kube::condition_true(*certificate, "Ready")) co_return Outcome{};
  const ObjectPtr request = env.get(kCertificateRequests, {std::string(kube::namespace_of(*certificate)), request_name(*certificate)});
  if (request && kube::condition_true(*request, "Ready")) co_return co_await finish(env, std::move(certificate));
  if (!request && issuer_ready(env, *certificate)) {
    const auto created = co_await create(env, kCertificateRequests, make_request(*certificate));
    if (!created) co_return fail(created.error());
  }
  Object wanted = unready_certificate(env, *certificate, true, "DoesNotExist", "Issuing certificate as Secret does not exist");
  const Status saved = co_await save(env, res::kCertificates, certificate, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

Reconciled reconcile_request(Env env, ObjectPtr request) {
  if (kube::is_deleting(*request) || kube::condition_true(*request, "Ready")) co_return Outcome{};
  if (const auto left = env.left("issue " + std::string(kube::uid_of(*request)), Act::Issue)) co_return Outcome{left};
  Object wanted = *request;
  wanted.ref({"status", "certificate"}) = base64_encode(placeholder_pem("CERTIFICATE", kube::annotation(*request, kCertificateName)));
  json::Value approved = condition(env, *request, "Approved", true, "cert-manager.io", "Certificate request has been approved by cert-manager.io");
  json::Value issued = condition(env, *request, "Ready", true, "Issued", "Certificate fetched from issuer successfully");
  for (json::Value* one : {&approved, &issued}) one->erase("observedGeneration");  // which those of requests do not have
  wanted.ref({"status", "conditions"}) = list_of({std::move(approved), std::move(issued)});
  const Status saved = co_await save(env, kCertificateRequests, request, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController certificate_controller() {
  return {.name = "certificates",
          .primary = res::kCertificates,
          .manager = manager::kCertManager,
          .watches = {{kCertificateRequests, to_owner("cert-manager.io", "Certificate")},
                      {res::kIssuers, to_all(res::kCertificates)},
                      {kClusterIssuers, to_all(res::kCertificates)}},
          .reconcile = reconcile_certificate};
}

SimController certificate_request_controller() {
  return {.name = "certificaterequests", .primary = kCertificateRequests, .manager = manager::kCertManager, .reconcile = reconcile_request};
}

}  // namespace slipway::simcloud
