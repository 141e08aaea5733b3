#include "pkg/providers/sources/digest.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace slipway::providers {
namespace {
constexpr std::string_view kPrefix = "sha256:";
constexpr std::string_view kDigits = "0123456789abcdef";
}  // namespace

std::string sha256_digest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string out(kPrefix);
  for (unsigned i = 0; i < length; ++i) out.append({kDigits[digest[i] >> 4U], kDigits[digest[i] & 0xFU]});
  return out;
}

bool is_sha256_digest(std::string_view text) noexcept {
  if (text.size() != kPrefix.size() + 64 || !text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  return std::all_of(text.begin(), text.end(), [](char c) { return kDigits.find(c) != std::string_view::npos; });
}

}  // namespace slipway::providers
