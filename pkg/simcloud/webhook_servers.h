// The HTTPS servers behind the Services that a real API server calls as webhooks. It calls them at their ClusterIP, so they listen on that very address and on
// the Service's port: which works where the range of ClusterIPs is a part of 127.0.0.0/8, and is let be everywhere else. What cannot be listened on (no
// privileges for a port below 1024, an address in use) is logged once a Service and reason, and the world goes on without. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "pkg/kube/types.h"
#include "pkg/net/pki.h"
#include "pkg/net/server.h"

namespace slipway::simcloud {

struct Serving {
  std::string address;  // the ClusterIP
  std::set<std::uint16_t> ports;
  std::string certificate;  // names this version of the pair
  net::KeyPair pair;
};

// A literal IPv4 address of 127.0.0.0/8.
[[nodiscard]] bool is_loopback(std::string_view address) noexcept;

class WebhookServers {
 public:
  WebhookServers(async::Executor executor, async::Clock& clock) : executor_(std::move(executor)), clock_(clock) {}

  // Serves reviews so for this Service; where address, ports or certificate differ from before, listens anew.
  async::Awaitable<void> serve(kube::ObjectKey service, Serving serving);
  async::Awaitable<void> stop(kube::ObjectKey service);  // nothing where there is none
  async::Awaitable<void> stop_all();                     // await it before the loop ends
  // "address:port" of what listens, for a Service.
  [[nodiscard]] std::vector<std::string> listening(const kube::ObjectKey& service) const;

 private:
  struct Running {
    Serving serving;
    std::vector<std::unique_ptr<net::Server>> servers;
  };
  void warn_once(const kube::ObjectKey& service, const std::string& why);

  async::Executor executor_;
  async::Clock& clock_;
  std::map<kube::ObjectKey, Running> running_;
  std::set<std::pair<kube::ObjectKey, std::string>> warned_;
};

}  // namespace slipway::simcloud
