// The seam inside kubesim. The core half (storage, requests, watch, patches, apply, garbage collection, server) calls what the schema half
// (built-in kinds, CRDs, structural schemas, discovery, OpenAPI, tables) implements. Nobody outside this folder includes it.
// Thread: the loop's only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/base/time.h"
#include "pkg/json/value.h"
#include "pkg/kube/types.h"
#include "pkg/net/http.h"

namespace slipway::kubesim {

// ---------------------------------------------------------------------------------------------------------------------------- resources

// One node of a structural schema (apiextensions-apiserver pkg/apiserver/schema/structural.go), immutable once built. The core half reads the
// members below to walk objects for apply and patches; `rules` holds the value validations, which the schema half alone reads.
struct SchemaRules;
struct Schema {
  std::string type;  // object, array, string, integer, number, boolean; empty: any (int-or-string, preserve-unknown-fields)
  bool int_or_string = false;
  bool preserve_unknown_fields = false;
  bool embedded_resource = false;
  bool nullable = false;
  std::map<std::string, std::shared_ptr<const Schema>, std::less<>> properties;
  std::shared_ptr<const Schema> items;
  std::shared_ptr<const Schema> additional;  // additionalProperties
  std::string list_type;                     // x-kubernetes-list-type: atomic (also where empty), set, map
  std::vector<std::string> list_map_keys;    // of list type map
  std::string map_type;                      // x-kubernetes-map-type: granular (also where empty), atomic
  json::Value raw;                           // the node's own keywords, without properties, items, additionalProperties; null: `true`
  std::shared_ptr<const SchemaRules> rules;  // never null
};

// A column of `kubectl get`: of a CRD version's additionalPrinterColumns, as written there.
struct PrinterColumn {
  std::string name, type, format, description, json_path;
  std::int64_t priority = 0;
};

// One served version of one resource.
struct ResourceDef {
  kube::GroupVersionResource gvr;  // gvr.namespaced tells the scope
  std::string kind;
  std::string list_kind;
  std::string singular;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::string storage_version;                  // all versions of a group and resource share their objects, kept in this version
  bool has_status = false;                      // the status subresource; generation counts changes of anything but metadata and status
  bool has_scale = false;                       // not served yet: 404
  bool counts_generation = true;                // metadata.generation is kept (false: ConfigMap, Secret, Event, ...)
  std::vector<std::string> verbs;               // empty: create delete deletecollection get list patch update watch
  std::vector<std::string> extra_subresources;  // e.g. namespaces: "finalize"
  std::shared_ptr<const Schema> schema;         // null: nothing is validated, defaulted or pruned
  std::vector<PrinterColumn> columns;           // CRDs only; built-ins have theirs in table.cpp
  bool preserve_unknown = false;                // spec.preserveUnknownFields: true (v1beta1-style CRDs); nothing is pruned
  bool is_crd = false;                          // comes from a CustomResourceDefinition
  std::int64_t source_generation = 0;           // of the CustomResourceDefinition, set by the core
  std::string source_uid;
  [[nodiscard]] kube::GroupVersionKind gvk() const { return {gvr.group, gvr.version, kind}; }
};
using ResourcePtr = std::shared_ptr<const ResourceDef>;

struct OpenApiDocuments;

// What this server serves. Written by the core half (registry.cpp).
class ResourceRegistry {
 public:
  ResourceRegistry();  // the built-in kinds

  [[nodiscard]] ResourcePtr find(std::string_view group, std::string_view version, std::string_view resource) const;  // null where not served
  [[nodiscard]] ResourcePtr find_kind(const kube::GroupVersionKind& gvk) const;
  [[nodiscard]] bool serves_group(std::string_view group) const;
  [[nodiscard]] bool serves_group_version(std::string_view group, std::string_view version) const;
  [[nodiscard]] std::vector<ResourcePtr> all() const;                                                           // in order of registration
  [[nodiscard]] std::vector<ResourcePtr> versions_of(std::string_view group, std::string_view resource) const;  // in order of registration

  void replace(std::string_view group, std::string_view resource, std::vector<ResourceDef> versions);  // adds where absent
  void remove(std::string_view group, std::string_view resource);
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }  // changes with every change: the key for caches

  mutable std::shared_ptr<OpenApiDocuments> openapi_documents;  // openapi.cpp keeps there what it built

 private:
  std::vector<ResourcePtr> resources_;
  std::uint64_t generation_ = 1;
};

// ------------------------------------------------------------------------------------------ implemented by the schema half, called by the core

// builtin_kinds.cpp. Core v1, apps/v1, rbac, coordination, apiextensions (customresourcedefinitions), apiregistration, admissionregistration, ...
[[nodiscard]] std::vector<ResourceDef> builtin_kinds();

// One entry of a field.ErrorList (apimachinery pkg/util/validation/field/errors.go).
struct FieldIssue {
  std::string field;    // "spec.replicas", "spec.items[0].name"; "<nil>" as the real server has it for the root
  std::string reason;   // metav1.CauseType: FieldValueRequired, FieldValueInvalid, FieldValueNotSupported, FieldValueDuplicate, FieldValueTypeInvalid, ...
  std::string message;  // without the field: `Invalid value: "string": spec.replicas in body must be of type integer: "string"`
};

// schema.cpp. `old` is the stored object on updates, else null.
[[nodiscard]] std::vector<FieldIssue> validate_schema(const Schema& schema, const json::Value& object, const json::Value* old);
void apply_defaults(const Schema& schema, json::Value& object);
// Removes what the schema does not know (never apiVersion, kind, metadata); returns the paths, as fieldValidation words them: "spec.foo".
std::vector<std::string> prune(const Schema& schema, json::Value& object);

// crd.cpp. The core calls default_crd and validate_crd on writes of CustomResourceDefinitions, then set_crd_conditions, then registers.
void default_crd(json::Value& crd);
[[nodiscard]] std::vector<FieldIssue> validate_crd(const json::Value& crd, const json::Value* old);
// status.conditions NamesAccepted and Established, status.acceptedNames, status.storedVersions. False where the names are taken: then the core does not serve
// it.
bool set_crd_conditions(json::Value& crd, const ResourceRegistry& registry, WallTime now);
[[nodiscard]] Result<std::vector<ResourceDef>> resource_defs_of_crd(const json::Value& crd);  // served versions only

// table.cpp. meta.k8s.io/<version> Table of the objects, which are already in the version of `def`; columnDefinitions empty where headers is false (later
// events of a watch). metadata of the list is set by the core.
struct TableOptions {
  std::string version = "v1";               // or v1beta1
  std::string include_object = "Metadata";  // None, Metadata, Object
  bool headers = true;
  WallTime now{};
};
[[nodiscard]] json::Value render_table(const ResourceDef& def, std::span<const kube::ObjectPtr> objects, const TableOptions& options);

// discovery.cpp: /api, /apis (old and aggregated, by Accept), /api/v1, /apis/<g>, /apis/<g>/<v>. Nothing where the path is none of these; the core writes the
// 404.
[[nodiscard]] std::optional<net::Response> discovery_response(const net::Request& request, const ResourceRegistry& registry, std::string_view version);
// openapi.cpp: /openapi/v2 (protobuf for kubectl 1.20), /openapi/v3, /openapi/v3/...
[[nodiscard]] std::optional<net::Response> openapi_response(const net::Request& request, const ResourceRegistry& registry, std::string_view version);

}  // namespace slipway::kubesim
