#include "pkg/simcloud/issuing.h"

#include <algorithm>

namespace slipway::simcloud {
namespace {

constexpr std::size_t kLongestCommonName = 64;  // RFC 5280, ub-common-name

std::string common_name(std::string name) { return name.substr(0, kLongestCommonName); }

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& text : list.array()) out.push_back(text.str());
  return out;
}

}  // namespace

Result<Issued> issue(const kube::Object& certificate) {
  const json::Value& spec = certificate["spec"];
  const std::string name(kube::name_of(certificate));
  auto ca = net::make_ca(common_name("ca." + name));
  if (!ca) return fail(std::move(ca).error());
  if (spec["isCA"].as_bool()) return Issued{ca->cert_pem, *ca};
  net::CertificateRequest request;
  request.common_name = common_name(spec["commonName"].str(name));
  request.dns_names = texts(spec["dnsNames"]);
  request.ip_addresses = texts(spec["ipAddresses"]);
  request.server_auth = true;
  request.client_auth = std::ranges::any_of(spec["usages"].array(), [](const json::Value& usage) { return usage.as_string() == "client auth"; });
  auto pair = net::issue_certificate(*ca, request);
  if (!pair) return fail(std::move(pair).error());
  return Issued{ca->cert_pem, std::move(*pair)};
}

}  // namespace slipway::simcloud
