#include "pkg/net/detail/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace slipway::net {
namespace {

namespace asio = boost::asio;

constexpr long kSessionLife = 3600;                 // seconds; a certificate is verified at least so often
constexpr std::string_view kAlpn = "\x08http/1.1";  // never h2: this transport speaks HTTP/1.1 only

const unsigned char* alpn() noexcept { return reinterpret_cast<const unsigned char*>(kAlpn.data()); }

// Encrypted PEM is refused: the default would ask the terminal for a passphrase, and wait for it.
int no_passphrase(char*, int, int, void*) { return -1; }

int select_protocol(SSL*, const unsigned char** selected, unsigned char* length, const unsigned char* offered, unsigned offered_length, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, length, alpn(), static_cast<unsigned>(kAlpn.size()), offered, offered_length);
  *selected = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// A session of the server for later; TLS 1.3 sends them after the handshake, so they come with the first answer.
int context_index() noexcept {  // not the application data, which is Asio's
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* context = static_cast<TlsContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index()));
  context->session.reset(session);
  return 1;  // it is ours now
}

TlsContextPtr new_context(asio::ssl::context::method method) {
  auto out = std::make_shared<TlsContext>(method);
  SSL_CTX* native = out->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_timeout(native, kSessionLife);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
  return out;
}

std::string reason_of(const boost::system::error_code& ec) {
  ERR_clear_error();
  return ec.message();
}

Status use_identity(asio::ssl::context& context, const std::string& cert_pem, const std::string& key_pem, std::string_view whose) {
  boost::system::error_code ec;
  context.use_certificate_chain(asio::buffer(cert_pem), ec);
  if (ec) return fail(Disposition::Invalid, std::string(whose) + "'s certificate is no readable PEM certificate: " + reason_of(ec));
  context.use_private_key(asio::buffer(key_pem), asio::ssl::context::pem, ec);
  if (ec) return fail(Disposition::Invalid, std::string(whose) + "'s key is no readable PEM private key of its certificate: " + reason_of(ec));
  if (SSL_CTX_check_private_key(context.native_handle()) == 1) return {};
  ERR_clear_error();
  return fail(Disposition::Invalid, std::string(whose) + "'s key does not belong to its certificate");
}

// Every certificate of the bundle; `announce` also names them to clients, so that they can choose a certificate.
Status trust(asio::ssl::context& context, const std::string& pem, std::string_view what, bool announce) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  X509_STORE* store = SSL_CTX_get_cert_store(context.native_handle());
  int count = 0;
  for (;; ++count) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr), X509_free);
    if (!certificate) break;
    X509_STORE_add_cert(store, certificate.get());
    if (announce) SSL_CTX_add_client_CA(context.native_handle(), certificate.get());
  }
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  if (count == 0) return fail(Disposition::Invalid, std::string(what) + " holds no PEM certificate");
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return fail(Disposition::Invalid, std::string(what) + " has a broken certificate after the first " + std::to_string(count));
  return {};
}

}  // namespace

Result<TlsContextPtr> make_client_tls(const std::string& ca_pem, const std::string& cert_pem, const std::string& key_pem) {
  auto out = new_context(asio::ssl::context::tls_client);
  SSL_CTX_set_session_cache_mode(out->context.native_handle(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_ex_data(out->context.native_handle(), context_index(), out.get());
  SSL_CTX_sess_set_new_cb(out->context.native_handle(), keep_session);
  SSL_CTX_set_alpn_protos(out->context.native_handle(), alpn(), static_cast<unsigned>(kAlpn.size()));
  out->context.set_verify_mode(asio::ssl::verify_peer);
  if (ca_pem.empty()) {
    boost::system::error_code ec;
    out->context.set_default_verify_paths(ec);
    if (ec) return fail(Disposition::Invalid, "the system's certificate authorities cannot be read: " + reason_of(ec));
  } else if (auto trusted = trust(out->context, ca_pem, "the CA bundle", false); !trusted) {
    return fail(std::move(trusted).error());
  }
  if (cert_pem.empty() != key_pem.empty()) return fail(Disposition::Invalid, "a client certificate and its key are given together or not at all");
  if (!cert_pem.empty())
    if (auto used = use_identity(out->context, cert_pem, key_pem, "the client"); !used) return fail(std::move(used).error());
  return out;
}

Result<TlsContextPtr> make_server_tls(const std::string& cert_pem, const std::string& key_pem, const std::string& client_ca_pem) {
  auto out = new_context(asio::ssl::context::tls_server);
  SSL_CTX_set_alpn_select_cb(out->context.native_handle(), select_protocol, nullptr);
  // Tickets without a cache: the client holds its session, sealed with a key of this context, so a new certificate or CA ends them all.
  SSL_CTX_set_session_cache_mode(out->context.native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(out->context.native_handle(), 1);
  constexpr unsigned char kSessionContext[] = "slipway";  // OpenSSL wants one where client certificates are verified
  SSL_CTX_set_session_id_context(out->context.native_handle(), kSessionContext, sizeof kSessionContext);
  if (auto used = use_identity(out->context, cert_pem, key_pem, "the server"); !used) return fail(std::move(used).error());
  if (client_ca_pem.empty()) return out;
  if (auto trusted = trust(out->context, client_ca_pem, "the client CA", true); !trusted) return fail(std::move(trusted).error());
  out->context.set_verify_mode(asio::ssl::verify_peer);  // asked for, not required
  return out;
}

}  // namespace slipway::net
