// docs/api.md, from the same tables as the CRDs. Pure.
#pragma once

#include <string>

namespace slipway::generate {

[[nodiscard]] std::string api_reference();

}  // namespace slipway::generate
