// Files that only who has the key can read, and that nobody can change, cut, reorder, swap or take for another one unnoticed. Pure; any thread.
//
// A sealed file: magic (16 bytes), 1 or 2 (key or passphrase), salt of the backup (16), check of the key (16), salt of the file (32); then chunks of 64 KiB,
// each AES-256-GCM with 16 bytes of tag under HKDF-SHA256(backup key, salt of the file). The nonce counts chunks and says which is the last one; what is
// authenticated with each is the header and the name of the file. The backup key: HKDF-SHA256 of the key, or scrypt (N 2^15, r 8, p 1) of the passphrase.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "pkg/pivot/archive.h"

namespace slipway::pivot::detail {

[[nodiscard]] bool is_sealed(std::string_view bytes) noexcept;

// All files of one backup have the same salt, so that a passphrase is stretched once.
class Sealer {
 public:
  // Errors: Terminal: OpenSSL refuses, or has no chance to give.
  [[nodiscard]] static Result<Sealer> fresh(const SealingKey& key);
  // For what `sealed` begins. Errors: Invalid, naming `what`: no sealed file, another key than the one that it was sealed with.
  [[nodiscard]] static Result<Sealer> of(const SealingKey& key, std::string_view sealed, std::string_view what);

  [[nodiscard]] Result<std::string> seal(std::string_view name, std::string_view plain) const;
  // Errors: Invalid: cut, changed, of another name or of another backup.
  [[nodiscard]] Result<std::string> open(std::string_view name, std::string_view sealed) const;

  static constexpr std::size_t kKey = 32, kSalt = 16, kCheck = 16;
  using Bytes = std::array<unsigned char, kKey>;

 private:
  [[nodiscard]] static Result<Sealer> with_salt(const SealingKey& key, std::string salt);
  [[nodiscard]] std::string start_of_header() const;

  char method_ = 0;
  std::string salt_, check_;
  Bytes master_{};
};

}  // namespace slipway::pivot::detail
