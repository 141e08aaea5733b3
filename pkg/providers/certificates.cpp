#include "pkg/providers/certificates.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/net/pki.h"
#include "pkg/providers/detail/rewrite.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr std::string_view kIssuedAnnotation = "slipway.dev/issued";  // of what a Secret was issued for, and of what it held then
constexpr std::chrono::days kLifetime{365};

std::unexpected<Error> refused(const kube::Object& object, const std::string& why) {
  return fail(Disposition::Invalid, kube::describe(object) + ": " + why + "; Slipway cannot issue that itself: set certManager.mode to Managed or External");
}

bool of_cert_manager(const kube::Object& object) {
  const std::string group = kube::gvk_of(object).group;
  return group == "cert-manager.io" || group.ends_with(".cert-manager.io");
}
bool is_issuer(const kube::Object& object) { return kube::kind_of(object) == "Issuer" || kube::kind_of(object) == "ClusterIssuer"; }

std::vector<std::string> strings_of(const Value& list) {
  std::vector<std::string> out;
  for (const Value& v : list.array()) out.push_back(v.str());
  return out;
}

// What a Certificate may ask for besides names: everything else would be missed without a word.
Status check_wishes(const kube::Object& certificate) {
  const Value& spec = certificate["spec"];
  if (spec["isCA"].as_bool()) return refused(certificate, "spec.isCA asks for a CA");
  for (const std::string_view field : {"keystores", "uris", "emailAddresses", "otherNames", "additionalOutputFormats"})
    if (spec[field].size() != 0) return refused(certificate, "spec." + std::string(field) + " is more than a serving certificate");
  constexpr auto kUsages = std::to_array<std::string_view>({"server auth", "digital signature", "key encipherment"});
  for (const Value& usage : spec["usages"].array())
    if (std::ranges::find(kUsages, usage.as_string()) == kUsages.end()) return refused(certificate, "spec.usages has \"" + shorten(usage.str(), 80) + "\"");
  return {};
}

Status check_issuer(const kube::Object& certificate, const std::vector<kube::Object>& objects) {
  const Value& ref = certificate["spec"]["issuerRef"];
  const std::string_view kind = ref["kind"].as_string("Issuer");
  for (const kube::Object& issuer : objects) {
    if (!of_cert_manager(issuer) || kube::kind_of(issuer) != kind || kube::name_of(issuer) != ref["name"].as_string()) continue;
    if (kind == "Issuer" && kube::namespace_of(issuer) != kube::namespace_of(certificate)) continue;
    if (issuer["spec"].contains("selfSigned")) return {};
    return refused(certificate, "its issuer " + kube::describe(issuer) + " is not self-signed");
  }
  return refused(certificate, "its issuer " + std::string(kind) + " " + ref["name"].str() + " is not among the components");
}

Result<ServingCertificate> serving_certificate(const kube::Object& certificate, const Components& components) {
  if (Status wishes = check_wishes(certificate); !wishes) return fail(std::move(wishes).error());
  if (Status issuer = check_issuer(certificate, components.objects); !issuer) return fail(std::move(issuer).error());
  const Value& spec = certificate["spec"];
  ServingCertificate out;
  out.certificate = kube::key_of(certificate);
  out.secret = {out.certificate.ns, spec["secretName"].str()};
  out.set = components.manifest_label();
  out.dns_names = strings_of(spec["dnsNames"]);
  out.ip_addresses = strings_of(spec["ipAddresses"]);
  if (out.secret.name.empty() || out.secret.ns.empty())
    return fail(Disposition::Invalid, kube::describe(certificate) + ": metadata.namespace and spec.secretName say where the certificate goes; name both");
  if (out.dns_names.empty() && out.ip_addresses.empty()) return fail(Disposition::Invalid, kube::describe(certificate) + ": names no host; add spec.dnsNames");
  return out;
}

// The annotation of cert-manager's injector becomes ours, where we can do what it asks for.
Status take_over_injection(kube::Object& object, const std::vector<ServingCertificate>& certificates) {
  const Value& annotations = object["metadata"]["annotations"];
  for (const std::string_view other : {"cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca"})
    if (annotations.contains(other)) return refused(object, "annotation " + std::string(other) + " asks for a CA from elsewhere");
  const std::string from = annotations[kInjectAnnotation].str();
  if (from.empty()) return {};
  const auto kind = kube::kind_of(object);
  if (kind != "CustomResourceDefinition" && kind != "ValidatingWebhookConfiguration" && kind != "MutatingWebhookConfiguration")
    return refused(object, "a CA is asked for in another kind than a webhook configuration or CRD");
  if (std::ranges::none_of(certificates, [&](const ServingCertificate& c) { return c.certificate.to_string() == from; }))
    return refused(object, "annotation " + std::string(kInjectAnnotation) + " names Certificate " + from + ", which is not among the components");
  Value& own = object.ref({"metadata", "annotations"});
  own.erase(kInjectAnnotation);
  own.set(kOwnInjectAnnotation, from);
  return {};
}

// Public parts only: whoever guesses at it learns nothing.
std::string mark_of(const ServingCertificate& wanted, const Value& data) {
  std::string all = data["tls.crt"].str() + "|" + data["ca.crt"].str();
  for (const auto* names : {&wanted.dns_names, &wanted.ip_addresses})
    for (const std::string& name : *names) all += "|" + name;
  return hex(fnv1a(all));
}

// The CA that was new when `before` was written. What is no certificate in a bundle would make the whole bundle useless, so it is read first.
std::string last_ca(const kube::Object* before, WallTime now) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string pem;
  if (before == nullptr || !kube::secret_value(*before, "ca.crt", pem)) return {};
  const auto begin = pem.find("-----BEGIN CERTIFICATE-----");
  const auto end = pem.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  pem = pem.substr(begin, end + kEnd.size() - begin) + "\n";
  const auto validity = net::validity_of(pem);
  return validity && validity->until > now ? pem : std::string();
}

void put_ca(Value& client_config, std::string_view ca) { client_config.set("caBundle", ca); }

}  // namespace

Result<Components> without_cert_manager(Components components) {
  for (const kube::Object& object : components.objects) {
    if (!of_cert_manager(object) || is_issuer(object)) continue;
    if (kube::kind_of(object) != "Certificate") return refused(object, "only cert-manager knows what to do with it");
    auto one = serving_certificate(object, components);
    if (!one) return fail(std::move(one).error());
    for (const ServingCertificate& other : components.certificates)
      if (other.secret == one->secret) return fail(Disposition::Invalid, kube::describe(object) + ": another Certificate has the same spec.secretName");
    components.certificates.push_back(std::move(*one));
  }
  std::erase_if(components.objects, of_cert_manager);
  const std::string label = components.manifest_label();
  for (kube::Object& object : components.objects) {
    if (Status taken = take_over_injection(object, components.certificates); !taken) return fail(std::move(taken).error());
    if (asks_ca_of(object).empty()) continue;
    object.ref({"metadata", "annotations"}).erase(kIntentAnnotation);
    detail::mark(object, label);
  }
  return components;
}

WallTime renewal_of(const ServingCertificate& wanted, const kube::Object* secret) {
  if (secret == nullptr || kube::is_deleting(*secret)) return {};
  if (kube::label(*secret, kComponentLabel) != wanted.set) return {};  // without it, it is not watched
  const Value& data = (*secret)["data"];
  std::string certificate;
  if (data["tls.key"].as_string().empty() || !kube::secret_value(*secret, "tls.crt", certificate)) return {};
  if (kube::annotation(*secret, kIssuedAnnotation) != mark_of(wanted, data)) return {};
  const auto validity = net::validity_of(certificate);
  if (!validity) return {};
  return validity->from + (validity->until - validity->from) * 2 / 3;
}

Result<kube::Object> issue(const ServingCertificate& wanted, const kube::Object* before, WallTime now) {
  const auto ca = net::make_ca("slipway " + to_rfc3339(now), now);
  if (!ca) return fail(ca.error());
  net::CertificateRequest request;
  request.common_name = "slipway-webhook";
  request.dns_names = wanted.dns_names;
  request.ip_addresses = wanted.ip_addresses;
  request.server_auth = true;
  request.now = now;
  request.validity = kLifetime;
  const auto pair = net::issue_certificate(*ca, request);
  if (!pair) return fail(pair.error().in("Certificate " + wanted.certificate.to_string()));
  kube::Object secret = kube::make_object("v1", "Secret", wanted.secret);
  secret.set("type", "kubernetes.io/tls");
  secret.ref({"metadata", "labels", kComponentLabel}) = wanted.set;
  secret.ref({"data", "tls.crt"}) = base64_encode(pair->cert_pem);
  secret.ref({"data", "tls.key"}) = base64_encode(pair->key_pem);
  secret.ref({"data", "ca.crt"}) = base64_encode(ca->cert_pem + last_ca(before, now));
  secret.ref({"metadata", "annotations", kIssuedAnnotation}) = mark_of(wanted, secret["data"]);
  return secret;
}

std::string_view asks_ca_of(const kube::Object& object) { return kube::annotation(object, kOwnInjectAnnotation); }

kube::Object with_ca(const kube::Object& object, std::string_view ca, Schemas schemas) {
  kube::Object out;
  if (schemas == Schemas::LeaveOut) {
    for (const json::Member& member : object.object())
      if (member.key != "spec") out.set(member.key, member.value);
    if (!object["spec"]["conversion"].is_null()) out.ref({"spec", "conversion"}) = object["spec"]["conversion"];
  } else {
    out = object;
  }
  if (Value* webhooks = out.find_mut("webhooks"))
    for (Value& webhook : webhooks->make_array()) put_ca(webhook.ref("clientConfig"), ca);
  if (out["spec"]["conversion"]["strategy"].as_string() == "Webhook") put_ca(out.ref({"spec", "conversion", "webhook", "clientConfig"}), ca);
  std::string all(kube::annotation(object, kIntentAnnotation));
  all += "|" + std::string(ca);
  out.ref({"metadata", "annotations", kIntentAnnotation}) = hex(fnv1a(all));
  return out;
}

}  // namespace slipway::providers
