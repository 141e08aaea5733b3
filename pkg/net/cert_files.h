// A server's certificate that stands in files and is replaced under it: by cert-manager through the kubelet, which swaps a symbolic link for all files at once,
// or by hand, one file after the other.
//
// Rules (controller-runtime pkg/certwatcher): inotify on the folders, and a look every 10 s whatever it says; a pair that cannot be read or does not fit
// together leaves the old one in use; connections that are open keep theirs. Metrics: certwatcher_read_certificate_total and ..._errors_total.
#pragma once

#include <functional>
#include <string>

#include "pkg/net/tls.h"

namespace slipway::net {

struct CertFiles {
  std::string cert_file;  // a chain, PEM
  std::string key_file;
  std::string client_ca_pem;
};
struct CertPair {
  std::string cert_pem;
  std::string key_pem;  // secret
  friend bool operator==(const CertPair&, const CertPair&) = default;
};
// Errors: Invalid, naming the file, never its content.
[[nodiscard]] Result<CertPair> read_pair(const CertFiles& files);
// Until cancelled; `changed` gets the context of each new pair. `current` is the one in use.
Awaitable<void> watch_pair(async::Executor executor, async::Clock* clock, CertFiles files, CertPair current, std::function<void(TlsContextPtr)> changed);

}  // namespace slipway::net
