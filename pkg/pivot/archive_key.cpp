#include <algorithm>
#include <filesystem>
#include <system_error>

#include "pkg/base/strings.h"
#include "pkg/pivot/archive.h"
#include "pkg/providers/sources/files.h"

namespace slipway::pivot {
namespace {

constexpr std::size_t kKeyBytes = 32, kMinPassphrase = 12, kMaxPassphrase = 1024;

std::string_view without_line_break(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_text(std::string_view bytes) {
  return is_utf8(bytes) && std::ranges::none_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Result<SealingKey> SealingKey::from_bytes(std::string_view bytes) {
  const std::string_view text = without_line_break(bytes);
  if (!is_text(text)) {
    if (bytes.size() == kKeyBytes) return SealingKey(std::string(bytes), false);
    return fail(Disposition::Invalid, "the key must be 32 random bytes (openssl rand -out FILE 32) or one line of text; it has " +
                                          std::to_string(bytes.size()) + " bytes and is no text");
  }
  if (text.size() < kMinPassphrase || text.size() > kMaxPassphrase)
    return fail(Disposition::Invalid, "a passphrase must have 12 to 1024 bytes; this one has " + std::to_string(text.size()));
  return SealingKey(std::string(text), true);
}

Result<SealingKey> SealingKey::from_file(const std::string& path) {
  std::error_code ec;
  const auto resolved = std::filesystem::canonical(path, ec);  // a file of a mounted Secret is a symbolic link
  auto bytes = providers::read_file(ec ? std::filesystem::path(path) : resolved, 2 * kMaxPassphrase);
  if (!bytes) return fail(std::move(bytes).error().in("key file"));
  auto key = from_bytes(*bytes);
  if (!key) return fail(std::move(key).error().in("key file " + path));
  return key;
}

}  // namespace slipway::pivot
