#include "pkg/net/tls.h"

#include <array>
#include <ctime>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pkg/async/task_group.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/detail/tls_context.h"
#include "pkg/net/tcp.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Stream = asio::ssl::stream<tcp::socket>;

constexpr std::size_t kMaxDiscard = 256UL << 10U;  // what finish() reads and drops before it gives up on a peer's end

std::string text_of(const ASN1_STRING* value) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, value);
  if (size < 0) return {};
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return text;
}

std::vector<std::string> names_of(const X509* certificate, int nid) {
  std::vector<std::string> out;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = X509_NAME_get_index_by_NID(subject, nid, -1); at >= 0; at = X509_NAME_get_index_by_NID(subject, nid, at))
    out.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return out;
}

// The names that a server's certificate is for, as a person needs them who wrote the wrong host into a kubeconfig.
std::string alternatives_of(const X509* certificate) {
  std::string out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    std::string text;
    if (name->type == GEN_DNS) text = text_of(name->d.dNSName);
    if (name->type == GEN_IPADD) {
      const auto* bytes = ASN1_STRING_get0_data(name->d.iPAddress);
      const int size = ASN1_STRING_length(name->d.iPAddress);
      asio::ip::address_v4::bytes_type v4{};
      asio::ip::address_v6::bytes_type v6{};
      if (size == 4) std::copy_n(bytes, 4, v4.begin()), text = asio::ip::address_v4(v4).to_string();
      if (size == 16) std::copy_n(bytes, 16, v6.begin()), text = asio::ip::address_v6(v6).to_string();
    }
    if (!text.empty()) out.append(out.empty() ? "" : ", ").append(text);
  }
  GENERAL_NAMES_free(names);
  return out.empty() ? "no name at all" : out;
}

// Host name verification that keeps the reason of a refusal: OpenSSL's error code says only "certificate verify failed".
struct CheckServer {
  CheckServer(const std::string& name, std::shared_ptr<std::string> why) : verification(name), host(name), reason(std::move(why)) {}
  bool operator()(bool chain_is_good, asio::ssl::verify_context& context) const {
    X509_STORE_CTX* store = context.native_handle();
    const X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (!chain_is_good) {
      *reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
      return false;
    }
    if (verification(true, context)) return true;
    *reason = "it is for " + alternatives_of(certificate) + ", not for " + host;
    return false;
  }
  asio::ssl::host_name_verification verification;
  std::string host;
  std::shared_ptr<std::string> reason;
};

Error tls_error(const boost::system::error_code& ec, std::string_view what) {
  if (ec == asio::ssl::error::stream_truncated) return Error(Disposition::Transient, std::string(what) + ": the TLS connection was cut");
  return io_error(ec, what);
}

Peer peer_of(Stream& stream, std::string address) {
  Peer peer;
  peer.address = std::move(address);
  SSL* ssl = stream.native_handle();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), X509_free);
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return peer;
  const auto names = names_of(certificate.get(), NID_commonName);
  if (!names.empty()) peer.certificate_cn = names.back();  // as Go's pkix.Name: the last one counts
  peer.certificate_o = names_of(certificate.get(), NID_organizationName);
  return peer;
}

// Operations hold the inner stream, which Asio's operations refer to: whoever drops the outer one closes the socket, and they end.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::shared_ptr<Stream> stream, TlsContextPtr context, Peer peer)
      : stream_(std::move(stream)), context_(std::move(context)), peer_(std::move(peer)) {}
  ~TlsStream() override { TlsStream::close(); }
  Awaitable<Result<std::size_t>> read(std::span<char> into) override { return read_some(stream_, into); }
  Awaitable<Status> write(std::string bytes) override { return write_all(stream_, std::move(bytes)); }
  Awaitable<void> finish() override { return say_goodbye(stream_); }
  // Without the closing alert: sending it can hang, and no message of ours ends with the connection unless finish() came before.
  void close() noexcept override {
    SSL_set_shutdown(stream_->native_handle(), SSL_SENT_SHUTDOWN);  // else OpenSSL takes its session for a bad one, not to be resumed
    boost::system::error_code ignored;
    stream_->next_layer().close(ignored);
  }
  [[nodiscard]] bool usable() noexcept override { return socket_usable(stream_->next_layer()); }
  [[nodiscard]] Peer peer() const override { return peer_; }

 private:
  static Awaitable<Result<std::size_t>> read_some(std::shared_ptr<Stream> stream, std::span<char> into) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "reading: stopped");
    ERR_clear_error();
    const auto [ec, n] = co_await stream->async_read_some(asio::buffer(into.data(), into.size()), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::eof) co_return std::size_t{0};
    if (ec) co_return fail(tls_error(ec, "reading"));
    co_return n;
  }
  static Awaitable<Status> write_all(std::shared_ptr<Stream> stream, std::string bytes) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "writing: stopped");
    ERR_clear_error();
    const auto [ec, n] = co_await asio::async_write(*stream, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    static_cast<void>(n);
    if (ec) co_return fail(tls_error(ec, "writing"));
    co_return Status{};
  }
  static Awaitable<void> say_goodbye(std::shared_ptr<Stream> stream) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    ERR_clear_error();
    const auto said = co_await stream->async_shutdown(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(said);
    co_await discard_until_end(&stream->next_layer(), kMaxDiscard);
  }

  std::shared_ptr<Stream> stream_;
  TlsContextPtr context_;
  Peer peer_;
};

// A stream that keeps its context: a session that arrives is put there, whoever has dropped what meanwhile.
std::shared_ptr<Stream> make_stream(tcp::socket socket, TlsContextPtr context) {
  struct Held {
    Held(tcp::socket s, TlsContextPtr c) : context(std::move(c)), stream(std::move(s), context->context) {}
    TlsContextPtr context;
    Stream stream;
  };
  const auto held = std::make_shared<Held>(std::move(socket), std::move(context));
  return {held, &held->stream};
}

std::string refusal(const boost::system::error_code& ec, SSL* ssl, const std::string& reason) {
  if (!reason.empty()) return "the server's certificate is refused: " + reason;
  if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK)
    return std::string("the peer's certificate is refused: ") + X509_verify_cert_error_string(verified);
  if (ec == asio::ssl::error::stream_truncated || ec == asio::error::eof) return "the peer closed the connection";
  return ec.message();
}

void count_handshake(bool resumed) {
  metrics::registry()
      .counter("slipway_tls_client_handshakes_total", "TLS handshakes with servers, by whether they resumed a session.",
               {{"resumed", resumed ? "true" : "false"}})
      .add();
}

Awaitable<Result<ByteStreamPtr>> handshake(std::shared_ptr<Stream> stream, TlsContextPtr context, asio::ssl::stream_base::handshake_type type,
                                           async::Clock* clock, Deadline deadline, std::string what, std::shared_ptr<std::string> reason) {
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, what + ": stopped");
  std::string address = address_of(stream->next_layer());
  bool expired = false;
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock->schedule(stream->get_executor(), deadline.at, [&expired, raw = stream.get()] {
      expired = true;
      boost::system::error_code ignored;
      raw->next_layer().close(ignored);
    });
  ERR_clear_error();
  const auto [ec] = co_await stream->async_handshake(type, asio::as_tuple(asio::use_awaitable));
  if (expired) co_return fail(Disposition::Timeout, what + ": no answer in time");
  if (ec == asio::error::operation_aborted) co_return fail(io_error(ec, what));
  if (ec) co_return fail(Disposition::Transient, what + ": " + refusal(ec, stream->native_handle(), *reason));
  if (type == asio::ssl::stream_base::client) count_handshake(SSL_session_reused(stream->native_handle()) == 1);
  Peer peer = peer_of(*stream, std::move(address));
  ByteStreamPtr out = std::make_shared<TlsStream>(std::move(stream), std::move(context), std::move(peer));
  co_return out;
}

}  // namespace

Awaitable<Result<ByteStreamPtr>> tls_client_handshake(tcp::socket socket, TlsContextPtr context, std::string server_name, async::Clock* clock,
                                                      Deadline deadline) {
  std::string what = "TLS handshake with " + server_name + " at " + address_of(socket);
  const std::shared_ptr<Stream> stream = make_stream(std::move(socket), context);
  boost::system::error_code no_literal;
  static_cast<void>(asio::ip::make_address(server_name, no_literal));
  if (no_literal) SSL_set_tlsext_host_name(stream->native_handle(), server_name.c_str());  // RFC 6066, 3: names only, no addresses
  const auto reason = std::make_shared<std::string>();
  stream->set_verify_mode(asio::ssl::verify_peer);
  stream->set_verify_callback(CheckServer(server_name, reason));
  if (context->session && SSL_SESSION_get_time(context->session.get()) + SSL_SESSION_get_timeout(context->session.get()) > std::time(nullptr))
    SSL_set_session(stream->native_handle(), context->session.get());
  context->session.reset();  // good for one connection
  co_return co_await handshake(stream, std::move(context), asio::ssl::stream_base::client, clock, deadline, std::move(what), reason);
}

Awaitable<Result<ByteStreamPtr>> tls_server_handshake(tcp::socket socket, TlsContextPtr context, async::Clock* clock, Deadline deadline) {
  std::string what = "TLS handshake with " + address_of(socket);
  const std::shared_ptr<Stream> stream = make_stream(std::move(socket), context);
  const auto reason = std::make_shared<std::string>();
  co_return co_await handshake(stream, std::move(context), asio::ssl::stream_base::server, clock, deadline, std::move(what), reason);
}

}  // namespace slipway::net
