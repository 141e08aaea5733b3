// Certificates of our own making, for API servers on loopback: EC P-256, SHA-256. Thread: any.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::net {

struct KeyPair {
  std::string cert_pem;
  std::string key_pem;
};

// A self-signed CA, valid for ten years. Errors: Terminal (OpenSSL's reason).
[[nodiscard]] Result<KeyPair> make_ca(const std::string& common_name);

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  bool server = false;  // extended key usage: serverAuth, else clientAuth
};
// Signed by the CA, valid for one year. Errors: Invalid (broken CA PEM), Terminal.
[[nodiscard]] Result<KeyPair> issue_certificate(const KeyPair& ca, const CertificateRequest& request);

}  // namespace slipway::net
