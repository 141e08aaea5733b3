#include "pkg/providers/sources/signature.h"

#include <array>
#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pkg/base/strings.h"

namespace slipway::providers {
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
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

constexpr std::size_t kMaxPem = 64UL << 10U;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // verification time grows with the square

// OpenSSL's queue of errors belongs to the thread: what we leave there would explain somebody else's failure.
struct ClearErrors {
  ~ClearErrors() { ERR_clear_error(); }
};

std::unexpected<Error> bad_key(std::string_view why) { return fail(Disposition::Invalid, "the public key " + std::string(why)); }

Status look_at_pem(std::string_view pem) {
  if (trim(pem).empty()) return bad_key("is empty: give it as PEM, from -----BEGIN PUBLIC KEY----- on");
  if (pem.size() > kMaxPem) return bad_key("is longer than 64 KiB");
  if (pem.contains("PRIVATE KEY-----"))
    return bad_key("is a private key: keep that one secret, and give its public half (openssl pkey -in KEY -pubout, or cosign's .pub file)");
  if (pem.contains("BEGIN CERTIFICATE-----")) return bad_key("is a certificate: give the key that it certifies (openssl x509 -in CERTIFICATE -noout -pubkey)");
  const auto first = pem.find("-----BEGIN PUBLIC KEY-----");
  if (first == std::string_view::npos) return bad_key("is no PEM public key: it must hold -----BEGIN PUBLIC KEY-----");
  if (pem.find("-----BEGIN", first + 1) != std::string_view::npos) return bad_key("is more than one: give exactly one");
  return {};
}

Status check_kind(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519: return {};
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits >= kMinRsaBits && bits <= kMaxRsaBits) return {};
      return bad_key("is RSA of " + std::to_string(bits) + " bits: 2048 to 8192 are accepted");
    }
    case EVP_PKEY_EC: {
      std::array<char, 64> curve{};
      std::size_t length = 0;
      if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size(), &length) != 1) return bad_key("has no named curve");
      const std::string_view name(curve.data(), length);
      if (name == "prime256v1" || name == "secp384r1") return {};
      return bad_key("is on curve " + std::string(name) + ": P-256 and P-384 are accepted");
    }
    default: return bad_key("is of a kind that is not accepted: EC P-256 or P-384, RSA and Ed25519 are");
  }
}

Result<Key> read_key(std::string_view pem) {
  if (Status looked = look_at_pem(pem); !looked) return fail(std::move(looked).error());
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) return bad_key("is damaged: what stands between its BEGIN and END lines is no key");
  if (Status checked = check_kind(key.get()); !checked) return fail(std::move(checked).error());
  return key;
}

bool matches(EVP_PKEY* key, std::string_view bytes, std::string_view signature, int rsa_padding) {
  const Digest context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const EVP_MD* hash = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, hash, nullptr, key) != 1) return false;
  if (rsa_padding != 0 && EVP_PKEY_CTX_set_rsa_padding(parameters, rsa_padding) != 1) return false;
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
}

}  // namespace

Status check_public_key(std::string_view public_key_pem) {
  const ClearErrors clear;
  const auto key = read_key(public_key_pem);
  if (!key) return fail(key.error());
  return {};
}

Status verify_blob(std::string_view public_key_pem, std::string_view bytes, std::string_view signature_base64, std::string_view what) {
  const ClearErrors clear;
  const auto key = read_key(public_key_pem);
  if (!key) return fail(key.error().in("verifying " + std::string(what)));
  const std::string_view text = trim(signature_base64);
  if (text.empty()) return fail(Disposition::Invalid, std::string(what) + " has no signature, and a public key asks for one");
  std::string signature;
  if (!base64_decode(text, signature)) return fail(Disposition::Invalid, "the signature of " + std::string(what) + " is not base64");
  const bool rsa = EVP_PKEY_get_base_id(key->get()) == EVP_PKEY_RSA;
  if (matches(key->get(), bytes, signature, rsa ? RSA_PKCS1_PADDING : 0)) return {};
  if (rsa && matches(key->get(), bytes, signature, RSA_PKCS1_PSS_PADDING)) return {};
  return fail(Disposition::Invalid,
              "the signature of " + std::string(what) + " does not match the public key: it was changed after it was signed, or signed with another key");
}

}  // namespace slipway::providers
