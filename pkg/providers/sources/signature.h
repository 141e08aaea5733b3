// Detached signatures, as `cosign sign-blob --key` and `openssl dgst -sha256 -sign` make them, checked with a public key that the user gives. No certificates,
// no transparency log: trust is the key. Pure; any thread.
//
// Keys (PEM, "BEGIN PUBLIC KEY"): EC P-256 and P-384 (ECDSA over SHA-256, ASN.1), RSA of 2048 to 8192 bits (over SHA-256; PKCS#1 v1.5, and where that does not
// match PSS), Ed25519 (over the bytes themselves).
#pragma once

#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

// For a spec's validation: is this a key that verify_blob takes? Errors: Invalid; what the text holds is never repeated.
[[nodiscard]] Status check_public_key(std::string_view public_key_pem);
// `what` names the signed file in messages. Errors: Invalid, saying whether the key, the signature's encoding or the match is at fault.
[[nodiscard]] Status verify_blob(std::string_view public_key_pem, std::string_view bytes, std::string_view signature_base64, std::string_view what);

}  // namespace slipway::providers
