#include "pkg/simcloud/webhook_servers.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/simcloud/reviews.h"

namespace slipway::simcloud {
namespace {

async::Awaitable<net::Response> answer(net::Request request) { co_return answer_review(request); }

bool is_octet(std::string_view text) noexcept {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  if (text.size() > 1 && text.front() == '0') return false;  // some readers take it for octal
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return value <= 255;
}

bool is_same(const Serving& a, const Serving& b) noexcept { return a.address == b.address && a.ports == b.ports && a.certificate == b.certificate; }

std::unique_ptr<net::ServerTls> tls_of(const net::KeyPair& pair) {
  auto tls = std::make_unique<net::ServerTls>();
  tls->cert_pem = pair.cert_pem;
  tls->key_pem = pair.key_pem;
  return tls;
}

}  // namespace

bool is_loopback(std::string_view address) noexcept {
  if (!address.starts_with("127.")) return false;
  for (int dots = 0; dots < 3; ++dots) {
    const auto dot = address.find('.');
    if (dot == std::string_view::npos || !is_octet(address.substr(0, dot))) return false;
    address.remove_prefix(dot + 1);
  }
  return is_octet(address);
}

async::Awaitable<void> WebhookServers::serve(kube::ObjectKey service, Serving serving) {
  if (const auto found = running_.find(service); found != running_.end() && is_same(found->second.serving, serving)) co_return;
  co_await stop(service);
  if (!is_loopback(serving.address)) {
    warn_once(service, "ClusterIP " + serving.address + " is not in 127.0.0.0/8, so nothing here can answer at it");
    co_return;
  }
  Running one{.serving = serving, .servers = {}};
  for (const std::uint16_t port : serving.ports) {
    net::ServerOptions options;
    options.address = serving.address;
    options.port = port;
    options.tls = tls_of(serving.pair);
    auto server = net::Server::listen(executor_, clock_, std::move(options), answer);
    if (server)
      one.servers.push_back(std::move(*server));
    else
      warn_once(service, server.error().message());
  }
  if (one.servers.empty()) co_return;  // the next change tries again
  running_.insert_or_assign(service, std::move(one));
  log::info("webhook answered", {{"name", service.to_string()}, {"address", join(listening(service), ", ")}});
}

async::Awaitable<void> WebhookServers::stop(kube::ObjectKey service) {
  const auto found = running_.find(service);
  if (found == running_.end()) co_return;
  const Running one = std::move(found->second);
  running_.erase(found);
  for (const auto& server : one.servers) co_await server->stop();
}

async::Awaitable<void> WebhookServers::stop_all() {
  while (!running_.empty()) {
    const kube::ObjectKey first = running_.begin()->first;
    co_await stop(first);
  }
}

std::vector<std::string> WebhookServers::listening(const kube::ObjectKey& service) const {
  std::vector<std::string> out;
  const auto found = running_.find(service);
  if (found == running_.end()) return out;
  for (const auto& server : found->second.servers) out.push_back(found->second.serving.address + ":" + std::to_string(server->port()));
  return out;
}

void WebhookServers::warn_once(const kube::ObjectKey& service, const std::string& why) {
  if (!warned_.emplace(service, why).second) return;
  log::warn("webhook not answered", {{"name", service.to_string()}, {"reason", why}});
}

}  // namespace slipway::simcloud
