// Signatures of OCI artifacts as `cosign sign --key` keeps them in the registry: beside the artifact with manifest digest sha256:H, a manifest with the tag
// `sha256-H.sig`, whose layers are payloads (simple signing: JSON that names the digest) with the signature in an annotation. Trust is the given key: no
// certificates, no transparency log. Thread, cancellation, deadline: registry_client.h.
#pragma once

#include <string>

#include "pkg/providers/sources/registry_client.h"

namespace slipway::providers {

// One signature that matches is enough. Errors: Invalid (no signature, none that the key's owner made, one of another artifact), as RegistryClient's.
[[nodiscard]] Awaitable<Status> verify_oci_signature(RegistryClient registry, std::string manifest_digest, std::string public_key_pem, Deadline deadline);

}  // namespace slipway::providers
