#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/oci_world.h"

namespace slipway::providers {
namespace {

using test::OciWorld;
using test::TestKey;
using test::why;

struct Signed : OciWorld {
  TestKey key = TestKey::ec("P-256");
  std::string digest = push();
  std::string what = "oci://registry.example/capi/vsphere@" + digest;
  Signed() { oci.public_key_pem = key.public_pem(); }
  [[nodiscard]] bool fetched_files() const {
    return std::ranges::any_of(registry.log, [](const std::string& line) { return line.contains("/blobs/" + sha256_digest("kind: Namespace\n")); });
  }
};

}  // namespace

TEST_CASE("with a public key, an artifact that its owner signed with cosign is accepted, and verified once") {
  Signed w;
  w.registry.sign(w.key, w.digest, w.digest);
  const auto r = w.open();
  CHECK(w.get(r, "v1.0.0", "components.yaml") == "kind: Namespace\n");
  CHECK(w.get(r, "v1.0.0", "metadata.yaml") == "kind: Metadata\n");
  CHECK(std::ranges::count_if(w.registry.log, [](const std::string& line) { return line.ends_with(".sig"); }) == 1);
}

TEST_CASE("one good signature among others is enough") {
  Signed w;
  const json::Value other =
      w.registry.layer("{}", "application/vnd.dev.cosign.simplesigning.v1+json", {{"dev.cosignproject.cosign/signature", TestKey::ec("P-256").sign("{}")}});
  w.registry.sign(w.key, w.digest, w.digest, {other, w.registry.layer("x", "text/plain")});
  CHECK(w.get() == "kind: Namespace\n");
}

TEST_CASE("an artifact without a signature hands out nothing") {
  Signed w;
  CHECK(why(w.get()) == w.what + " is not signed, and a public key asks for it: there is no tag sha256-" + w.digest.substr(7) +
                            ".sig (cosign sign --key makes it; signatures as referrers are not read)");
  CHECK_FALSE(w.fetched_files());
}

TEST_CASE("a signature of another key, of another artifact, and of changed bytes hands out nothing") {
  Signed w;
  w.registry.sign(TestKey::ec("P-256"), w.digest, w.digest);
  CHECK(why(w.get()) == "the signature of " + w.what + " does not match the public key: it was changed after it was signed, or signed with another key");
  const std::string other = "sha256:" + std::string(64, '1');
  w.registry.sign(w.key, other, w.digest);
  CHECK(why(w.get()) == "the signature of " + w.what + " was made for another artifact, " + other);
  w.registry.sign(w.key, w.digest, w.digest);
  for (auto& [digest, bytes] : w.registry.blobs)
    if (bytes.contains("critical")) bytes += " ";
  CHECK(why(w.get()).contains("was changed or damaged on the way"));
  CHECK_FALSE(w.fetched_files());
}

TEST_CASE("a signed payload that is not cosign's, and a manifest without payloads, hand out nothing") {
  Signed w;
  const auto sign = [&](const std::string& payload) {
    w.registry.put_manifest("sha256-" + w.digest.substr(7) + ".sig",
                            test::TestRegistry::image({w.registry.layer(payload, "application/vnd.dev.cosign.simplesigning.v1+json",
                                                                        {{"dev.cosignproject.cosign/signature", w.key.sign(payload)}})}));
    return why(w.get());
  };
  CHECK(sign("no json") == "the signed payload of " + w.what + " is no JSON");
  CHECK(sign("{}") == "the signed payload of " + w.what + " is not cosign's for an image or artifact");
  w.registry.put_manifest("sha256-" + w.digest.substr(7) + ".sig", test::TestRegistry::image({w.registry.layer("x", "text/plain")}));
  CHECK(why(w.get()).ends_with(".sig has no signature of cosign's simple signing form"));
  CHECK_FALSE(w.fetched_files());
}

TEST_CASE("a tag that was moved to another artifact after it was signed hands out nothing") {
  Signed w;
  w.registry.sign(w.key, w.digest, w.digest);
  w.registry.push("v1.0.0", {{"components.yaml", "evil"}});
  CHECK(why(w.get()).contains(" is not signed, and a public key asks for it"));
}

TEST_CASE("trouble on the way to the signature is not taken for its absence, nor passed over") {
  Signed w;
  w.registry.sign(w.key, w.digest, w.digest);
  w.registry.fault = [](const std::string&, const net::Request& request) -> std::optional<net::Response> {
    if (!request.target.ends_with(".sig")) return std::nullopt;
    return net::Response(503, "text/plain", "");
  };
  const auto refused = w.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Transient));
  CHECK(why(refused).starts_with("looking for a signature: "));
}

TEST_CASE("a signature that cannot be fetched does not stand in the way of a good one, and is tried again where there is none") {
  Signed w;
  const std::string payload = "{}";
  const json::Value lost = w.registry.layer(payload, "application/vnd.dev.cosign.simplesigning.v1+json", {{"dev.cosignproject.cosign/signature", "AAAA"}});
  w.registry.fault = [digest = sha256_digest(payload)](const std::string&, const net::Request& request) -> std::optional<net::Response> {
    if (!request.target.ends_with(digest)) return std::nullopt;
    return net::Response(503, "text/plain", "");
  };
  const json::Value bad = w.registry.layer("[]", "application/vnd.dev.cosign.simplesigning.v1+json", {{"dev.cosignproject.cosign/signature", "AAAA"}});
  for (const json::Array& layers : {json::Array{lost, bad}, json::Array{bad, lost}}) {
    w.registry.put_manifest("sha256-" + w.digest.substr(7) + ".sig", test::TestRegistry::image(layers));
    const auto refused = w.get();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(Disposition::Transient));
  }
  w.registry.sign(w.key, w.digest, w.digest, {lost});
  CHECK(w.get() == "kind: Namespace\n");
}

TEST_CASE("a key that is none is refused before anything is asked of the registry") {
  Signed w;
  w.oci.public_key_pem = w.key.private_pem();
  const auto refused = open_oci(test::kVsphere, w.registry.options(w.loop), w.oci);
  REQUIRE_FALSE(refused);
  CHECK(why(refused).starts_with("oci://registry.example/capi/vsphere: the public key is a private key"));
  CHECK(w.registry.log.empty());
}

}  // namespace slipway::providers
