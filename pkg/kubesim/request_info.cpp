#include "pkg/kubesim/request_info.h"

#include "pkg/base/strings.h"

namespace slipway::kubesim {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path, '/'))
    if (!part.empty()) out.push_back(std::move(part));
  return out;
}

std::string verb_of(std::string_view method, const RequestInfo& info, const net::Target& target) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return info.name.empty() ? "deletecollection" : "delete";
  if (method != "GET" && method != "HEAD") return to_lower(method);
  const std::string_view watch = target.get("watch");
  // A name with ?watch=1 is still a get, as in the real server (only the list form watches).
  if (info.deprecated_watch) return "watch";
  if (!info.name.empty()) return "get";
  return target.has("watch") && watch != "false" && watch != "0" ? "watch" : "list";
}

// Fills namespace, resource, name and subresource from what follows the version.
void take_resource(RequestInfo& info, const std::vector<std::string>& parts, std::size_t at) {
  if (at < parts.size() && parts[at] == "watch") info.deprecated_watch = true, ++at;
  if (at >= parts.size()) return;
  // namespaces/x/pods names pods; namespaces/x, namespaces/x/status and namespaces/x/finalize name the namespace.
  if (parts[at] == "namespaces" && at + 1 < parts.size()) {
    info.ns = parts[at + 1];
    if (at + 2 < parts.size() && parts[at + 2] != "status" && parts[at + 2] != "finalize") at += 2;
  }
  info.is_resource = true;
  info.resource = parts[at];
  if (at + 1 < parts.size()) info.name = parts[at + 1];
  if (at + 2 < parts.size()) info.subresource = parts[at + 2];
  for (std::size_t i = at + 3; i < parts.size(); ++i) info.extra.push_back(parts[i]);
  if (info.resource == "namespaces") info.ns.clear();
}

}  // namespace

RequestInfo request_info(std::string_view method, const net::Target& target) {
  RequestInfo info;
  info.path = target.path;
  info.verb = to_lower(method);
  const auto parts = segments(target.path);
  if (parts.empty()) return info;
  if (parts[0] == "api" && parts.size() >= 3) {
    info.version = parts[1];
    take_resource(info, parts, 2);
  } else if (parts[0] == "apis" && parts.size() >= 4) {
    info.group = parts[1];
    info.version = parts[2];
    take_resource(info, parts, 3);
  }
  if (info.is_resource) info.verb = verb_of(method, info, target);
  return info;
}

}  // namespace slipway::kubesim
