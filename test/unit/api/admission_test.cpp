// The same table of cases, through an API server's eyes: the generated CRDs, their CEL rules evaluated.
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "api/v1alpha1/codec.h"
#include "api/v1alpha1/crd.h"
#include "pkg/kubesim/schema.h"
#include "test/unit/api/support.h"

using namespace slipway;

namespace {

std::shared_ptr<const kubesim::Schema> schema_for(std::string_view kind) {
  for (const json::Value& crd : api::custom_resource_definitions()) {
    if (crd["spec"]["names"]["kind"].as_string() != kind) continue;
    auto schema = kubesim::compile_schema(crd["spec"]["versions"][0U]["schema"]["openAPIV3Schema"]);
    INFO((schema ? std::string() : schema.error().message()));
    REQUIRE(schema);
    return *schema;
  }
  FAIL("no such kind");
  return nullptr;
}

// The places and sentences of rules.cpp among these messages.
std::multiset<std::string> rule_sentences(const std::vector<std::string>& messages) {
  std::multiset<std::string> said;
  for (const std::string& message : messages) {
    std::set<std::string_view> matched;  // some sentences stand in the table twice, for two kinds
    for (const api::Rule& rule : api::rules())
      if (message.ends_with(rule.sentence) && matched.insert(rule.sentence).second) said.insert(std::string(rule.sentence));
  }
  return said;
}

std::vector<std::string> said_by_server(const test::Case& c) {
  const auto schema = schema_for(c.object["kind"].as_string());
  json::Value object = c.object;
  json::Value old = c.old;
  kubesim::prune(*schema, object);
  kubesim::apply_defaults(*schema, object);
  if (!old.is_null()) kubesim::apply_defaults(*schema, old);
  std::vector<std::string> messages;
  for (const kubesim::FieldIssue& issue : kubesim::validate_schema(*schema, object, old.is_null() ? nullptr : &old)) messages.push_back(issue.message);
  return messages;
}

bool mentions(const test::Case& c, std::string_view text) {
  return std::ranges::any_of(c.errors, [&](const std::string& error) { return error.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("the CEL rules of the CRDs and the operator's rules say the same about every case") {
  for (const test::Case& c : test::cases()) {
    // A value of a wrong type keeps the server from some rules, and more of them than it keeps the operator from.
    if (mentions(c, "must be a") || mentions(c, "must be true") || mentions(c, "is required")) continue;
    INFO(c.name);
    CHECK(rule_sentences(said_by_server(c)) == rule_sentences(c.errors));
  }
}

TEST_CASE("the schema and the operator agree on what is valid") {
  for (const test::Case& c : test::cases()) {
    if (mentions(c, "unknown field")) continue;  // the server prunes those, or refuses them where the client asks for strict fields
    INFO(c.name);
    CHECK(said_by_server(c).empty() == c.errors.empty());
  }
}

TEST_CASE("the defaults of the schema are those of the structs") {
  for (const test::Case& c : test::cases()) {
    if (!c.errors.empty()) continue;
    INFO(c.name);
    const auto schema = schema_for(c.object["kind"].as_string());
    json::Value defaulted = c.object;
    kubesim::apply_defaults(*schema, defaulted);
    std::vector<api::FieldError> errors;
    const bool workload = c.object["kind"].as_string() == "WorkloadCluster";
    const auto encode = [&](const json::Value& object) {
      return workload ? api::encode(api::decode_workload_cluster(object, errors)) : api::encode(api::decode_management_cluster_request(object, errors));
    };
    CHECK(encode(defaulted) == encode(c.object));
    CHECK(errors.empty());
    // Whatever the struct knows and the request left out, the server fills in with the same value.
    CHECK(defaulted["spec"]["cluster"]["network"] == encode(c.object)["spec"]["cluster"]["network"]);
    CHECK(defaulted["spec"]["deadlines"] == encode(c.object)["spec"]["deadlines"]);
  }
}

TEST_CASE("a status that the operator writes passes the schema") {
  const auto schema = schema_for("WorkloadCluster");
  json::Value object = test::cases().at(1).object;
  api::ClusterStatus status;
  status.observedGeneration = 1;
  status.conditions.push_back({"Ready", "Unknown", 1, "2026-08-21T10:02:11Z", "Progressing", ""});
  status.steps.push_back({"Cluster", "Running", "2026-08-21T10:02:11Z", "", ""});
  status.providers.push_back({"CoreProvider", "cluster-api", "v1.2.8", "", false});
  status.pivot = api::PivotStatus{};
  object.set("status", api::encode(status));
  kubesim::apply_defaults(*schema, object);
  CHECK(kubesim::prune(*schema, object).empty());
  CHECK(kubesim::validate_schema(*schema, object, nullptr).empty());
}
