// CustomResourceDefinitions apart from their schemas: names, versions, columns, subresources, conversion.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/crd.h"
#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

using Issues = std::vector<FieldIssue>;

// apimachinery pkg/util/validation: the sentence, or nothing where the text is fine.
std::string label_problem(std::string_view text) {
  static const Pattern kLabel = *Pattern::compile("^[a-z]([-a-z0-9]*[a-z0-9])?$");
  if (text.size() > 63) return "must be no more than 63 bytes";
  if (kLabel.matches(text)) return {};
  return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric "
         "character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
}

std::string subdomain_problem(std::string_view text) {
  static const Pattern kSubdomain = *Pattern::compile(R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)");
  if (text.size() > 253) return "must be no more than 253 bytes";
  if (kSubdomain.matches(text)) return {};
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
         "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

void check_label(const json::Value& value, const std::string& field, bool required, Issues& issues) {
  const std::string_view text = value.as_string();
  if (text.empty() && required) issues.push_back(required_value(field, ""));
  if (text.empty()) return;
  if (const std::string problem = label_problem(text); !problem.empty()) issues.push_back(invalid_value(field, quoted(text), problem));
}

void check_kind(const json::Value& value, const std::string& field, Issues& issues) {
  const std::string_view text = value.as_string();
  if (text.empty()) return issues.push_back(required_value(field, ""));
  if (const std::string problem = label_problem(to_lower(text)); !problem.empty()) {
    issues.push_back(invalid_value(field, quoted(text), "may have mixed case, but should otherwise match: " + problem));
  }
}

void check_names(const json::Value& names, Issues& issues) {
  check_label(names["plural"], "spec.names.plural", true, issues);
  check_label(names["singular"], "spec.names.singular", true, issues);
  check_kind(names["kind"], "spec.names.kind", issues);
  check_kind(names["listKind"], "spec.names.listKind", issues);
  for (const std::string_view key : {"shortNames", "categories"}) {
    for (std::size_t i = 0; i < names[key].size(); ++i) {
      check_label(names[key][i], "spec.names." + std::string(key) + "[" + std::to_string(i) + "]", false, issues);
    }
  }
  if (!names["kind"].as_string().empty() && names["kind"] == names["listKind"]) {
    issues.push_back(invalid_value("spec.names.listKind", go_value(names["listKind"]), "kind and listKind may not be the same"));
  }
}

void check_group(const json::Value& crd, Issues& issues) {
  const std::string_view group = crd["spec"]["group"].as_string();
  if (group.empty()) {
    issues.push_back(required_value("spec.group", ""));
  } else if (const std::string problem = subdomain_problem(group); !problem.empty()) {
    issues.push_back(invalid_value("spec.group", quoted(group), problem));
  } else if (group.find('.') == std::string_view::npos) {
    issues.push_back(invalid_value("spec.group", quoted(group), "should be a domain with at least one dot"));
  }
  const bool is_protected = group == "k8s.io" || group.ends_with(".k8s.io") || group == "kubernetes.io" || group.ends_with(".kubernetes.io");
  if (is_protected && kube::annotation(crd, "api-approved.kubernetes.io").empty()) {
    issues.push_back(required_value("metadata.annotations[api-approved.kubernetes.io]",
                                    "protected groups must have approval annotation \"api-approved.kubernetes.io\", see "
                                    "https://github.com/kubernetes/enhancements/pull/1111"));
  }
}

void check_scope(const json::Value& scope, Issues& issues) {
  static constexpr std::string_view kScopes[] = {"Cluster", "Namespaced"};
  if (scope.as_string().empty()) {
    issues.push_back(required_value("spec.scope", ""));
  } else if (std::ranges::find(kScopes, scope.as_string()) == std::end(kScopes)) {
    issues.push_back(unsupported_value("spec.scope", scope.as_string(), kScopes));
  }
}

void check_column(const json::Value& column, const std::string& field, Issues& issues) {
  static constexpr std::string_view kTypes[] = {"boolean", "date", "integer", "number", "string"};
  static constexpr std::string_view kFormats[] = {"byte", "date", "date-time", "double", "float", "int32", "int64", "password"};
  if (column["name"].as_string().empty()) issues.push_back(required_value(field + ".name", ""));
  const std::string_view type = column["type"].as_string();
  if (type.empty()) {
    issues.push_back(required_value(field + ".type", "must be one of boolean,date,integer,number,string"));
  } else if (std::ranges::find(kTypes, type) == std::end(kTypes)) {
    issues.push_back(invalid_value(field + ".type", quoted(type), "must be one of boolean,date,integer,number,string"));
  }
  const std::string_view format = column["format"].as_string();
  if (!format.empty() && std::ranges::find(kFormats, format) == std::end(kFormats)) {
    issues.push_back(invalid_value(field + ".format", quoted(format), "must be one of byte,date,date-time,double,float,int32,int64,password"));
  }
  const std::string_view path = column["jsonPath"].as_string();
  if (path.empty()) {
    issues.push_back(required_value(field + ".JSONPath", ""));
  } else if (path.front() != '.') {
    issues.push_back(invalid_value(field + ".JSONPath", quoted(path), "must be a simple json path starting with ."));
  }
}

void check_scale(const json::Value& scale, const std::string& field, Issues& issues) {
  if (!scale.is_object()) return;
  const std::pair<std::string_view, std::string_view> kPaths[] = {{"specReplicasPath", ".spec"}, {"statusReplicasPath", ".status"}};
  for (const auto& [key, root] : kPaths) {
    const std::string_view path = scale[key].as_string();
    const std::string where = field + ".scale." + std::string(key);
    if (path.empty()) {
      issues.push_back(required_value(where, ""));
    } else if (!path.starts_with(std::string(root) + ".")) {
      issues.push_back(invalid_value(where, quoted(path), "should be a json path under " + std::string(root)));
    }
  }
}

void check_conversion(const json::Value& spec, Issues& issues) {
  const json::Value& conversion = spec["conversion"];
  const auto served = std::ranges::count_if(spec["versions"].array(), [](const json::Value& v) { return v["served"].as_bool(); });
  static constexpr std::string_view kStrategies[] = {"None", "Webhook"};
  const std::string_view strategy = conversion["strategy"].as_string();
  if (strategy.empty()) {
    issues.push_back(required_value("spec.conversion.strategy", ""));
  } else if (std::ranges::find(kStrategies, strategy) == std::end(kStrategies)) {
    issues.push_back(unsupported_value("spec.conversion.strategy", strategy, kStrategies));
  } else if (strategy == "Webhook" && conversion["webhook"]["clientConfig"].is_null()) {
    issues.push_back(required_value("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook"));
  } else if (strategy == "Webhook" && conversion["webhook"]["conversionReviewVersions"].size() == 0) {
    issues.push_back(required_value("spec.conversion.conversionReviewVersions", ""));
  } else if (strategy == "Webhook" && served > 1) {
    issues.push_back(invalid_value("spec.conversion.strategy", quoted(strategy),
                                   "kubesim calls no conversion webhooks: serve one version only, or set the strategy to None"));
  } else if (strategy == "None" && conversion.contains("webhook")) {
    issues.push_back(forbidden_value("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook"));
  }
}

// Where all versions have the same part, the real server checks it once, as the top-level part of its internal form.
bool same_in_all_versions(const json::Array& versions, std::string_view part) {
  return std::ranges::all_of(versions, [&](const json::Value& v) { return !v[part].is_null() && v[part] == versions.front()[part]; });
}

void check_versions(const json::Value& spec, Issues& issues) {
  const json::Array& versions = spec["versions"].array();
  std::set<std::string_view> names;
  std::string listed;
  std::size_t stored = 0;
  const bool one_schema = same_in_all_versions(versions, "schema");
  const bool one_column_set = same_in_all_versions(versions, "additionalPrinterColumns");
  const bool one_subresources = same_in_all_versions(versions, "subresources");
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const json::Value& version = versions[i];
    const std::string field = "spec.versions[" + std::to_string(i) + "]";
    names.insert(version["name"].as_string());
    listed += (i == 0 ? "" : ", ") + go_value(version["name"]);
    stored += version["storage"].as_bool() ? 1U : 0U;
    if (const std::string problem = label_problem(version["name"].as_string()); !problem.empty()) {
      issues.push_back(invalid_value(field + ".name", quoted(version["name"].as_string()), problem));
    }
    const json::Value& schema = version["schema"]["openAPIV3Schema"];
    if (!schema.is_object()) {
      issues.push_back(required_value(field + ".schema.openAPIV3Schema", ""));
    } else if (!one_schema || i == 0) {
      validate_crd_schema(schema, one_schema ? "spec.validation.openAPIV3Schema" : field + ".schema.openAPIV3Schema", issues);
    }
    for (std::size_t c = 0; c < version["additionalPrinterColumns"].size() && (!one_column_set || i == 0); ++c) {
      const std::string base = one_column_set ? "spec" : field;
      check_column(version["additionalPrinterColumns"][c], base + ".additionalPrinterColumns[" + std::to_string(c) + "]", issues);
    }
    if (!one_subresources || i == 0) check_scale(version["subresources"]["scale"], (one_subresources ? "spec" : field) + ".subresources", issues);
  }
  const std::string value = "[]apiextensions.CustomResourceDefinitionVersion{" + listed + "}";
  if (names.size() != versions.size()) issues.push_back(invalid_value("spec.versions", value, "must contain unique version names"));
  if (stored != 1) issues.push_back(invalid_value("spec.versions", value, "must have exactly one version marked as storage version"));
}

// What may be stored in a version must stay readable.
void check_stored_versions(const json::Value& spec, const json::Value& stored, Issues& issues) {
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const std::string version = stored[i].str();
    if (std::ranges::any_of(spec["versions"].array(), [&](const json::Value& v) { return v["name"].as_string() == version; })) continue;
    std::string detail = "missing from spec.versions; " + version;
    detail.append(" was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ");
    detail.append(version).append(" and removes ").append(version).append(" from status.storedVersions");
    issues.push_back(invalid_value("status.storedVersions[" + std::to_string(i) + "]", quoted(version), detail));
  }
}

void check_unchanged(const json::Value& crd, const json::Value& old, std::string_view key, Issues& issues) {
  const auto at = [&](const json::Value& object) -> const json::Value& {
    return key.starts_with("names.") ? object["spec"]["names"][key.substr(6)] : object["spec"][key];
  };
  if (at(crd) != at(old)) issues.push_back(invalid_value("spec." + std::string(key), go_value(at(crd)), "field is immutable"));
}

}  // namespace

std::vector<FieldIssue> validate_crd(const json::Value& crd, const json::Value* old) {
  Issues issues;
  const json::Value& spec = crd["spec"];
  const std::string_view name = kube::name_of(crd);
  if (old == nullptr && name != spec["names"]["plural"].str() + "." + spec["group"].str()) {
    issues.push_back(invalid_value("metadata.name", quoted(name), "must be spec.names.plural+\".\"+spec.group"));
  }
  check_group(crd, issues);
  check_scope(spec["scope"], issues);
  check_versions(spec, issues);
  check_names(spec["names"], issues);
  check_conversion(spec, issues);
  if (spec["preserveUnknownFields"].as_bool()) {
    issues.push_back(invalid_value("spec.preserveUnknownFields", "true",
                                   "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"));
  }
  if (old == nullptr) return issues;
  check_stored_versions(spec, (*old)["status"]["storedVersions"], issues);
  const bool established = kube::condition_true(*old, "Established");
  if (established) check_unchanged(crd, *old, "scope", issues);
  if (established) check_unchanged(crd, *old, "names.kind", issues);
  check_unchanged(crd, *old, "group", issues);
  check_unchanged(crd, *old, "names.plural", issues);
  return issues;
}

}  // namespace slipway::kubesim
