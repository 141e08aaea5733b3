// The release that this binary is, as user agents, /version of the operator and `slipway version` say it. The same as project(VERSION) in CMakeLists.txt.
#pragma once

#include <string_view>

namespace slipway {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace slipway
