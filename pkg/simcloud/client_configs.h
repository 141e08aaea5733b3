// How an API server calls webhooks: the WebhookClientConfigs of ValidatingWebhookConfigurations, MutatingWebhookConfigurations and CustomResourceDefinitions
// that convert by webhook. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

struct ClientConfig {
  std::string path;           // JSON pointer
  json::Value guard;          // operation "test" of a JSON patch: the path is still this webhook's
  kube::ObjectKey service{};  // empty where it calls a URL
  std::uint16_t port = 443;   // of the Service
  std::string ca_bundle;      // base64, as it stands there
};
[[nodiscard]] std::vector<ClientConfig> client_configs(const kube::Object& object);

}  // namespace slipway::simcloud
