#include "pkg/providers/sources/check_digest.h"

#include <string>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/digest.h"

namespace slipway::providers {

Status check_digest(std::string_view bytes, std::string_view want, std::string_view what) {
  if (!is_sha256_digest(want))
    return fail(Disposition::Invalid,
                std::string(what) + ": \"" + shorten(want, 100) + "\" is no digest: sha256: and 64 lower-case hexadecimal digits are asked for");
  const std::string have = sha256_digest(bytes);
  if (have == want) return {};
  return fail(Disposition::Invalid, std::string(what) + " has digest " + have + ", but " + std::string(want) +
                                        " was asked for: it was changed or damaged on the way, or the digest belongs to another version");
}

}  // namespace slipway::providers
