// A small certificate authority: makes a CA, issues server and client certificates. EC P-256 keys, ECDSA with SHA-256, PEM in and out
// (PKCS#8 keys). For API servers that Slipway runs itself; it keeps no record of what it issued and revokes nothing.
// Thread: any; pure but for randomness. Certificates are valid from five minutes before `now`, so that clocks may differ a little.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::net {

struct KeyPair {
  std::string cert_pem;
  std::string key_pem;  // secret
};
struct SigningKey {
  std::string public_pem;
  std::string private_pem;  // secret
};

struct CertificateRequest {
  std::string common_name;                 // of a client: the user
  std::vector<std::string> organizations;  // of a client: its groups
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  bool server_auth = false;  // extended key usage: at least one
  bool client_auth = false;
  WallTime now = async::RealClock().wall();  // TLS libraries compare with the real time, whatever clock a test uses
  std::chrono::days validity{365};
};

// A self-signed CA that may sign leaf certificates only. Errors: Invalid (empty or too long name).
[[nodiscard]] Result<KeyPair> make_ca(std::string common_name, WallTime now = async::RealClock().wall(), std::chrono::days validity = std::chrono::days(3650));
// Errors: Invalid, naming what is wrong: the CA's PEM, a name, an address, or no use asked for.
[[nodiscard]] Result<KeyPair> issue_certificate(const KeyPair& ca, const CertificateRequest& request);
// When the first certificate of a PEM text begins and ceases to be valid. Errors: Invalid.
struct Validity {
  WallTime from;
  WallTime until;
};
[[nodiscard]] Result<Validity> validity_of(const std::string& cert_pem);
// A bare EC P-256 key pair, as the one that signs service account tokens.
[[nodiscard]] Result<SigningKey> make_signing_key();

}  // namespace slipway::net
