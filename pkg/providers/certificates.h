// Webhook certificates without cert-manager: what components ask cert-manager for (Issuers, Certificates, annotations that ask for a CA) is taken out of them,
// and told as what Slipway has to issue itself, in the same Secrets, so that the managers notice no difference.
//
// Every issue makes a CA of its own, which signs one certificate; its key is dropped at once, so nobody can sign with it again. ca.crt holds that CA and the
// one before it: who still serves the earlier certificate is trusted until it has read the Secret again. Pure but for randomness; any thread.
#pragma once

#include <string_view>

#include "pkg/base/time.h"
#include "pkg/providers/providers.h"

namespace slipway::providers {

// In place of cert-manager.io/inject-ca-from, so that an injector that is there does not write what we own.
inline constexpr std::string_view kOwnInjectAnnotation = "slipway.dev/inject-ca-from";

// The set without what only cert-manager understands; `certificates` tells what to issue. Errors: Invalid, naming object and fix, where a certificate is asked
// for that a self-signed issuer of the set would not give: another issuer, a CA, client certificates, keystores, a CA from elsewhere.
[[nodiscard]] Result<Components> without_cert_manager(Components components);

// When the Secret is to be issued again: two thirds into the life of its certificate (WallTime{}: at once, where it is absent or not as this asks for it).
[[nodiscard]] WallTime renewal_of(const ServingCertificate& wanted, const kube::Object* secret);
// The Secret with a new certificate, as it is applied; the CA of `before` (null: none) stays trusted. It holds a private key. Errors: Invalid, a name.
[[nodiscard]] Result<kube::Object> issue(const ServingCertificate& wanted, const kube::Object* before, WallTime now);

// The Certificate whose CA the object asks for; empty where it asks for none of ours.
[[nodiscard]] std::string_view asks_ca_of(const kube::Object& object);
// `ca` (base64 of PEM) in every webhook and conversion webhook of the object, which then has another intent hash. Of a definition that is only compared, the
// schemas may be left out.
enum class Schemas : std::uint8_t { Keep, LeaveOut };
[[nodiscard]] kube::Object with_ca(const kube::Object& object, std::string_view ca, Schemas schemas = Schemas::Keep);

}  // namespace slipway::providers
