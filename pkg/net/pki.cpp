#include "pkg/net/pki.h"

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pkg/base/strings.h"

namespace slipway::net {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* p) const noexcept {
    kFree(p);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

std::unexpected<Error> broken(const std::string& what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return fail(Disposition::Invalid, reason == nullptr ? what : what + ": " + reason);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<std::string> pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) return broken("cannot write a private key");
  return text_of(bio.get());
}

Result<std::string> pem_of(X509* cert) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), cert) != 1) return broken("cannot write a certificate");
  return text_of(bio.get());
}

// Never asks a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<Key> read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) return broken("the CA's private key is no readable PEM");
  return key;
}

Result<Cert> read_cert(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Cert cert(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  if (!cert) return broken("the CA's certificate is no readable PEM");
  return cert;
}

Result<Key> new_key() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) return broken("cannot make an EC P-256 key");
  return key;
}

Status add_name(X509_NAME* name, const char* field, const std::string& value) {
  if (X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()), -1, 0) != 1)
    return broken("\"" + shorten(value, 80) + "\" cannot be the " + field + " of a certificate");
  return {};
}

Status add_extension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (!extension || X509_add_ext(cert, extension.get(), -1) != 1) return broken(std::string("cannot add certificate extension ") + OBJ_nid2sn(nid));
  return {};
}

// Subject alternative names are built as values, never as OpenSSL's little configuration language: a name with a comma stays one name.
Status add_alternative(GENERAL_NAMES* names, int type, const void* data, std::size_t size) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_STRING* value = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
  ASN1_STRING_set(value, data, static_cast<int>(size));
  GENERAL_NAME_set0_value(name, type, value);
  if (sk_GENERAL_NAME_push(names, name) > 0) return {};
  GENERAL_NAME_free(name);
  return broken("out of memory");
}

bool is_dns_name(std::string_view name) noexcept {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > 253 || name.starts_with('.') || name.starts_with('-')) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == std::string_view::npos;
}

Status add_alternatives(X509* cert, const CertificateRequest& request) {
  if (request.dns_names.empty() && request.ip_addresses.empty()) return {};
  const GeneralNames names(sk_GENERAL_NAME_new_null());
  for (const std::string& dns : request.dns_names) {
    if (!is_dns_name(dns)) return fail(Disposition::Invalid, "\"" + shorten(dns, 80) + "\" is no DNS name");
    if (auto added = add_alternative(names.get(), GEN_DNS, dns.data(), dns.size()); !added) return added;
  }
  for (const std::string& ip : request.ip_addresses) {
    const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> bytes(a2i_IPADDRESS(ip.c_str()));
    if (!bytes) return broken("\"" + shorten(ip, 80) + "\" is no IP address");
    const auto* data = ASN1_STRING_get0_data(bytes.get());
    if (auto added = add_alternative(names.get(), GEN_IPADD, data, static_cast<std::size_t>(ASN1_STRING_length(bytes.get()))); !added) return added;
  }
  if (X509_add1_ext_i2d(cert, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1) return broken("cannot add the alternative names");
  return {};
}

// Everything but names, extensions and signature.
Result<Cert> blank(EVP_PKEY* key, WallTime now, std::chrono::days validity) {
  if (validity <= std::chrono::days(0)) return fail(Disposition::Invalid, "a certificate must be valid for a day at least");
  Cert cert(X509_new());
  // RFC 5280, 4.1.2.2: positive, at most 20 octets; 127 random bits cannot collide in practice.
  const Number serial(BN_new());
  const auto seconds = [](WallTime t) { return static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count()); };
  const bool done = X509_set_version(cert.get(), X509_VERSION_3) == 1 && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(cert.get())) != nullptr &&
                    ASN1_TIME_set(X509_getm_notBefore(cert.get()), seconds(now - std::chrono::minutes(5))) != nullptr &&
                    ASN1_TIME_set(X509_getm_notAfter(cert.get()), seconds(now + validity)) != nullptr && X509_set_pubkey(cert.get(), key) == 1;
  if (!done) return broken("cannot make a certificate");
  return cert;
}

Result<KeyPair> sign(X509* cert, EVP_PKEY* key, EVP_PKEY* signer) {
  if (X509_sign(cert, signer, EVP_sha256()) == 0) return broken("cannot sign a certificate");
  auto cert_pem = pem_of(cert);
  if (!cert_pem) return fail(std::move(cert_pem).error());
  auto key_pem = pem_of(key);
  if (!key_pem) return fail(std::move(key_pem).error());
  return KeyPair{std::move(*cert_pem), std::move(*key_pem)};
}

struct ExtensionText {
  int nid;
  const char* value;
};

Status add_extensions(X509* cert, X509* issuer, std::initializer_list<ExtensionText> extensions) {
  for (const ExtensionText& extension : extensions)
    if (auto added = add_extension(cert, issuer, extension.nid, extension.value); !added) return added;
  return {};
}

}  // namespace

Result<KeyPair> make_ca(std::string common_name, WallTime now, std::chrono::days validity) {
  auto key = new_key();
  if (!key) return fail(std::move(key).error());
  auto cert = blank(key->get(), now, validity);
  if (!cert) return fail(std::move(cert).error());
  X509_NAME* name = X509_get_subject_name(cert->get());
  if (auto added = add_name(name, "CN", common_name); !added) return fail(std::move(added).error());
  X509_set_issuer_name(cert->get(), name);
  auto added = add_extensions(cert->get(), cert->get(),
                              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                               {NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature"},
                               {NID_subject_key_identifier, "hash"}});
  if (!added) return fail(std::move(added).error());
  return sign(cert->get(), key->get(), key->get());
}

Result<KeyPair> issue_certificate(const KeyPair& ca, const CertificateRequest& request) {
  if (!request.server_auth && !request.client_auth) return fail(Disposition::Invalid, "a certificate must be for servers, for clients or for both");
  auto ca_cert = read_cert(ca.cert_pem);
  if (!ca_cert) return fail(std::move(ca_cert).error());
  auto ca_key = read_key(ca.key_pem);
  if (!ca_key) return fail(std::move(ca_key).error());
  if (X509_check_private_key(ca_cert->get(), ca_key->get()) != 1) return broken("the CA's private key does not belong to its certificate");

  auto key = new_key();
  if (!key) return fail(std::move(key).error());
  auto cert = blank(key->get(), request.now, request.validity);
  if (!cert) return fail(std::move(cert).error());
  X509_NAME* name = X509_get_subject_name(cert->get());
  for (const std::string& organization : request.organizations)
    if (auto added = add_name(name, "O", organization); !added) return fail(std::move(added).error());
  if (auto added = add_name(name, "CN", request.common_name); !added) return fail(std::move(added).error());
  X509_set_issuer_name(cert->get(), X509_get_subject_name(ca_cert->get()));

  const char* uses = !request.client_auth ? "serverAuth" : !request.server_auth ? "clientAuth" : "serverAuth,clientAuth";
  auto added = add_extensions(cert->get(), ca_cert->get(),
                              {{NID_basic_constraints, "critical,CA:FALSE"},
                               {NID_key_usage, "critical,digitalSignature"},
                               {NID_ext_key_usage, uses},
                               {NID_subject_key_identifier, "hash"},
                               {NID_authority_key_identifier, "keyid:always"}});
  if (!added) return fail(std::move(added).error());
  if (auto names = add_alternatives(cert->get(), request); !names) return fail(std::move(names).error());
  return sign(cert->get(), key->get(), ca_key->get());
}

namespace {

std::optional<WallTime> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

Result<Validity> validity_of(const std::string& cert_pem) {
  auto cert = read_cert(cert_pem);
  if (!cert) return fail(std::move(cert).error());
  const auto from = time_of(X509_get0_notBefore(cert->get()));
  const auto until = time_of(X509_get0_notAfter(cert->get()));
  if (!from || !until) return fail(Disposition::Invalid, "a certificate's times cannot be read");
  return Validity{*from, *until};
}

Result<SigningKey> make_signing_key() {
  auto key = new_key();
  if (!key) return fail(std::move(key).error());
  auto private_pem = pem_of(key->get());
  if (!private_pem) return fail(std::move(private_pem).error());
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), key->get()) != 1) return broken("cannot write a public key");
  return SigningKey{text_of(bio.get()), std::move(*private_pem)};
}

}  // namespace slipway::net
