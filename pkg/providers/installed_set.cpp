#include "pkg/providers/installed_set.h"

#include <utility>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"
#include "pkg/providers/sources/gzip.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kKey = "components.json.gz";
constexpr std::string_view kVersionAnnotation = "slipway.dev/version";
constexpr std::size_t kMaxPacked = 700UL << 10U;  // a Secret holds 1 MiB, in base64
constexpr std::size_t kMaxUnpacked = 16UL << 20U;

json::Value value_of(const ServingCertificate& c) {
  json::Array dns, ips;
  for (const std::string& name : c.dns_names) dns.push_back(name);
  for (const std::string& ip : c.ip_addresses) ips.push_back(ip);
  return json::Object{
      {"namespace", c.certificate.ns}, {"name", c.certificate.name},   {"secretNamespace", c.secret.ns}, {"secretName", c.secret.name}, {"set", c.set},
      {"dnsNames", std::move(dns)},    {"ipAddresses", std::move(ips)}};
}

ServingCertificate certificate_of(const json::Value& v) {
  ServingCertificate out{{v["namespace"].str(), v["name"].str()}, {v["secretNamespace"].str(), v["secretName"].str()}, v["set"].str(), {}, {}};
  for (const json::Value& name : v["dnsNames"].array()) out.dns_names.push_back(name.str());
  for (const json::Value& ip : v["ipAddresses"].array()) out.ip_addresses.push_back(ip.str());
  return out;
}

json::Value value_of(const Components& c) {
  json::Array objects, certificates;
  for (const kube::Object& object : c.objects) objects.push_back(object);
  for (const ServingCertificate& certificate : c.certificates) certificates.push_back(value_of(certificate));
  return json::Object{{"type", c.type},
                      {"name", c.name},
                      {"version", c.version},
                      {"namespace", c.ns},
                      {"digest", c.digest},
                      {"objects", std::move(objects)},
                      {"certificates", std::move(certificates)}};
}

Result<json::Value> unpacked(const kube::Object& secret, const std::string& what) {
  std::string packed;
  if (!kube::secret_value(secret, kKey, packed)) return fail(Disposition::Invalid, what + " has no key " + std::string(kKey) + " with base64 data");
  auto text = gunzip(packed, kMaxUnpacked, what);
  if (!text) return fail(std::move(text).error());
  auto value = json::parse(*text);
  if (!value) return fail(Disposition::Invalid, what + " holds no JSON");
  return value;
}

}  // namespace

kube::ObjectKey installed_set_key(const Components& components) { return {components.ns, std::string(kInstalledSetPrefix) + components.manifest_label()}; }

Result<kube::Object> installed_set(const Components& components, std::string_view hash) {
  auto packed = gzip(json::dump_canonical(value_of(without_crds(components))));
  if (!packed) return fail(std::move(packed).error());
  if (packed->size() > kMaxPacked)
    return fail(Disposition::Invalid,
                components.manifest_label() + " is " + std::to_string(packed->size()) + " bytes when packed; a Secret takes " + std::to_string(kMaxPacked));
  kube::Object secret = kube::make_object("v1", "Secret", installed_set_key(components));
  secret.ref({"metadata", "labels", kComponentLabel}) = components.manifest_label();
  secret.ref({"metadata", "annotations", kSetAnnotation}) = hash;
  secret.ref({"metadata", "annotations", kVersionAnnotation}) = components.version;
  secret.set("type", "Opaque");
  secret.ref({"data", kKey}) = base64_encode(*packed);
  return secret;
}

bool is_installed_set(const kube::Object& secret, std::string_view version, std::string_view hash) {
  return !hash.empty() && kube::annotation(secret, kSetAnnotation) == hash && kube::annotation(secret, kVersionAnnotation) == version;
}

Result<Components> read_installed_set(const kube::Object& secret) {
  const std::string what = kube::describe(secret);
  auto value = unpacked(secret, what);
  if (!value) return fail(std::move(value).error());
  Components out;
  out.type = (*value)["type"].str();
  out.name = (*value)["name"].str();
  out.version = (*value)["version"].str();
  out.ns = (*value)["namespace"].str();
  out.digest = (*value)["digest"].str();
  for (const json::Value& object : (*value)["objects"].array()) {
    if (kube::kind_of(object).empty() || kube::name_of(object).empty()) return fail(Disposition::Invalid, what + " holds something that is no object");
    out.objects.push_back(object);
  }
  for (const json::Value& certificate : (*value)["certificates"].array()) out.certificates.push_back(certificate_of(certificate));
  if (out.objects.empty() || installed_set_key(out) != kube::key_of(secret)) return fail(Disposition::Invalid, what + " holds another set than its name says");
  return out;
}

}  // namespace slipway::providers
