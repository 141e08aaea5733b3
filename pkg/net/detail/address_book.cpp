#include "pkg/net/detail/address_book.h"

#include <algorithm>

namespace slipway::net::detail {
namespace {

constexpr auto kRemember = std::chrono::minutes(1);  // a server that restarts is back by then
constexpr std::size_t kMaxFailures = 64;

}  // namespace

std::vector<std::string> AddressBook::in_order(async::TimePoint now) const {
  std::vector<std::string> v6;
  std::vector<std::string> v4;
  for (const std::string& address : known_) (address.find(':') == std::string::npos ? v4 : v6).push_back(address);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
    if (i < v6.size()) out.push_back(v6[i]);
    if (i < v4.size()) out.push_back(v4[i]);
  }
  // The longest without a failure first; those that never failed in the order above.
  std::multimap<async::TimePoint, std::string> by_failure;
  for (std::string& address : out) {
    const auto it = failures_.find(address);
    const bool lately = it != failures_.end() && now - it->second < kRemember;
    by_failure.emplace(lately ? it->second : async::TimePoint::min(), std::move(address));
  }
  out.clear();
  for (auto& [when, address] : by_failure) out.push_back(std::move(address));
  return out;
}

void AddressBook::failed(const std::string& address, async::TimePoint now) {
  if (failures_.size() >= kMaxFailures) std::erase_if(failures_, [&](const auto& one) { return now - one.second >= kRemember; });
  if (failures_.size() >= kMaxFailures) failures_.clear();
  failures_[address] = now;
}

}  // namespace slipway::net::detail
