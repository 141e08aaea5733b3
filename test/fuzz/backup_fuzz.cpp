// No manifest and no object of a backup may crash their readers, or name a file or a request's path that leaves its place; what was read can be written and
// read again. A first byte of 0 asks for a sealed file instead: no bytes but those that were sealed open.
#include <cstdlib>

#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/seal.h"
#include "pkg/providers/sources/tar.h"

namespace {

using namespace slipway;
using namespace slipway::pivot::detail;

void manifest_and_object(std::string_view text) {
  const auto end = text.find("\n---\n");
  const auto manifest = decode_manifest(text.substr(0, end));
  if (!manifest) return;
  for (const Entry& entry : manifest->entries) {
    if (!providers::is_plain_path(entry.file) || entry.kind >= manifest->kinds.size() || entry.key.name.contains('/')) std::abort();
    if (end != std::string_view::npos) static_cast<void>(read_object(*manifest, entry, text.substr(end + 5)));
  }
  const std::string written = encode(*manifest);
  const auto again = decode_manifest(written);
  if (!again || encode(*again) != written) std::abort();
}

void sealed_file(std::string_view bytes) {
  static const auto key = *pivot::SealingKey::from_bytes(std::string(32, '\x01'));
  static const auto sealer = *Sealer::fresh(key);
  static const std::string sealed = *sealer.seal("name", "text");
  static_cast<void>(Sealer::of(key, bytes, "input"));
  std::string mixed = sealed;  // as much of a real one as the input leaves
  for (std::size_t i = 0; i < bytes.size() && i < mixed.size(); ++i) mixed[i] = static_cast<char>(mixed[i] ^ bytes[i]);
  const auto opened = sealer.open("name", mixed);
  if (opened && mixed != sealed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with('\0'))
    sealed_file(bytes.substr(1));
  else
    manifest_and_object(bytes);
  return 0;
}
