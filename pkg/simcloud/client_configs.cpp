#include "pkg/simcloud/client_configs.h"

#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

ClientConfig read(std::string path, json::Value guard, const json::Value& config) {
  ClientConfig out{.path = std::move(path), .guard = std::move(guard), .ca_bundle = config["caBundle"].str()};
  const json::Value& service = config["service"];
  if (service.is_null()) return out;
  out.service = {service["namespace"].str(), service["name"].str()};
  out.port = static_cast<std::uint16_t>(service["port"].as_int(443));
  return out;
}

json::Value expect(std::string path, const json::Value& value) { return object_of({{"op", "test"}, {"path", std::move(path)}, {"value", value}}); }

}  // namespace

std::vector<ClientConfig> client_configs(const kube::Object& object) {
  std::vector<ClientConfig> out;
  if (kube::kind_of(object) == "CustomResourceDefinition") {
    const json::Value& conversion = object["spec"]["conversion"];
    if (conversion["strategy"].as_string() != "Webhook" || !conversion["webhook"]["clientConfig"].is_object()) return out;
    out.push_back(
        read("/spec/conversion/webhook/clientConfig", expect("/spec/conversion/strategy", conversion["strategy"]), conversion["webhook"]["clientConfig"]));
    return out;
  }
  for (std::size_t i = 0; i < object["webhooks"].size(); ++i) {
    const json::Value& webhook = object["webhooks"][i];
    const std::string path = "/webhooks/" + std::to_string(i);
    out.push_back(read(path + "/clientConfig", expect(path + "/name", webhook["name"]), webhook["clientConfig"]));
  }
  return out;
}

}  // namespace slipway::simcloud
