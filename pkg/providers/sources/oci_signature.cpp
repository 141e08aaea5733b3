#include "pkg/providers/sources/oci_signature.h"

#include <optional>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/oci_artifact.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kPayloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr std::string_view kSignature = "dev.cosignproject.cosign/signature";
constexpr std::string_view kType = "cosign container image signature";
constexpr std::size_t kMaxPayload = 64UL << 10U;
constexpr std::size_t kMaxSignatures = 50;  // each is a request

// Read only after the signature over these bytes was found good.
Status check_payload(const std::string& payload, const std::string& digest, const std::string& what) {
  const auto body = json::parse(payload, {.max_bytes = kMaxPayload, .max_depth = 32});
  if (!body) return fail(Disposition::Invalid, "the signed payload of " + what + " is no JSON");
  const json::Value& critical = (*body)["critical"];
  if (critical["type"].as_string() != kType) return fail(Disposition::Invalid, "the signed payload of " + what + " is not cosign's for an image or artifact");
  const std::string_view named = critical["image"]["docker-manifest-digest"].as_string();
  if (named == digest) return {};
  return fail(Disposition::Invalid, "the signature of " + what + " was made for another artifact, " + shorten(named, 100));
}

Awaitable<Status> verify_layer(RegistryClient registry, OciDescriptor layer, std::string digest, std::string key, Deadline deadline) {
  const std::string what = "oci://" + registry.reference().host + "/" + registry.reference().repository + "@" + digest;
  const std::string signature = layer.annotations[kSignature].str();
  auto payload = co_await registry.blob(std::move(layer), kMaxPayload, "the signature of " + what, deadline);
  if (!payload) co_return fail(std::move(payload).error());
  if (Status s = verify_blob(key, *payload, signature, what); !s) co_return s;
  co_return check_payload(*payload, digest, what);
}

}  // namespace

Awaitable<Status> verify_oci_signature(RegistryClient registry, std::string manifest_digest, std::string public_key_pem, Deadline deadline) {
  if (Status s = check_public_key(public_key_pem); !s) co_return s;
  const std::string where = "oci://" + registry.reference().host + "/" + registry.reference().repository;
  const std::string tag = "sha256-" + manifest_digest.substr(manifest_digest.find(':') + 1) + ".sig";
  auto manifest = co_await registry.manifest(tag, deadline);
  if (!manifest && manifest.error().is(Disposition::NotFound))
    co_return fail(Disposition::Invalid, where + "@" + manifest_digest + " is not signed, and a public key asks for it: there is no tag " + tag +
                                             " (cosign sign --key makes it; signatures as referrers are not read)");
  if (!manifest) co_return fail(std::move(manifest).error().in("looking for a signature"));
  auto layers = layers_of(*manifest, where + ":" + tag);
  if (!layers) co_return fail(std::move(layers).error());
  std::erase_if(*layers, [](const OciDescriptor& layer) { return layer.media_type != kPayloadType; });
  if (layers->size() > kMaxSignatures) co_return fail(Disposition::Invalid, where + ":" + tag + " has over " + std::to_string(kMaxSignatures) + " signatures");
  std::optional<Error> first;
  for (const OciDescriptor& layer : *layers) {
    Status verified = co_await verify_layer(registry, layer, manifest_digest, public_key_pem, deadline);
    if (verified || verified.error().is(Disposition::Canceled)) co_return verified;
    // What could not be looked at is no verdict: where no other signature is good, it is tried again.
    if (!first || (first->is(Disposition::Invalid) && !verified.error().is(Disposition::Invalid))) first = std::move(verified).error();
  }
  if (!first) co_return fail(Disposition::Invalid, where + ":" + tag + " has no signature of cosign's simple signing form");
  if (layers->size() == 1 || !first->is(Disposition::Invalid)) co_return fail(std::move(*first));
  co_return fail(std::move(*first).in("none of " + std::to_string(layers->size()) + " signatures is good; the first"));
}

}  // namespace slipway::providers
