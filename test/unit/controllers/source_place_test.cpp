// What a spec's source becomes for the one who fetches: places, credentials, certificates.
#include "controllers/managementcluster/source_place.h"

#include <catch2/catch_test_macros.hpp>

#include "components_world.h"
#include "test/unit/providers/keys.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

struct PlaceFixture {
  ClusterView hub;
  api::Source source;
  [[nodiscard]] auto place() const { return place_of(source, "https://catalog.test/latest/x-components.yaml", hub, kNs, "spec.providers[0].source"); }
  [[nodiscard]] std::string refusal() const {
    const auto p = place();
    return p ? "taken" : p.error().reason + ": " + p.error().message;
  }
  void put(std::vector<std::pair<std::string, std::string>> data, std::string_view version = "1") {
    hub.add(kube::res::kSecrets, data_object("Secret", "s", std::move(data), version));
  }
};

}  // namespace

TEST_CASE("a source that names no place is reached at the catalog's, with what it says about the way") {
  PlaceFixture f;
  f.source.proxy = "http://proxy.test:3128";
  CHECK(f.place()->source.url == "https://catalog.test/latest/x-components.yaml");
  CHECK(f.place()->source.access.proxy == "http://proxy.test:3128");
  CHECK_FALSE(f.place()->named);
  f.source.oci = "registry.example/capi/vsphere:v1.0.0";
  CHECK(f.place()->source.oci == "oci://registry.example/capi/vsphere:v1.0.0");
  CHECK(f.place()->source.url.empty());
  CHECK(f.place()->named);
}

TEST_CASE("credentials are a user with a password, a token, or the entry of the registry's host") {
  PlaceFixture f;
  f.source.oci = "oci://registry.example:5000/capi/vsphere";
  f.source.credentialsSecretRef = api::LocalRef{"s"};
  CHECK(f.refusal() == "SecretMissing: spec.providers[0].source.credentialsSecretRef: Secret tkg-system/s does not exist; create it");
  f.put({{"username", "me"}});
  CHECK(f.refusal() ==
        "SecretMissing: spec.providers[0].source.credentialsSecretRef: Secret tkg-system/s has no credentials: it needs the keys username and password, "
        ".dockerconfigjson, or token");
  f.put({{"username", "me"}, {"password", "hunter2"}});
  CHECK(f.place()->source.access.password == "hunter2");
  f.put({{"token", "hunter3"}});
  CHECK(f.place()->source.access.token == "hunter3");
  f.put({{".dockerconfigjson", R"({"auths": {"registry.example:5000": {"username": "you", "password": "hunter4"}}})"}});
  CHECK(f.place()->source.access.username == "you");
  f.source.oci = "oci://other.example/capi/vsphere";
  CHECK(f.refusal().find("has no entry for other.example; it has registry.example:5000") != std::string::npos);
  CHECK(f.refusal().find("hunter4") == std::string::npos);
}

TEST_CASE("certificates come from the key ca.crt") {
  PlaceFixture f;
  f.source.caSecretRef = api::LocalRef{"s"};
  CHECK(f.refusal() == "SecretMissing: spec.providers[0].source.caSecretRef: Secret tkg-system/s does not exist; create it");
  f.put({{"tls.crt", "x"}});
  CHECK(f.refusal() == "SecretMissing: spec.providers[0].source.caSecretRef: Secret tkg-system/s has no key \"ca.crt\" with certificates in PEM; add it");
  f.put({{"ca.crt", "PEM"}});
  CHECK(f.place()->source.access.ca_pem == "PEM");
}

TEST_CASE("Secrets that change are another way to the same content") {
  PlaceFixture f;
  f.source.credentialsSecretRef = api::LocalRef{"s"};
  f.put({{"token", "a"}});
  const auto before = *f.place();
  f.put({{"token", "b"}}, "2");
  CHECK(f.place()->what == before.what);
  CHECK(f.place()->how != before.how);
}

TEST_CASE("a public key that is none is refused with its field") {
  PlaceFixture f;
  f.source.publicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  CHECK(f.refusal().starts_with("InvalidSpec: spec.providers[0].source.publicKey: "));
  f.source.publicKey = TestKey::ec("P-256").public_pem();
  CHECK(f.refusal() == "taken");
}
