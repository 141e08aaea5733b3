// The patterns of rules.cpp in C++: each function accepts exactly the strings that the CEL expression beside it accepts (test_api compares them).
// Pure; any thread; linear in the length.
#pragma once

#include <string_view>

namespace slipway::api {

[[nodiscard]] bool is_name(std::string_view text) noexcept;         // DNS label without its length limit
[[nodiscard]] bool is_object_name(std::string_view text) noexcept;  // the same with dots
[[nodiscard]] bool is_duration(std::string_view text) noexcept;     // "90s", "1h30m": units h, m, s, ms; not zero
[[nodiscard]] bool is_cidr(std::string_view text) noexcept;         // IPv4 to the letter; IPv6 by its shape
[[nodiscard]] bool is_version(std::string_view text) noexcept;      // "v1.24.9+vmware.1"
[[nodiscard]] bool is_digest(std::string_view text) noexcept;       // "sha256:" and 64 lower-case hexadecimal digits
[[nodiscard]] bool is_url(std::string_view text) noexcept;          // http or https, no user, printable ASCII
[[nodiscard]] bool is_host(std::string_view text) noexcept;         // host name, IPv4 or IPv6 address; no port
[[nodiscard]] bool is_no_proxy(std::string_view text) noexcept;     // no '*', no ',', no space

}  // namespace slipway::api
