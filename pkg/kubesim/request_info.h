// What a request asks for, by its path and method, as apiserver pkg/endpoints/request/requestinfo.go resolves it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/net/http.h"

namespace slipway::kubesim {

struct RequestInfo {
  bool is_resource = false;  // below /api/<v>/ or /apis/<g>/<v>/ and naming a resource
  std::string path;
  std::string verb;  // get list watch create update patch delete deletecollection; for other paths the method in lower case
  std::string group;
  std::string version;
  std::string resource;  // "namespaces" for /api/v1/namespaces/x itself
  std::string subresource;
  std::string ns;
  std::string name;
  std::vector<std::string> extra;  // path segments after the subresource: nothing here serves them
  bool deprecated_watch = false;   // /api/v1/watch/...
};

[[nodiscard]] RequestInfo request_info(std::string_view method, const net::Target& target);

}  // namespace slipway::kubesim
