#include "pkg/kubesim/crd.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

std::vector<std::string> strings_of(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& v : list.array()) out.push_back(v.str());
  return out;
}

std::string storage_version_of(const json::Value& crd) {
  for (const json::Value& version : crd["spec"]["versions"].array()) {
    if (version["storage"].as_bool()) return version["name"].str();
  }
  return {};
}

// --------------------------------------------------------------------------------------------------------------------------------------- status

void set_condition(json::Value& crd, std::string_view type, std::string_view status, std::string_view reason, std::string_view message, WallTime now) {
  json::Array& conditions = crd.ref({"status", "conditions"}).make_array();
  auto it = std::ranges::find_if(conditions, [&](const json::Value& c) { return c["type"].as_string() == type; });
  if (it == conditions.end()) {
    conditions.emplace_back(json::Object{{"type", type}});
    it = std::prev(conditions.end());
  }
  if ((*it)["status"].as_string() != status) it->set("lastTransitionTime", to_rfc3339(now));
  it->set("status", status);
  it->set("reason", reason);
  it->set("message", message);
}

struct Taken {
  std::set<std::string, std::less<>> resources, kinds;
};

Taken names_of_others(const ResourceRegistry& registry, std::string_view group, std::string_view plural) {
  Taken taken;
  for (const ResourcePtr& def : registry.all()) {
    if (def->gvr.group != group || def->gvr.resource == plural) continue;
    taken.resources.insert({def->gvr.resource, def->singular});
    taken.resources.insert(def->short_names.begin(), def->short_names.end());
    taken.kinds.insert({def->kind, def->list_kind});
  }
  return taken;
}

std::string in_use(std::string_view name) { return quoted(name) + " is already in use"; }

}  // namespace

void default_crd(json::Value& crd) {
  json::Value& names = crd.ref({"spec", "names"});
  const std::string kind = names["kind"].str();
  if (names["singular"].as_string().empty()) names.set("singular", to_lower(kind));
  if (names["listKind"].as_string().empty() && !kind.empty()) names.set("listKind", kind + "List");
  json::Value& spec = crd.ref("spec");
  if (spec["conversion"].is_null()) spec.set("conversion", json::Object{{"strategy", "None"}});
  if (spec.contains("preserveUnknownFields") && !spec["preserveUnknownFields"].as_bool()) spec.erase("preserveUnknownFields");
}

bool set_crd_conditions(json::Value& crd, const ResourceRegistry& registry, WallTime now) {
  const json::Value names = crd["spec"]["names"];
  const Taken taken = names_of_others(registry, crd["spec"]["group"].as_string(), names["plural"].as_string());
  std::string reason;
  std::string message;
  json::Value accepted = crd["status"]["acceptedNames"];
  const auto claim = [&](std::string_view key, const std::set<std::string, std::less<>>& used, std::string_view conflict) {
    const std::string_view wanted = names[key].as_string();
    if (wanted != accepted[key].as_string() && used.contains(wanted)) {
      reason = conflict;
      message = in_use(wanted);
      if (!accepted.contains(key)) accepted.set(key, "");
    } else {
      accepted.set(key, wanted);
    }
  };
  claim("plural", taken.resources, "PluralConflict");
  claim("singular", taken.resources, "SingularConflict");
  std::vector<std::string> clashes;
  for (const json::Value& name : names["shortNames"].array()) {
    if (taken.resources.contains(name.as_string())) clashes.push_back(in_use(name.as_string()));
  }
  if (!clashes.empty()) {
    reason = "ShortNamesConflict";
    message = clashes.size() == 1 ? clashes.front() : "[" + join(clashes, ", ") + "]";
  } else if (names.contains("shortNames")) {
    accepted.set("shortNames", names["shortNames"]);
  } else {
    accepted.erase("shortNames");
  }
  claim("kind", taken.kinds, "KindConflict");
  claim("listKind", taken.kinds, "ListKindConflict");
  if (names.contains("categories")) accepted.set("categories", names["categories"]);

  const bool free = reason.empty();
  set_condition(crd, "NamesAccepted", free ? "True" : "False", free ? "NoConflicts" : reason, free ? "no conflicts found" : message, now);
  const json::Array& conditions = crd["status"]["conditions"].array();
  const bool established =
      std::ranges::any_of(conditions, [](const json::Value& c) { return c["type"].as_string() == "Established" && c["status"].as_string() == "True"; });
  if (free && !established) set_condition(crd, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now);
  if (!free && !established) set_condition(crd, "Established", "False", "NotAccepted", "not all names are accepted", now);

  json::Value& status = crd.ref("status");
  status.set("acceptedNames", std::move(accepted));
  const std::string storage = storage_version_of(crd);
  json::Array& stored = status.ref("storedVersions").make_array();
  if (std::ranges::none_of(stored, [&](const json::Value& v) { return v.as_string() == storage; })) stored.emplace_back(storage);
  return free || established;
}

namespace {

PrinterColumn column_of(const json::Value& column) {
  return {column["name"].str(),        column["type"].str(),     column["format"].str(),
          column["description"].str(), column["jsonPath"].str(), column["priority"].as_int()};
}

}  // namespace

Result<std::vector<ResourceDef>> resource_defs_of_crd(const json::Value& crd) {
  const json::Value& spec = crd["spec"];
  const json::Value& names = crd["status"]["acceptedNames"]["kind"].as_string().empty() ? spec["names"] : crd["status"]["acceptedNames"];
  std::vector<ResourceDef> defs;
  for (const json::Value& version : spec["versions"].array()) {
    if (!version["served"].as_bool()) continue;
    ResourceDef def;
    def.gvr = {spec["group"].str(), version["name"].str(), spec["names"]["plural"].str(), spec["scope"].as_string() == "Namespaced"};
    def.kind = names["kind"].str();
    def.list_kind = names["listKind"].str(def.kind + "List");
    def.singular = names["singular"].str(to_lower(def.kind));
    def.short_names = strings_of(names["shortNames"]);
    def.categories = strings_of(names["categories"]);
    def.storage_version = storage_version_of(crd);
    def.has_status = version["subresources"].contains("status");
    def.has_scale = version["subresources"].contains("scale");
    def.preserve_unknown = spec["preserveUnknownFields"].as_bool();
    def.is_crd = true;
    for (const json::Value& column : version["additionalPrinterColumns"].array()) def.columns.push_back(column_of(column));
    if (const json::Value& openapi = version["schema"]["openAPIV3Schema"]; openapi.is_object()) {
      auto schema = compile_schema(openapi);
      if (!schema) return fail(std::move(schema).error().in("CustomResourceDefinition " + std::string(kube::name_of(crd)) + " version " + def.gvr.version));
      def.schema = std::move(*schema);
    }
    defs.push_back(std::move(def));
  }
  return defs;
}

}  // namespace slipway::kubesim
