#include "cmd/generate/reference.h"

#include <algorithm>
#include <span>

#include "api/v1alpha1/crd.h"
#include "api/v1alpha1/vocabulary.h"
#include "pkg/base/strings.h"

namespace slipway::generate {
namespace {

using api::FieldInfo;
using api::Shape;
using api::TypeInfo;

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string type_text(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::Object: return "[" + std::string(type.name) + "](#" + to_lower(type.name) + ")";
    case Shape::List: return "list of " + type_text(*type.element);
    case Shape::String: return "string";
    case Shape::Integer: return "integer";
    case Shape::Boolean: return "boolean";
    case Shape::Texts: return "strings by name";
    case Shape::Any: return "object, free-form";
  }
  return "";
}

std::string default_text(const FieldInfo& field) {
  if (field.meta->required) return "required";
  if (!field.fallback || field.fallback->is_object()) return "";
  return code(field.fallback->is_string() ? field.fallback->str() : json::dump(*field.fallback));
}

// What a value may be, after the sentence that says what it means.
std::string bounds_text(const TypeInfo& owner, const FieldInfo& field) {
  std::vector<std::string> parts;
  if (!field.meta->one_of.empty()) {
    std::vector<std::string> words;
    for (const std::string_view word : api::choices(field.meta->one_of)) words.push_back(code(word));
    parts.push_back("One of " + join(words, ", ") + ".");
  }
  if (field.meta->minimum || field.meta->maximum) {
    std::string text = field.meta->minimum ? "From " + std::to_string(*field.meta->minimum) : "Any";
    if (field.meta->maximum) text += " to " + std::to_string(*field.meta->maximum);
    parts.push_back(text + ".");
  }
  const auto sentences = [&](std::string_view scope) {
    for (const api::Rule* rule : api::rules_of(scope)) parts.push_back("*Rule: " + std::string(rule->sentence) + ".*");
  };
  if (!field.meta->format.empty()) sentences(field.meta->format);
  sentences(std::string(owner.name).append(".").append(field.name));
  if (field.meta->unique == "*") {
    parts.emplace_back("Each once.");
  } else if (!field.meta->unique.empty()) {
    std::vector<std::string> keys;
    for (const std::string_view key : api::choices(field.meta->unique)) keys.push_back(code(key));
    parts.push_back("Each " + join(keys, " and ") + " once.");
  }
  return join(parts, " ");
}

std::string cell(std::string text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

void table(std::string& out, const TypeInfo& type) {
  if (type.fields.empty()) {
    out += "No fields: write `{}`.\n\n";
    return;
  }
  out += "| Field | Type | Default | Meaning |\n|---|---|---|---|\n";
  for (const FieldInfo& field : type.fields) {
    const std::string bounds = bounds_text(type, field);
    out += "| " + code(field.name) + " | " + type_text(*field.type) + " | " + cell(default_text(field)) + " | " + std::string(field.meta->doc) +
           (bounds.empty() ? "" : " ") + cell(bounds) + " |\n";
  }
  out += "\n";
}

void rule_list(std::string& out, std::string_view scope) {
  const auto rules = api::rules_of(scope);
  if (rules.empty()) return;
  out += "Rules:\n\n";
  for (const api::Rule* rule : rules)
    out += "- " + (rule->at.empty() ? "" : code(rule->at) + ": ") + std::string(rule->sentence) + (rule->transition ? " (on changes)" : "") + ".\n";
  out += "\n";
}

// The objects below `type`, each once, in the order in which a reader meets them.
void collect(const TypeInfo& type, std::vector<const TypeInfo*>& found) {
  for (const FieldInfo& field : type.fields) {
    const TypeInfo* inner = field.type->shape == Shape::List ? field.type->element : field.type;
    if (inner->shape != Shape::Object || std::ranges::find(found, inner) != found.end()) continue;
    found.push_back(inner);
    collect(*inner, found);
  }
}

void section(std::string& out, std::string_view marks, const TypeInfo& type) {
  out += std::string(marks) + " " + std::string(type.name) + "\n\n";
  table(out, type);
  rule_list(out, type.name);
}

void resource_section(std::string& out, const api::Resource& resource) {
  out += "## " + std::string(resource.kind) + "\n\n" + std::string(resource.doc) + "\n\n";
  out += "`kubectl get " + std::string(resource.short_name) + "` (also " + code(resource.plural) + ", category `slipway`) prints:\n\n";
  out += "| Column | From | Meaning |\n|---|---|---|\n";
  for (const api::Column& column : resource.columns) {
    std::string name(column.name);
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    out += "| " + name + (column.wide ? " (`-o wide`)" : "") + " | " + code(cell(std::string(column.path))) + " | " + std::string(column.doc) + " |\n";
  }
  out += "\n";
  rule_list(out, resource.kind);
  section(out, "###", *resource.spec);
}

void terms(std::string& out, std::string_view title, std::string_view introduction, std::span<const api::Term> list, bool linked) {
  out += "### " + std::string(title) + "\n\n" + std::string(introduction) + "\n\n| Name | Meaning |\n|---|---|\n";
  for (const api::Term& term : list) {
    const std::string name(term.name);
    out += "| " + (linked ? "[" + code(name) + "](runbook/" + name + ".md)" : code(name)) + " | " + std::string(term.doc) + " |\n";
  }
  out += "\n";
}

constexpr std::string_view kIntroduction = R"(# API reference

<!-- Written by hack/generate from api/v1alpha1: change it there. -->

Group `slipway.dev`, version `v1alpha1`. Unknown fields and values of a wrong type are refused. Defaults stand in the schema; the operator never writes `spec`.
The rules are part of the CRDs (as CEL, from Kubernetes 1.25 on), and the operator checks them itself, with the same sentences: an object that a server admitted
without them ends with the condition `Stalled` and that sentence.

)";

}  // namespace

std::string api_reference() {
  std::string out(kIntroduction);
  std::vector<const TypeInfo*> shared;
  for (const api::Resource* resource : {&api::management_cluster_requests(), &api::workload_clusters()}) {
    resource_section(out, *resource);
    collect(*resource->spec, shared);
  }
  out += "## Parts of the specs\n\n";
  for (const TypeInfo* type : shared) section(out, "###", *type);
  out += "## Status\n\nBoth resources have the same status. Scripts wait for conditions; `phase` and `progress` are for columns only.\n\n";
  const TypeInfo& status = *api::management_cluster_requests().status;
  section(out, "###", status);
  std::vector<const TypeInfo*> parts = shared;
  collect(status, parts);
  for (const TypeInfo* type : parts)
    if (std::ranges::find(shared, type) == shared.end()) section(out, "###", *type);
  terms(out, "Conditions of a ManagementClusterRequest", "In the order in which they are listed; each name leads to its page of the runbook.",
        api::kManagementConditions, true);
  terms(out, "Conditions of a WorkloadCluster", "Likewise.", api::kWorkloadConditions, true);
  out += "## Annotations\n\n";
  terms(out, "On both resources", "The override of last resort, the pause that other tools set, and the operator's own memory.", api::kAnnotations, false);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace slipway::generate
