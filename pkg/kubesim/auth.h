// Who calls: bearer tokens that this server handed out, and client certificates that its TLS layer verified (CN is the user, O are the groups).
// Everybody who is known may do everything, impersonating others included (kubectl --as): there is no RBAC evaluation. Thread: the loop's only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pkg/net/http.h"

namespace slipway::kubesim {

struct User {
  std::string name;
  std::vector<std::string> groups;
};

class Authenticator {
 public:
  explicit Authenticator(bool anonymous) : anonymous_(anonymous) {}
  // A new token for the user; the same one where the same user was asked for before.
  [[nodiscard]] std::string token_for(const std::string& user, const std::vector<std::string>& groups);
  // Nothing: 401. A token that is wrong is not made good by a certificate.
  [[nodiscard]] std::optional<User> authenticate(const net::Request& request) const;

 private:
  [[nodiscard]] std::optional<User> credentials_of(const net::Request& request) const;

  bool anonymous_;
  std::map<std::string, User, std::less<>> by_token_;
};

}  // namespace slipway::kubesim
