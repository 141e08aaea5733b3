// The addresses of one server, as the last good look at its name found them, in the order to try. Pure.
//
// Rules: families take turns, IPv6 first (RFC 8305, 4); an address that failed lately comes after those that did not, so that one dead server of several does
// not capture every attempt; the last known addresses serve while the name cannot be resolved.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pkg/async/clock.h"

namespace slipway::net::detail {

class AddressBook {
 public:
  void resolved(std::vector<std::string> addresses) { known_ = std::move(addresses); }
  [[nodiscard]] bool empty() const noexcept { return known_.empty(); }
  [[nodiscard]] std::vector<std::string> in_order(async::TimePoint now) const;
  void failed(const std::string& address, async::TimePoint now);  // refused, cut, or silent
  void worked(const std::string& address) { failures_.erase(address); }

 private:
  std::vector<std::string> known_;
  std::map<std::string, async::TimePoint> failures_;
};

}  // namespace slipway::net::detail
