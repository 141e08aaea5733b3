// CustomResourceDefinitions that the world itself installs: bodies are kept as they come, status is a subresource. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

struct Column {
  std::string_view name, type, path;
};
struct CrdRow {
  std::string_view group, version, kind;
  bool namespaced = true;
  std::vector<Column> columns = {};
  std::string_view short_name = {};
};
[[nodiscard]] kube::Object make_crd(const CrdRow& row);
[[nodiscard]] kube::Object simulated_cluster_crd();
[[nodiscard]] std::vector<kube::Object> kapp_controller_crds();  // packaging.carvel.dev
[[nodiscard]] std::vector<kube::Object> release_crds();          // what package tkr-service brings
[[nodiscard]] std::vector<kube::Object> addons_crds();           // what package tanzu-addons-manager brings

}  // namespace slipway::simcloud
