#include "controllers/managementcluster/source_place.h"

#include <utility>

#include "pkg/providers/sources/docker_config.h"
#include "pkg/providers/sources/http_url.h"
#include "pkg/providers/sources/oci_reference.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::controllers::managementcluster {
namespace {

using Refusal = std::unexpected<Refused>;
using Problem = std::expected<void, Refused>;

constexpr std::string_view kOciScheme = "oci://";

Refusal refuse(std::string reason, std::string message) { return Refusal(std::in_place, Refused{std::move(reason), std::move(message)}); }

std::string describe(const char* kind, const ObjectKey& key) { return std::string(kind) + " " + key.to_string(); }

Problem add_object(Place& place, const ClusterView& hub, const Gvr& gvr, const char* kind, const ObjectKey& key, const std::string& field) {
  const ObjectPtr object = hub.get(gvr, key);
  if (!object) return refuse(gvr == kube::res::kSecrets ? "SecretMissing" : "SourceMissing", field + ": " + describe(kind, key) + " does not exist; create it");
  if ((*object)["data"].object().empty() && (*object)["binaryData"].object().empty())
    return refuse("SourceMissing", field + ": " + describe(kind, key) + " has no key components.yaml; add it");
  place.source.objects.push_back(object);
  place.source.objects_where = describe(kind, key);
  place.what = place.source.objects_where + "|" + version_of(object);
  return {};
}

Problem add_ca(Place& place, const ClusterView& hub, const ObjectKey& key, const std::string& field) {
  const ObjectPtr secret = hub.get(kube::res::kSecrets, key);
  place.how += "|ca " + version_of(secret);
  if (!secret) return refuse("SecretMissing", field + ": " + describe("Secret", key) + " does not exist; create it");
  if (!kube::secret_value(*secret, "ca.crt", place.source.access.ca_pem) || place.source.access.ca_pem.empty())
    return refuse("SecretMissing", field + ": " + describe("Secret", key) + " has no key \"ca.crt\" with certificates in PEM; add it");
  return {};
}

// Of the server that is asked; empty where none is.
std::string host_of(const providers::SourceSpec& source) {
  if (!source.oci.empty()) {
    const auto reference = providers::parse_oci_reference(source.oci);
    return reference ? reference->host : "";
  }
  const auto url = providers::parse_http_url(source.url);
  return url ? url->host : "";
}

Problem add_credentials(Place& place, const ClusterView& hub, const ObjectKey& key, const std::string& field) {
  const ObjectPtr secret = hub.get(kube::res::kSecrets, key);
  place.how += "|credentials " + version_of(secret);
  const std::string at = field + ": " + describe("Secret", key);
  if (!secret) return refuse("SecretMissing", at + " does not exist; create it");
  providers::Access& access = place.source.access;
  if (std::string config; kube::secret_value(*secret, ".dockerconfigjson", config)) {
    auto found = providers::access_from_docker_config(config, host_of(place.source));
    if (!found) return refuse("SecretMissing", at + ", " + found.error().message());
    access.username = std::move(found->username);
    access.password = std::move(found->password);
    access.token = std::move(found->token);
    return {};
  }
  const bool token = kube::secret_value(*secret, "token", access.token) && !access.token.empty();
  const bool user = kube::secret_value(*secret, "username", access.username) && !access.username.empty();
  const bool password = kube::secret_value(*secret, "password", access.password) && !access.password.empty();
  if (!token && !(user && password))
    return refuse("SecretMissing", at + " has no credentials: it needs the keys username and password, .dockerconfigjson, or token");
  return {};
}

}  // namespace

bool names_place(const api::Source& source) noexcept {
  return !source.url.empty() || !source.oci.empty() || !source.path.empty() || source.configMapRef || source.secretRef;
}

std::string version_of(const ObjectPtr& object) {
  return object ? std::string(kube::uid_of(*object)) + "@" + std::string(kube::resource_version_of(*object)) : "absent";
}

std::expected<Place, Refused> place_of(const api::Source& source, const std::string& catalog_url, const ClusterView& hub, const std::string& ns,
                                       const std::string& field) {
  Place place;
  place.named = names_place(source);
  place.source.url = place.named ? source.url : catalog_url;
  if (!source.oci.empty()) place.source.oci = (source.oci.starts_with(kOciScheme) ? "" : std::string(kOciScheme)) + source.oci;
  place.source.path = source.path;
  place.source.access.proxy = source.proxy;
  place.source.public_key_pem = source.publicKey;
  place.what = place.source.url + "|" + place.source.oci + "|" + place.source.path;
  place.how = "proxy " + source.proxy;
  if (!source.publicKey.empty())
    if (Status good = providers::check_public_key(source.publicKey); !good) return refuse("InvalidSpec", field + ".publicKey: " + good.error().message());
  Problem read;
  if (source.configMapRef) read = add_object(place, hub, kube::res::kConfigMaps, "ConfigMap", {ns, source.configMapRef->name}, field);
  if (source.secretRef) read = add_object(place, hub, kube::res::kSecrets, "Secret", {ns, source.secretRef->name}, field);
  if (read && source.caSecretRef) read = add_ca(place, hub, {ns, source.caSecretRef->name}, field + ".caSecretRef");
  if (read && source.credentialsSecretRef) read = add_credentials(place, hub, {ns, source.credentialsSecretRef->name}, field + ".credentialsSecretRef");
  if (!read) return Refusal(std::move(read).error());
  return place;
}

}  // namespace slipway::controllers::managementcluster
