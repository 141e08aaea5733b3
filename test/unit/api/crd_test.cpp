#include "api/v1alpha1/crd.h"

#include <filesystem>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "api/v1alpha1/codec.h"
#include "api/v1alpha1/vocabulary.h"
#include "pkg/yaml/yaml.h"
#include "test/unit/api/support.h"

using namespace slipway;

namespace {

void collect_fields(const api::TypeInfo& type, std::set<std::string>& fields) {
  if (type.shape == api::Shape::List) return collect_fields(*type.element, fields);
  for (const api::FieldInfo& field : type.fields) {
    fields.insert(std::string(type.name) + "." + field.name);
    collect_fields(*field.type, fields);
  }
}

std::set<std::string> all_fields() {
  std::set<std::string> fields;
  for (const api::Resource* resource : {&api::management_cluster_requests(), &api::workload_clusters()}) {
    collect_fields(*resource->spec, fields);
    collect_fields(*resource->status, fields);
  }
  return fields;
}

const json::Value& version_of(const json::Value& crd) { return crd["spec"]["versions"][0U]; }

}  // namespace

TEST_CASE("every field has a row that explains it, and no row is about a field that is gone") {
  const std::set<std::string> fields = all_fields();
  std::set<std::string> rows;
  for (const api::FieldMeta& row : api::field_table()) {
    INFO(row.field);
    CHECK(rows.insert(std::string(row.field)).second);
    CHECK(fields.contains(std::string(row.field)));
    CHECK(row.doc.ends_with('.'));
  }
  for (const std::string& field : fields) {
    INFO(field);
    CHECK(rows.contains(field));
  }
}

TEST_CASE("every rule stands on something, and every format has a rule") {
  std::set<std::string> scopes = all_fields();
  for (const std::string& field : all_fields()) scopes.insert(field.substr(0, field.find('.')));
  scopes.insert({"ManagementClusterRequest", "WorkloadCluster"});
  for (const api::FieldMeta& row : api::field_table()) {
    if (row.format.empty() || row.format == "date-time") continue;
    scopes.insert(std::string(row.format));
    INFO(row.field);
    CHECK_FALSE(api::rules_of(row.format).empty());
  }
  for (const api::Rule& rule : api::rules()) {
    INFO(rule.scope);
    CHECK(scopes.contains(std::string(rule.scope)));
  }
}

TEST_CASE("the files in config/crd are those that hack/generate writes") {
  for (const json::Value& crd : api::custom_resource_definitions()) {
    const std::string path = "config/crd/slipway.dev_" + crd["spec"]["names"]["plural"].str() + ".yaml";
    INFO(path << " is stale: run hack/generate");
    const auto parsed = yaml::parse(test::file_text(test::repository() / path), path);
    REQUIRE(parsed);
    CHECK((*parsed == crd) == true);
  }
}

TEST_CASE("a fresh object never counts as finished: its status starts at observedGeneration -1") {
  for (const json::Value& crd : api::custom_resource_definitions()) {
    const json::Value& schema = version_of(crd)["schema"]["openAPIV3Schema"];
    CHECK(json::dump(schema["properties"]["status"]["default"]) == R"({"observedGeneration":-1})");
    CHECK(version_of(crd)["subresources"].contains("status"));
    CHECK_FALSE(schema["properties"]["status"]["properties"]["phase"].contains("default"));
  }
}

TEST_CASE("kubectl get prints the agreed columns") {
  const auto names = [](const api::Resource& resource) {
    std::string out;
    for (const api::Column& column : resource.columns) out += std::string(column.name) + (column.wide ? "* " : " ");
    return out;
  };
  CHECK(names(api::management_cluster_requests()) == "Phase Progress Ready ControlPlane Workers Version Age Reason* Message* ");
  CHECK(names(api::workload_clusters()) == "Phase Progress Ready ControlPlane Workers Version Roles Plan TKR Age Reason* Message* ");
}

TEST_CASE("every bound that keeps a CEL rule cheap is there") {
  // A rule's estimated cost is bounded by maxLength and maxItems of what it stands in; a server refuses the CRD where they lack.
  for (const json::Value& crd : api::custom_resource_definitions()) {
    std::vector<std::pair<std::string, const json::Value*>> open{{"spec", &version_of(crd)["schema"]["openAPIV3Schema"]["properties"]["spec"]}};
    while (!open.empty()) {
      const auto [path, node] = open.back();
      open.pop_back();
      INFO(path);
      if ((*node)["type"].as_string() == "string") CHECK(node->contains("maxLength"));
      if ((*node)["type"].as_string() == "array") {
        CHECK(node->contains("maxItems"));
        open.emplace_back(path + "[]", node->find("items"));
      }
      for (const json::Member& member : (*node)["properties"].object()) open.emplace_back(path + "." + member.key, &member.value);
    }
  }
}

TEST_CASE("every sample of ours is valid") {
  int seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::repository() / "config/samples")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto documents = yaml::parse_all(test::file_text(entry.path()), entry.path().filename().string());
    INFO(entry.path().string());
    REQUIRE(documents);
    for (const json::Value& document : *documents) {
      if (document["apiVersion"].as_string() != api::kGroupVersion) continue;
      ++seen;
      CHECK(api::to_string(api::check(document)).empty());
    }
  }
  CHECK(seen >= 4);
}

TEST_CASE("every condition has its page in the runbook") {
  const std::filesystem::path runbook = test::repository() / "docs/runbook";
  std::set<std::string_view> conditions;
  for (const api::Term& term : api::kManagementConditions) conditions.insert(term.name);
  for (const api::Term& term : api::kWorkloadConditions) conditions.insert(term.name);
  for (const std::string_view name : conditions) CHECK(std::filesystem::exists(runbook / (std::string(name) + ".md")));
  CHECK(static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(runbook), {})) == conditions.size() + 1);  // and its README
}
