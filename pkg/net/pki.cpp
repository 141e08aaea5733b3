#include "pkg/net/pki.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace slipway::net {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertPtr = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long kHour = 3600;
constexpr long kYear = 365 * 24 * kHour;

std::unexpected<Error> broken(std::string_view what) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return fail(Disposition::Terminal, std::string(what) + ": " + (reason == nullptr ? "OpenSSL gave no reason" : reason));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(n)};
}

KeyPair to_pem(X509* certificate, EVP_PKEY* key) {
  const BioPtr cert_bio(BIO_new(BIO_s_mem()), BIO_free);
  const BioPtr key_bio(BIO_new(BIO_s_secmem()), BIO_free);
  PEM_write_bio_X509(cert_bio.get(), certificate);
  PEM_write_bio_PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(cert_bio.get()), text_of(key_bio.get())};
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()), -1, 0);
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A certificate for the key with a random serial number; an hour in the past, since clocks differ.
CertPtr blank(EVP_PKEY* key, long seconds) {
  CertPtr certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

std::string alternative_names(const CertificateRequest& request) {
  std::string names;
  for (const std::string& dns : request.dns_names) names.append(names.empty() ? "" : ",").append("DNS:").append(dns);
  for (const std::string& ip : request.ip_addresses) names.append(names.empty() ? "" : ",").append("IP:").append(ip);
  return names;
}

}  // namespace

Result<KeyPair> make_ca(const std::string& common_name) {
  const KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (!key) return broken("making a CA key");
  const CertPtr certificate = blank(key.get(), 10 * kYear);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  add_name(name, "CN", common_name);
  X509_set_issuer_name(certificate.get(), name);
  const bool extended = add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE") &&
                        add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature") &&
                        add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  if (!extended || X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return broken("signing a CA certificate");
  return to_pem(certificate.get(), key.get());
}

Result<KeyPair> issue_certificate(const KeyPair& ca, const CertificateRequest& request) {
  const BioPtr cert_bio(BIO_new_mem_buf(ca.cert_pem.data(), static_cast<int>(ca.cert_pem.size())), BIO_free);
  const BioPtr key_bio(BIO_new_mem_buf(ca.key_pem.data(), static_cast<int>(ca.key_pem.size())), BIO_free);
  const CertPtr issuer(PEM_read_bio_X509(cert_bio.get(), nullptr, nullptr, nullptr), X509_free);
  const KeyPtr issuer_key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!issuer || !issuer_key) return fail(Disposition::Invalid, "the CA's PEM cannot be read");
  const KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (!key) return broken("making a key");
  const CertPtr certificate = blank(key.get(), kYear);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  for (const std::string& organization : request.organizations) add_name(name, "O", organization);
  add_name(name, "CN", request.common_name);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  bool extended = add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature") &&
                  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, request.server ? "serverAuth" : "clientAuth") &&
                  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  if (const std::string names = alternative_names(request); !names.empty())
    extended = extended && add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, names);
  if (!extended || X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) == 0) return broken("signing a certificate");
  return to_pem(certificate.get(), key.get());
}

}  // namespace slipway::net
