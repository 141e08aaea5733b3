#include "pkg/kubesim/openapi.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/accept.h"
#include "pkg/kubesim/discovery.h"
#include "pkg/kubesim/openapi_proto.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

// What was built, for as long as the registry does not change: documents of a hundred CRDs are megabytes.
struct OpenApiDocuments {
  std::uint64_t generation = 0;
  std::string v2_json, v2_protobuf, v3_index;
  std::map<std::string, std::string, std::less<>> v3;  // by "apis/apps/v1"
};

namespace {

constexpr std::string_view kJson = "application/json";

OpenApiDocuments& documents_of(const ResourceRegistry& registry) {
  auto& cache = registry.openapi_documents;
  if (!cache || cache->generation != registry.generation()) {
    cache = std::make_shared<OpenApiDocuments>();
    cache->generation = registry.generation();
  }
  return *cache;
}

bool accepts(const net::Request& request, std::string_view media_type) {
  return std::ranges::any_of(parse_accept(request.headers.get("Accept")), [&](const MediaRange& range) { return range.matches(media_type); });
}

std::string path_of(const ServedGroup& group, const ServedGroup::Version& version) {
  return group.name.empty() ? "api/" + version.name : "apis/" + group.name + "/" + version.name;
}

net::Response v2(const net::Request& request, const ResourceRegistry& registry, std::string_view server_version) {
  OpenApiDocuments& documents = documents_of(registry);
  for (const MediaRange& range : parse_accept(request.headers.get("Accept"))) {
    const bool protobuf = range.type.starts_with("application/com.github.proto-openapi.spec.v2") && range.type.ends_with("+protobuf");
    if (protobuf) {
      if (documents.v2_protobuf.empty()) documents.v2_protobuf = openapi_v2_protobuf(openapi_v2_document(registry, server_version));
      // "@" is no token of a media type: the answer names it with a dot, as kube-openapi does (pkg/handler mimePb), whatever was asked for.
      return {200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", documents.v2_protobuf};
    }
    if (!range.matches(kJson)) continue;
    if (documents.v2_json.empty()) documents.v2_json = json::dump(openapi_v2_document(registry, server_version));
    return {200, std::string(kJson), documents.v2_json};
  }
  return response_of(not_acceptable("application/json,application/com.github.proto-openapi.spec.v2@v1.0+protobuf").error());
}

const std::string& v3_document(const ResourceRegistry& registry, const std::string& path, const std::vector<ResourcePtr>& resources,
                               std::string_view server_version) {
  std::string& document = documents_of(registry).v3[path];
  if (document.empty()) document = json::dump(openapi_v3_document(resources, server_version));
  return document;
}

net::Response v3_index(const ResourceRegistry& registry, std::string_view server_version) {
  if (documents_of(registry).v3_index.empty()) {
    json::Value paths = json::Object{};
    for (const ServedGroup& group : served_groups(registry)) {
      for (const auto& version : group.versions) {
        const std::string path = path_of(group, version);
        const std::string hash = hex(fnv1a(v3_document(registry, path, version.resources, server_version)));
        paths.set(path, json::Object{{"serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash}});
      }
    }
    documents_of(registry).v3_index = json::dump(json::Object{{"paths", std::move(paths)}});
  }
  return {200, std::string(kJson), documents_of(registry).v3_index};
}

std::optional<net::Response> v3(std::string_view path, const ResourceRegistry& registry, std::string_view server_version) {
  for (const ServedGroup& group : served_groups(registry)) {
    for (const auto& version : group.versions) {
      if (path_of(group, version) != path) continue;
      return net::Response(200, std::string(kJson), v3_document(registry, std::string(path), version.resources, server_version));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<net::Response> openapi_response(const net::Request& request, const ResourceRegistry& registry, std::string_view version) {
  constexpr std::string_view kV3 = "/openapi/v3";
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "/openapi/v2") return v2(request, registry, version);
  if (!path.starts_with(kV3)) return std::nullopt;
  if (!accepts(request, kJson)) return response_of(not_acceptable(kJson).error());
  if (path == kV3) return v3_index(registry, version);
  if (path[kV3.size()] != '/') return std::nullopt;
  return v3(path.substr(kV3.size() + 1), registry, version);
}

}  // namespace slipway::kubesim
