#include "pkg/providers/metadata.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::providers;

namespace {

constexpr const char* kFile = R"(
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries:
  - {major: 0, minor: 4, contract: v1alpha4}
  - {major: 1, minor: 10, contract: v1beta1}
  - {major: 1, minor: 9, contract: v1beta1}
  - {major: 1, minor: 11, contract: v1beta2}
  - {major: 2, contract: v1beta2}
  - {major: 3, minor: 1}
)";

std::string error_of(std::string_view yaml) {
  const auto metadata = parse_metadata(yaml, "aws v1.0.0: metadata.yaml");
  return metadata ? "" : metadata.error().message();
}

}  // namespace

TEST_CASE("a version has the contract of its series") {
  const auto metadata = parse_metadata(kFile, "m");
  REQUIRE(metadata);
  const auto contract = [&](const char* version) { return contract_of(*metadata, *parse_semver(version)).value_or("none"); };
  CHECK(contract("v1.10.7") == "v1beta1");
  CHECK(contract("v1.11.0-rc.1") == "v1beta2");
  CHECK(contract("v2.0.3") == "v1beta2");
  CHECK(contract("v0.4.2") == "v1alpha4");
  CHECK(contract("v1.12.0") == "none");
  CHECK(contract("v3.1.0") == "none");
}

TEST_CASE("the newest series of a contract is found whatever the order") {
  const auto metadata = parse_metadata(kFile, "m");
  REQUIRE(metadata);
  const ReleaseSeries* series = newest_series(*metadata, "v1beta1");
  REQUIRE(series != nullptr);
  CHECK(series->major == 1);
  CHECK(series->minor == 10);
  CHECK(newest_series(*metadata, "v1alpha3") == nullptr);
  CHECK(describe_series(*metadata) == "0.4 (v1alpha4), 1.9 (v1beta1), 1.10 (v1beta1), 1.11 (v1beta2), 2.0 (v1beta2), 3.1 (no contract)");
  CHECK(describe_series({}) == "none");
}

TEST_CASE("metadata without a kind is read, as it is published") {
  CHECK(error_of("apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nreleaseSeries: [{major: 1, minor: 0, contract: v1beta1}]").empty());
  CHECK(error_of("apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: ''\nreleaseSeries: [{major: 1, minor: 0, contract: v1beta1, more: 1}]").empty());
}

TEST_CASE("metadata that is wrong is refused with the field") {
  const std::string head = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n";
  struct Row {
    std::string yaml;
    const char* error;
  };
  const Row rows[] = {
      {"", "apiVersion is \"\""},
      {"<html>Not Found</html>", "apiVersion is \"\""},
      {"{", "aws v1.0.0: metadata.yaml"},
      {"apiVersion: v1\nkind: Metadata\nreleaseSeries: [{major: 1}]", "apiVersion is \"v1\"; clusterctl.cluster.x-k8s.io/v1alpha3 is needed"},
      {"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Provider\nreleaseSeries: [{major: 1}]", "kind is \"Provider\""},
      {"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: 7\nreleaseSeries: [{major: 1}]", "kind is \"\""},
      {head, "releaseSeries: at least one entry"},
      {head + "releaseSeries: []", "releaseSeries: at least one entry"},
      {head + "releaseSeries: {major: 1}", "releaseSeries: at least one entry"},
      {head + "releaseSeries: [1]", "releaseSeries[0]: must be a mapping"},
      {head + "releaseSeries: [{major: 1, contract: v1beta1}, {major: '1'}]", "releaseSeries[1].major: must be a whole number"},
      {head + "releaseSeries: [{major: 1, minor: -1}]", "releaseSeries[0].minor: must be a whole number"},
      {head + "releaseSeries: [{major: 1.5}]", "releaseSeries[0].major: must be a whole number"},
      {head + "releaseSeries: [{major: 1, contract: 1}]", "releaseSeries[0].contract: must be a version"},
      {head + "releaseSeries: [{major: 1, contract: " + std::string(64, 'v') + "}]", "releaseSeries[0].contract: must be a version"},
  };
  for (const Row& row : rows) {
    INFO(row.yaml << "\n" << error_of(row.yaml));
    CHECK(error_of(row.yaml).starts_with("aws v1.0.0: metadata.yaml"));
    CHECK(error_of(row.yaml).contains(row.error));
  }
}

TEST_CASE("the core provider's contract decides who is compatible with it") {
  CHECK(compatible("v1beta2", "v1beta2"));
  CHECK(compatible("v1beta1", "v1beta2"));
  CHECK(compatible("v1beta1", "v1beta1"));
  CHECK_FALSE(compatible("v1beta2", "v1beta1"));
  CHECK_FALSE(compatible("v1alpha4", "v1beta1"));
  CHECK_FALSE(compatible("v1beta1", "v1alpha4"));
  CHECK_FALSE(compatible("v1beta1", "v1beta3"));
  CHECK_FALSE(compatible("", ""));
  CHECK(supported("v1beta1"));
  CHECK(supported("v1beta2"));
  for (const char* contract : {"", "v1alpha3", "v1alpha4", "v1beta3", "v1"}) CHECK_FALSE(supported(contract));
}
