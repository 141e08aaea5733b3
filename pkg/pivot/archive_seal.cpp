#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "pkg/pivot/detail/seal.h"

namespace slipway::pivot::detail {
namespace {

constexpr std::string_view kMagic = "SLIPWAY-SEALED-1";
constexpr std::size_t kFileSalt = 32, kTag = 16, kNonce = 12, kChunk = 64UL << 10U;
constexpr std::size_t kStart = kMagic.size() + 1 + Sealer::kSalt + Sealer::kCheck, kHeader = kStart + kFileSalt;
constexpr char kOfKey = 1, kOfPassphrase = 2;
constexpr std::uint64_t kScryptN = 1UL << 15U, kScryptMemory = 64UL << 20U;
constexpr std::uint32_t kScryptR = 8, kScryptP = 1;

using Bytes = Sealer::Bytes;

std::unexpected<Error> refused(std::string_view what) { return fail(Disposition::Terminal, "OpenSSL refuses " + std::string(what)); }

// Never used mutably: OSSL_PARAM has no const.
void* mutable_data(std::string_view bytes) { return const_cast<char*>(bytes.data()); }

Result<Bytes> derive(const char* algorithm, OSSL_PARAM* params) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, algorithm, nullptr), &EVP_KDF_free);
  if (!kdf) return refused(algorithm);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()), &EVP_KDF_CTX_free);
  Bytes out{};
  if (!context || EVP_KDF_derive(context.get(), out.data(), out.size(), params) <= 0) return refused(algorithm);
  return out;
}

Result<Bytes> hkdf(std::string_view secret, std::string_view salt, std::string_view info) {
  std::string digest = "SHA256";
  std::array params{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
                    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, mutable_data(secret), secret.size()),
                    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, mutable_data(salt), salt.size()),
                    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, mutable_data(info), info.size()), OSSL_PARAM_construct_end()};
  return derive("HKDF", params.data());
}

Result<Bytes> scrypt(std::string_view passphrase, std::string_view salt) {
  std::uint64_t n = kScryptN, memory = kScryptMemory;
  std::uint32_t r = kScryptR, p = kScryptP;
  std::array params{OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, mutable_data(passphrase), passphrase.size()),
                    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, mutable_data(salt), salt.size()),
                    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                    OSSL_PARAM_construct_end()};
  return derive("SCRYPT", params.data());
}

std::string_view view(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Result<std::string> chance(std::size_t n) {
  std::string out(n, '\0');
  if (RAND_bytes(data(out), static_cast<int>(n)) != 1) return refused("to give random bytes");
  return out;
}

std::array<unsigned char, kNonce> nonce_of(std::uint64_t chunk, bool last) {
  std::array<unsigned char, kNonce> nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[3 + i] = static_cast<unsigned char>(chunk >> (56U - 8U * i));
  nonce.back() = last ? 1 : 0;
  return nonce;
}

// One file under its own key: chunk after chunk, each once.
class Stream {
 public:
  Stream(const Bytes& key, std::string associated, bool sealing)
      : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free), key_(key), associated_(std::move(associated)), sealing_(sealing) {}

  // Appends the tag to `out` when sealing, expects it in `tag` when opening. False: does not authenticate.
  bool chunk(std::string_view in, std::string_view tag, bool last, std::string& out) {
    const auto nonce = nonce_of(count_++, last);
    int n = 0;
    EVP_CIPHER_CTX* c = context_.get();
    if (c == nullptr || EVP_CipherInit_ex2(c, EVP_aes_256_gcm(), key_.data(), nonce.data(), sealing_ ? 1 : 0, nullptr) != 1) return false;
    if (EVP_CipherUpdate(c, nullptr, &n, data(associated_), static_cast<int>(associated_.size())) != 1) return false;
    const std::size_t begin = out.size();
    out.resize(begin + in.size() + kTag);
    if (!in.empty() && EVP_CipherUpdate(c, data(out) + begin, &n, data(in), static_cast<int>(in.size())) != 1) return false;
    if (!sealing_ && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kTag, mutable_data(tag)) != 1) return false;
    if (EVP_CipherFinal_ex(c, data(out) + begin + in.size(), &n) != 1) return false;
    if (sealing_) return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kTag, data(out) + begin + in.size()) == 1;
    out.resize(begin + in.size());
    return true;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
  Bytes key_;
  std::string associated_;
  bool sealing_;
  std::uint64_t count_ = 0;
};

std::string associated(std::string_view header, std::string_view name) { return std::string(header).append(name); }  // the header has one length

}  // namespace

bool is_sealed(std::string_view bytes) noexcept { return bytes.starts_with(kMagic); }

std::string Sealer::start_of_header() const { return std::string(kMagic) + method_ + salt_ + check_; }

Result<Sealer> Sealer::with_salt(const SealingKey& key, std::string salt) {
  Sealer sealer;
  sealer.method_ = key.is_passphrase() ? kOfPassphrase : kOfKey;
  Result<Bytes> master = key.is_passphrase() ? scrypt(key.secret(), salt) : hkdf(key.secret(), salt, "slipway backup: key");
  if (!master) return fail(std::move(master).error());
  sealer.master_ = *master;
  auto check = hkdf(view(sealer.master_), salt, "slipway backup: check");
  if (!check) return fail(std::move(check).error());
  sealer.check_ = view(*check).substr(0, kCheck);
  sealer.salt_ = std::move(salt);
  return sealer;
}

Result<Sealer> Sealer::fresh(const SealingKey& key) {
  auto salt = chance(kSalt);
  if (!salt) return fail(std::move(salt).error());
  return with_salt(key, std::move(*salt));
}

Result<Sealer> Sealer::of(const SealingKey& key, std::string_view sealed, std::string_view what) {
  if (!is_sealed(sealed) || sealed.size() < kHeader) return fail(Disposition::Invalid, std::string(what) + " is no whole sealed file");
  const bool by_passphrase = sealed[kMagic.size()] == kOfPassphrase;
  if (by_passphrase != key.is_passphrase())
    return fail(Disposition::Invalid, std::string(what) + " was sealed with " + (by_passphrase ? "a passphrase" : "a key of 32 bytes") +
                                          ", and the key file has " + (by_passphrase ? "a key of 32 bytes" : "a passphrase"));
  auto sealer = with_salt(key, std::string(sealed.substr(kMagic.size() + 1, kSalt)));
  if (sealer && sealer->check_ != sealed.substr(kMagic.size() + 1 + kSalt, kCheck))
    return fail(Disposition::Invalid, std::string(what) + " was sealed with another key (or its first bytes were changed)");
  return sealer;
}

Result<std::string> Sealer::seal(std::string_view name, std::string_view plain) const {
  auto file_salt = chance(kFileSalt);
  if (!file_salt) return fail(std::move(file_salt).error());
  auto key = hkdf(view(master_), *file_salt, "slipway backup: file");
  if (!key) return fail(std::move(key).error());
  std::string out = start_of_header() + *file_salt;
  Stream stream(*key, associated(out, name), true);
  for (bool last = false; !last;) {
    last = plain.size() <= kChunk;
    if (!stream.chunk(plain.substr(0, kChunk), {}, last, out)) return refused("AES-256-GCM");
    plain.remove_prefix(std::min(kChunk, plain.size()));
  }
  return out;
}

Result<std::string> Sealer::open(std::string_view name, std::string_view sealed) const {
  if (!is_sealed(sealed) || sealed.size() < kHeader + kTag) return fail(Disposition::Invalid, std::string(name) + " is no whole sealed file");
  if (!sealed.starts_with(start_of_header()))
    return fail(Disposition::Invalid, std::string(name) + " belongs to another backup, or its first bytes were changed");
  auto key = hkdf(view(master_), sealed.substr(kStart, kFileSalt), "slipway backup: file");
  if (!key) return fail(std::move(key).error());
  Stream stream(*key, associated(sealed.substr(0, kHeader), name), false);
  std::string out;
  std::string_view rest = sealed.substr(kHeader);
  for (bool last = false; !last;) {
    last = rest.size() <= kChunk + kTag;
    const std::string_view chunk = rest.substr(0, kChunk + kTag);
    if (chunk.size() < kTag || !stream.chunk(chunk.substr(0, chunk.size() - kTag), chunk.substr(chunk.size() - kTag), last, out))
      return fail(Disposition::Invalid, std::string(name) + " was changed, cut or renamed since it was sealed");
    rest.remove_prefix(chunk.size());
  }
  return out;
}

}  // namespace slipway::pivot::detail
