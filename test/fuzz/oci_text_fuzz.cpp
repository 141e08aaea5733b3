// No text of a registry or of a spec may crash what reads references, challenges and credentials; a reference is written as it was read.
#include <cstdlib>

#include "pkg/providers/sources/auth_challenge.h"
#include "pkg/providers/sources/docker_config.h"
#include "pkg/providers/sources/oci_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway::providers;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_challenges(text));
  static_cast<void>(access_from_docker_config(text, "registry.example"));
  const auto reference = parse_oci_reference(text);
  if (!reference) return 0;
  const auto again = parse_oci_reference(reference->to_string());
  if (!again || again->to_string() != reference->to_string()) std::abort();
  return 0;
}
