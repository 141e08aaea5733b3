// OpenAPI documents of what the server serves: version 2 as JSON and as gnostic's protobuf (kubectl before 1.27: explain, client-side validation,
// dry-run detection), version 3 a group version each (kubectl since 1.27). Custom resources with their whole schemas, as apiextensions-apiserver
// pkg/controller/openapi publishes them; built-in kinds by their top-level fields, with open bodies. Built-in kinds whose bodies are not described in
// full carry no group-version-kind in version 2, so that old clients neither validate them nor take merge keys from here: they use their own types.
// The entry point stands in detail/seam.h. Thread: the loop's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

enum class OpenApi : std::uint8_t { V2, V3 };

// "io.k8s.api.apps.v1.Deployment", "io.x-k8s.cluster.v1beta1.Machine"
[[nodiscard]] std::string definition_name(const ResourceDef& def);

// The schema of a kind, with apiVersion, kind, metadata and x-kubernetes-group-version-kind.
[[nodiscard]] json::Value kind_definition(const ResourceDef& def, OpenApi version);
// A custom resource's schema in version 2, which lacks junctions and nullable (apiextensions-apiserver pkg/controller/openapi/v2/conversion.go).
[[nodiscard]] json::Value to_v2(const Schema& schema);
// ObjectMeta and what it refers to, by name.
[[nodiscard]] json::Value meta_definitions(OpenApi version);

// The top-level fields of a built-in kind beside apiVersion, kind and metadata. `complete` is false where a field's body is open.
[[nodiscard]] json::Value builtin_properties(const ResourceDef& def, bool& complete);

// The paths of a resource with the operations that clients look for: their group-version-kind, parameters and media types.
void add_paths(const ResourceDef& def, OpenApi version, json::Value& paths);

[[nodiscard]] json::Value openapi_v2_document(const ResourceRegistry& registry, std::string_view server_version);
// `resources` are those of one group version.
[[nodiscard]] json::Value openapi_v3_document(const std::vector<ResourcePtr>& resources, std::string_view server_version);

}  // namespace slipway::kubesim
