#include "pkg/net/detail/tls_keeper.h"

#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/pki.h"

namespace slipway::net::detail {
namespace {

// client-go transport/ca_rotation.go counts these for files; ours for whatever the source is.
void count_reload(const char* result, const char* reason) {
  metrics::registry()
      .counter("rest_client_transport_ca_reload_total", "Number of times a CA reload is attempted, partitioned by the result and reason for the reload attempt",
               {{"result", result}, {"reason", reason}})
      .add();
}

}  // namespace

Result<TlsKeeper> TlsKeeper::make(TlsSource source, std::string whose) {
  TlsKeeper keeper;
  keeper.source_ = std::move(source);
  keeper.whose_ = std::move(whose);
  auto identity = keeper.source_();
  if (!identity) return fail(std::move(identity).error());
  if (auto adopted = keeper.adopt(std::move(*identity)); !adopted) return fail(std::move(adopted).error());
  return keeper;
}

Status TlsKeeper::adopt(TlsIdentity identity) {
  auto context = make_client_tls(identity.ca_pem, identity.cert_pem, identity.key_pem);
  if (!context) return fail(std::move(context).error());
  from_.reset();
  until_.reset();
  if (const auto validity = identity.cert_pem.empty() ? fail(Disposition::Invalid, "none") : validity_of(identity.cert_pem)) {
    from_ = validity->from;
    until_ = validity->until;
  }
  identity_ = std::move(identity);
  context_ = std::move(*context);
  return {};
}

TlsKeeper::Change TlsKeeper::look() {
  auto identity = source_();
  if (identity && *identity == identity_) {
    last_problem_.clear();
    return Change::None;
  }
  const bool other_login = identity && (identity->cert_pem != identity_.cert_pem || identity->key_pem != identity_.key_pem);
  const bool other_trust = identity && identity->ca_pem != identity_.ca_pem;
  Status adopted = identity ? adopt(std::move(*identity)) : Status(fail(std::move(identity).error()));
  if (adopted) {
    last_problem_.clear();
    if (other_trust) count_reload("success", "updated");
    log::info("TLS credentials changed", {{"server", whose_}, {"client_certificate", other_login}, {"ca", other_trust}});
    return other_login ? Change::Identity : Change::Trust;
  }
  count_reload("failure", "read_error");
  if (last_problem_ != adopted.error().message()) {
    last_problem_ = adopted.error().message();
    log::warn("TLS credentials cannot be read again; the last good ones stay in use", {{"server", whose_}, {"error", last_problem_}});
  }
  return Change::None;
}

std::string TlsKeeper::complaint(WallTime now) const {
  if (until_ && now > *until_) return "the client's certificate expired at " + to_rfc3339(*until_);
  if (from_ && now < *from_) return "the client's certificate is valid from " + to_rfc3339(*from_) + " on only";
  return {};
}

}  // namespace slipway::net::detail
