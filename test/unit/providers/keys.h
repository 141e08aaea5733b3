// Key pairs and signatures of tests, made by OpenSSL on the spot: what a user's `cosign generate-key-pair` or `openssl genpkey` would give.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pkg/base/strings.h"

namespace slipway::test {

class TestKey {
 public:
  static TestKey ec(const char* curve) { return TestKey(EVP_EC_gen(curve)); }
  static TestKey rsa(unsigned bits) { return TestKey(EVP_RSA_gen(bits)); }
  static TestKey ed25519() { return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  [[nodiscard]] std::string public_pem() const {
    return pem([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
  }
  [[nodiscard]] std::string private_pem() const {
    return pem([this](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  // The raw signature; rsa_padding only for RSA.
  [[nodiscard]] std::string sign_raw(std::string_view bytes, int rsa_padding = 0) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    const bool plain = EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_ED25519;
    must(EVP_DigestSignInit(context.get(), &parameters, plain ? nullptr : EVP_sha256(), nullptr, key_.get()));
    if (rsa_padding != 0) must(EVP_PKEY_CTX_set_rsa_padding(parameters, rsa_padding));
    std::size_t size = 0;
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    must(EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()));
    std::string out(size, '\0');
    must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data, bytes.size()));
    out.resize(size);
    return out;
  }
  [[nodiscard]] std::string sign(std::string_view bytes, int rsa_padding = 0) const { return base64_encode(sign_raw(bytes, rsa_padding)); }

 private:
  explicit TestKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { must(key == nullptr ? 0 : 1); }
  static void must(int result) {
    if (result != 1) throw std::runtime_error("OpenSSL failed in a test");
  }
  template <class Write>
  static std::string pem(Write write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
    must(write(bio.get()));
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace slipway::test
