#include "pkg/net/tls.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pkg/async/task_group.h"
#include "pkg/net/tcp.h"

namespace slipway::net {
namespace asio = boost::asio;
using asio::ip::tcp;

class TlsContext {
 public:
  explicit TlsContext(asio::ssl::context::method method) : context(method) {}
  asio::ssl::context context;
};

namespace {

constexpr std::string_view kAlpn = "\x08http/1.1";  // never h2: this transport speaks HTTP/1.1 only

using Stream = asio::ssl::stream<tcp::socket>;

std::string tls_reason(const boost::system::error_code& ec, SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) return std::string("the peer's certificate was refused: ") + X509_verify_cert_error_string(verified);
  return ec.message();
}

Error tls_error(const boost::system::error_code& ec, std::string_view what, SSL* ssl) {
  if (ec == asio::error::operation_aborted) return io_error(ec, what);
  return Error(Disposition::Transient, std::string(what) + ": " + tls_reason(ec, ssl));
}

Peer peer_of(Stream& stream, const std::string& address) {
  Peer peer;
  peer.address = address;
  X509* certificate = SSL_get1_peer_certificate(stream.native_handle());
  if (certificate == nullptr) return peer;
  if (SSL_get_verify_result(stream.native_handle()) == X509_V_OK) {
    const X509_NAME* name = X509_get_subject_name(certificate);
    const auto text = [&](int index) {
      const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
      return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<std::size_t>(ASN1_STRING_length(value)));
    };
    if (const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1); at >= 0) peer.certificate_cn = text(at);
    for (int at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1); at >= 0; at = X509_NAME_get_index_by_NID(name, NID_organizationName, at))
      peer.certificate_o.push_back(text(at));
  }
  X509_free(certificate);
  return peer;
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(std::shared_ptr<Stream> stream, TlsContextPtr context, Peer peer)
      : stream_(std::move(stream)), context_(std::move(context)), peer_(std::move(peer)) {}
  ~TlsStream() override { close(); }
  Awaitable<Result<std::size_t>> read(std::span<char> into) override { return read_some(stream_, into); }
  Awaitable<Status> write(std::string bytes) override { return write_all(stream_, std::move(bytes)); }
  // No close_notify: it can hang, and nothing here takes the end of a connection for the end of a message.
  void close() noexcept override {
    boost::system::error_code ignored;
    stream_->lowest_layer().close(ignored);
  }
  [[nodiscard]] bool usable() noexcept override { return socket_usable(stream_->next_layer()); }
  [[nodiscard]] Peer peer() const override { return peer_; }

 private:
  static Awaitable<Result<std::size_t>> read_some(std::shared_ptr<Stream> stream, std::span<char> into) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "reading: stopped");
    const auto [ec, n] = co_await stream->async_read_some(asio::buffer(into.data(), into.size()), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated) co_return std::size_t{0};
    if (ec) co_return fail(tls_error(ec, "reading", stream->native_handle()));
    co_return n;
  }
  static Awaitable<Status> write_all(std::shared_ptr<Stream> stream, std::string bytes) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "writing: stopped");
    const auto [ec, n] = co_await asio::async_write(*stream, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    static_cast<void>(n);
    if (ec) co_return fail(tls_error(ec, "writing", stream->native_handle()));
    co_return Status{};
  }

  std::shared_ptr<Stream> stream_;
  TlsContextPtr context_;
  Peer peer_;
};

Status use_identity(asio::ssl::context& context, const std::string& cert_pem, const std::string& key_pem, std::string_view whose) {
  boost::system::error_code ec;
  context.use_certificate_chain(asio::buffer(cert_pem), ec);
  if (ec) return fail(Disposition::Invalid, std::string(whose) + " certificate is no PEM certificate: " + ec.message());
  context.use_private_key(asio::buffer(key_pem), asio::ssl::context::pem, ec);
  if (ec) return fail(Disposition::Invalid, std::string(whose) + " key is no PEM private key of its certificate: " + ec.message());
  return {};
}

// Every certificate of the bundle; add_certificate_authority() would stop at the first.
Status trust(asio::ssl::context& context, const std::string& pem, std::string_view what) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  X509_STORE* store = SSL_CTX_get_cert_store(context.native_handle());
  int count = 0;
  for (;; ++count) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    X509_STORE_add_cert(store, certificate.get());
  }
  ERR_clear_error();
  if (count == 0) return fail(Disposition::Invalid, std::string(what) + " holds no PEM certificate");
  return {};
}

Result<ByteStreamPtr> finish(const std::shared_ptr<Stream>& stream, const TlsContextPtr& context, const boost::system::error_code& ec, bool expired,
                             const std::string& what, const std::string& address) {
  if (expired) return fail(Disposition::Timeout, what + ": the deadline passed");
  if (ec) return fail(tls_error(ec, what, stream->native_handle()));
  return std::make_shared<TlsStream>(stream, context, peer_of(*stream, address));
}

Awaitable<Result<ByteStreamPtr>> handshake(std::shared_ptr<Stream> stream, TlsContextPtr context, asio::ssl::stream_base::handshake_type type,
                                           async::Clock* clock, Deadline deadline, std::string what) {
  const std::string address = address_of(stream->next_layer());
  const auto expired = std::make_shared<bool>(false);
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock->schedule(stream->get_executor(), deadline.at, [expired, weak = std::weak_ptr<Stream>(stream)] {
      *expired = true;
      boost::system::error_code ignored;
      if (const auto alive = weak.lock()) alive->lowest_layer().close(ignored);
    });
  ERR_clear_error();
  const auto [ec] = co_await stream->async_handshake(type, asio::as_tuple(asio::use_awaitable));
  co_return finish(stream, context, ec, *expired, what, address);
}

}  // namespace

Result<TlsContextPtr> make_client_tls(const std::string& ca_pem, const std::string& cert_pem, const std::string& key_pem) {
  auto out = std::make_shared<TlsContext>(asio::ssl::context::tls_client);
  SSL_CTX* native = out->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_alpn_protos(native, reinterpret_cast<const unsigned char*>(kAlpn.data()), static_cast<unsigned>(kAlpn.size()));
  out->context.set_verify_mode(asio::ssl::verify_peer);
  if (ca_pem.empty()) {
    boost::system::error_code ec;
    out->context.set_default_verify_paths(ec);
  } else if (auto trusted = trust(out->context, ca_pem, "the CA bundle"); !trusted) {
    return fail(std::move(trusted).error());
  }
  if (!cert_pem.empty())
    if (auto used = use_identity(out->context, cert_pem, key_pem, "the client"); !used) return fail(std::move(used).error());
  return out;
}

Result<TlsContextPtr> make_server_tls(const std::string& cert_pem, const std::string& key_pem, const std::string& client_ca_pem) {
  auto out = std::make_shared<TlsContext>(asio::ssl::context::tls_server);
  SSL_CTX* native = out->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(
      native,
      [](SSL*, const unsigned char** selected, unsigned char* length, const unsigned char* offered, unsigned offered_length, void*) {
        unsigned char* chosen = nullptr;
        const int found = SSL_select_next_proto(&chosen, length, reinterpret_cast<const unsigned char*>(kAlpn.data()), static_cast<unsigned>(kAlpn.size()),
                                                offered, offered_length);
        *selected = chosen;
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
      },
      nullptr);
  static constexpr std::string_view kSession = "slipway";
  SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(kSession.data()), static_cast<unsigned>(kSession.size()));
  if (auto used = use_identity(out->context, cert_pem, key_pem, "the server"); !used) return fail(std::move(used).error());
  if (!client_ca_pem.empty()) {
    if (auto trusted = trust(out->context, client_ca_pem, "the client CA"); !trusted) return fail(std::move(trusted).error());
    out->context.set_verify_mode(asio::ssl::verify_peer);
  }
  return out;
}

Awaitable<Result<ByteStreamPtr>> tls_client_handshake(tcp::socket socket, TlsContextPtr context, std::string server_name, async::Clock* clock,
                                                      Deadline deadline) {
  const std::string what = "TLS handshake with " + server_name + " at " + address_of(socket);
  auto stream = std::make_shared<Stream>(std::move(socket), context->context);
  boost::system::error_code literal;
  static_cast<void>(asio::ip::make_address(server_name, literal));
  if (literal) SSL_set_tlsext_host_name(stream->native_handle(), server_name.c_str());  // RFC 6066: names only, no addresses
  stream->set_verify_callback(asio::ssl::host_name_verification(server_name));
  co_return co_await handshake(std::move(stream), std::move(context), asio::ssl::stream_base::client, clock, deadline, what);
}

Awaitable<Result<ByteStreamPtr>> tls_server_handshake(tcp::socket socket, TlsContextPtr context, async::Clock* clock, Deadline deadline) {
  const std::string what = "TLS handshake with " + address_of(socket);
  auto stream = std::make_shared<Stream>(std::move(socket), context->context);
  co_return co_await handshake(std::move(stream), std::move(context), asio::ssl::stream_base::server, clock, deadline, what);
}

}  // namespace slipway::net
