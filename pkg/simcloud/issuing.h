// What a selfSigned issuer of cert-manager gives a Certificate: a key pair for its names, signed by a CA of its own. Real keys and signatures, because real API
// servers verify with them; a millisecond or two each, so that no CA need be kept. Pure but for randomness; any thread.
#pragma once

#include <string>

#include "pkg/kube/types.h"
#include "pkg/net/pki.h"

namespace slipway::simcloud {

struct Issued {
  std::string ca_pem;
  net::KeyPair pair;  // of a Certificate with isCA: the CA itself
};
// Names from spec.dnsNames and spec.ipAddresses; for servers, and for clients where spec.usages says so. Errors: Invalid, naming what cannot be certified.
[[nodiscard]] Result<Issued> issue(const kube::Object& certificate);

}  // namespace slipway::simcloud
