#include "pkg/kubesim/auth.h"

#include <algorithm>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"

namespace slipway::kubesim {

std::string Authenticator::token_for(const std::string& user, const std::vector<std::string>& groups) {
  for (const auto& [token, known] : by_token_)
    if (known.name == user && known.groups == groups) return token;
  std::string token = random_uuid() + random_uuid();
  by_token_.emplace(token, User{user, groups});
  return token;
}

std::optional<User> Authenticator::credentials_of(const net::Request& request) const {
  const auto known = [](User user) {
    if (std::ranges::find(user.groups, "system:authenticated") == user.groups.end()) user.groups.emplace_back("system:authenticated");
    return user;
  };
  constexpr std::string_view kBearer = "bearer ";
  const auto header = request.headers.get("Authorization");
  if (to_lower(header.substr(0, kBearer.size())) == kBearer) {
    const auto it = by_token_.find(trim(header.substr(kBearer.size())));
    if (it == by_token_.end()) return std::nullopt;
    return known(it->second);
  }
  if (!request.peer.certificate_cn.empty()) return known({request.peer.certificate_cn, request.peer.certificate_o});
  if (anonymous_) return User{"system:anonymous", {"system:unauthenticated"}};
  return std::nullopt;
}

std::optional<User> Authenticator::authenticate(const net::Request& request) const {
  auto user = credentials_of(request);
  const auto as = request.headers.get("Impersonate-User");
  if (!user || as.empty()) return user;
  User other{std::string(as), {}};
  for (const auto& [name, value] : request.headers.all())
    if (to_lower(name) == "impersonate-group") other.groups.push_back(value);
  other.groups.emplace_back("system:authenticated");
  return other;
}

}  // namespace slipway::kubesim
