// The CustomResourceDefinitions of the two resources (apiextensions.k8s.io/v1, structural), made from schema.h, fields.cpp and rules.cpp. hack/generate writes
// them to config/crd/; a server that has no files at hand may take them from here. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/v1alpha1/rules.h"
#include "api/v1alpha1/schema.h"
#include "pkg/json/value.h"

namespace slipway::api {

[[nodiscard]] json::Value custom_resource_definition(const Resource& resource);
// Both, in the order of docs.
[[nodiscard]] std::vector<json::Value> custom_resource_definitions();

// The rules whose scope is `scope`, in the order of the table.
[[nodiscard]] std::vector<const Rule*> rules_of(std::string_view scope);
// A rule of a string that may be absent: '' passes.
[[nodiscard]] std::string cel_of(const Rule& rule, bool may_be_empty);

}  // namespace slipway::api
