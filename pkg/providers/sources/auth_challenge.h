// What a server asks for in WWW-Authenticate (RFC 9110, 11.6.1). Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::providers {

struct AuthChallenge {
  std::string scheme;                                          // lower case: "bearer", "basic"
  std::map<std::string, std::string, std::less<>> parameters;  // names in lower case
};
// All challenges of one field's value, in their order; what is broken ends the list.
[[nodiscard]] std::vector<AuthChallenge> parse_challenges(std::string_view value);

}  // namespace slipway::providers
