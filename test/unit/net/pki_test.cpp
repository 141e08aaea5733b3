#include "pkg/net/pki.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace slipway::net {
namespace {

using Cert = std::unique_ptr<X509, decltype(&X509_free)>;

Cert read(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

// OpenSSL's verdict on a leaf for a purpose at a time.
int verify(const std::string& ca, const std::string& leaf, int purpose, WallTime at) {
  const Cert root = read(ca);
  const Cert cert = read(leaf);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), cert.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_time(context.get(), 0, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

CertificateRequest for_server() {
  CertificateRequest request;
  request.common_name = "kube-apiserver";
  request.dns_names = {"localhost", "kubernetes.default.svc", "*.example.com"};
  request.ip_addresses = {"127.0.0.1", "fd00::1"};
  request.server_auth = true;
  return request;
}

}  // namespace

TEST_CASE("an issued server certificate verifies for its names and purpose, strictly", "[net]") {
  const KeyPair ca = make_ca("test CA").value();
  const CertificateRequest request = for_server();
  const KeyPair server = issue_certificate(ca, request).value();
  CHECK(verify(ca.cert_pem, server.cert_pem, X509_PURPOSE_SSL_SERVER, request.now) == X509_V_OK);
  CHECK(verify(ca.cert_pem, server.cert_pem, X509_PURPOSE_SSL_CLIENT, request.now) != X509_V_OK);
  const Cert cert = read(server.cert_pem);
  CHECK(X509_check_host(cert.get(), "localhost", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(cert.get(), "a.example.com", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(cert.get(), "kube-apiserver.", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(cert.get(), "127.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(cert.get(), "fd00::1", 0) == 1);
  CHECK(X509_check_ip_asc(cert.get(), "127.0.0.2", 0) == 0);
  CHECK(server.key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
}

TEST_CASE("certificates are valid from five minutes ago until their day", "[net]") {
  const KeyPair ca = make_ca("test CA").value();
  CertificateRequest request = for_server();
  request.validity = std::chrono::days(30);
  const KeyPair server = issue_certificate(ca, request).value();
  const auto at = [&](std::chrono::minutes offset) { return verify(ca.cert_pem, server.cert_pem, X509_PURPOSE_SSL_SERVER, request.now + offset); };
  CHECK(at(std::chrono::minutes(-4)) == X509_V_OK);
  CHECK(at(std::chrono::days(29)) == X509_V_OK);
  CHECK(at(std::chrono::minutes(-6)) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(at(std::chrono::days(31)) == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("a leaf cannot sign, another CA of the same name does not verify it, and serial numbers differ", "[net]") {
  const KeyPair ca = make_ca("test CA").value();
  const KeyPair twin = make_ca("test CA").value();
  const CertificateRequest request = for_server();
  const KeyPair server = issue_certificate(ca, request).value();
  CHECK(verify(twin.cert_pem, server.cert_pem, X509_PURPOSE_SSL_SERVER, request.now) != X509_V_OK);
  const KeyPair forged = issue_certificate(server, request).value();
  CHECK(verify(ca.cert_pem, forged.cert_pem, X509_PURPOSE_SSL_SERVER, request.now) != X509_V_OK);
  const KeyPair second = issue_certificate(ca, request).value();
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(read(server.cert_pem).get()), X509_get0_serialNumber(read(second.cert_pem).get())) != 0);
}

TEST_CASE("requests that cannot be certified are refused with what is wrong", "[net]") {
  const KeyPair ca = make_ca("test CA").value();
  const auto message_of = [&](auto change) {
    CertificateRequest request = for_server();
    change(request);
    const auto made = issue_certificate(ca, request);
    return made ? std::string("accepted") : made.error().message();
  };
  CHECK(message_of([](auto& r) { r.server_auth = false; }).find("for servers") != std::string::npos);
  CHECK(message_of([](auto& r) { r.ip_addresses = {"1.2.3"}; }).find("\"1.2.3\" is no IP address") != std::string::npos);
  CHECK(message_of([](auto& r) { r.dns_names = {"a,IP:10.0.0.1"}; }).find("is no DNS name") != std::string::npos);
  CHECK(message_of([](auto& r) { r.dns_names = {std::string("a\0b", 3)}; }).find("is no DNS name") != std::string::npos);
  CHECK(message_of([](auto& r) { r.common_name = std::string(100, 'x'); }).find("CN") != std::string::npos);
  CHECK(message_of([](auto& r) { r.validity = std::chrono::days(0); }).find("valid") != std::string::npos);
  CHECK_FALSE(make_ca(""));
  KeyPair mixed = ca;
  mixed.key_pem = make_ca("other").value().key_pem;
  CHECK_FALSE(issue_certificate(mixed, for_server()));
  mixed.key_pem = "nonsense";
  CHECK_FALSE(issue_certificate(mixed, for_server()));
  mixed.cert_pem = "nonsense";
  CHECK_FALSE(issue_certificate(mixed, for_server()));
}

TEST_CASE("a signing key comes as public and private PEM", "[net]") {
  const SigningKey key = make_signing_key().value();
  CHECK(key.public_pem.starts_with("-----BEGIN PUBLIC KEY-----"));
  CHECK(key.private_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  CHECK(make_signing_key().value().public_pem != key.public_pem);
}

}  // namespace slipway::net
