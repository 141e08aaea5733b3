#include "pkg/providers/metadata.h"

#include <algorithm>
#include <tuple>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr std::string_view kApiVersion = "clusterctl.cluster.x-k8s.io/v1alpha3";
constexpr yaml::Limits kLimits{.max_bytes = 1UL << 20U, .max_nodes = 20'000, .max_depth = 20};
constexpr std::size_t kMaxContract = 63;  // it ends in a label's key
constexpr std::size_t kShownSeries = 10;

auto number_of(const ReleaseSeries& series) { return std::tuple(series.major, series.minor); }

// A number that is left out is 0, as Go leaves it.
Result<std::uint64_t> number(const Value& entry, std::string_view field, const std::string& where) {
  const Value& value = entry[field];
  if (value.is_null()) return 0;
  if (!value.is_integer() || value.as_int() < 0) return fail(Disposition::Invalid, where + "." + std::string(field) + ": must be a whole number, 0 or more");
  return static_cast<std::uint64_t>(value.as_int());
}

Result<ReleaseSeries> parse_series(const Value& entry, const std::string& where) {
  if (!entry.is_object()) return fail(Disposition::Invalid, where + ": must be a mapping with major, minor and contract");
  auto major_number = number(entry, "major", where);
  if (!major_number) return fail(std::move(major_number).error());
  auto minor_number = number(entry, "minor", where);
  if (!minor_number) return fail(std::move(minor_number).error());
  const Value& contract = entry["contract"];
  if ((!contract.is_null() && !contract.is_string()) || contract.as_string().size() > kMaxContract)
    return fail(Disposition::Invalid, where + ".contract: must be a version such as v1beta1");
  return ReleaseSeries{*major_number, *minor_number, contract.str()};
}

}  // namespace

Result<Metadata> parse_metadata(std::string_view yaml, std::string_view source) {
  const std::string prefix = std::string(source) + ": ";
  auto document = yaml::parse(yaml, source, kLimits);
  if (!document) return fail(std::move(document).error());
  if ((*document)["apiVersion"].as_string() != kApiVersion)
    return fail(Disposition::Invalid,
                prefix + "apiVersion is \"" + shorten((*document)["apiVersion"].as_string(), 64) + "\"; " + std::string(kApiVersion) + " is needed");
  if (const Value& kind = (*document)["kind"]; !kind.is_null() && kind.as_string("?") != "Metadata" && kind.as_string("?") != "")
    return fail(Disposition::Invalid, prefix + "kind is \"" + shorten(kind.as_string(), 64) + "\"; Metadata is needed");
  if (!(*document)["releaseSeries"].is_array() || (*document)["releaseSeries"].size() == 0)
    return fail(Disposition::Invalid, prefix + "releaseSeries: at least one entry with major, minor and contract is needed");
  Metadata metadata;
  for (const Value& entry : (*document)["releaseSeries"].array()) {
    auto series = parse_series(entry, prefix + "releaseSeries[" + std::to_string(metadata.series.size()) + "]");
    if (!series) return fail(std::move(series).error());
    metadata.series.push_back(std::move(*series));
  }
  return metadata;
}

std::optional<std::string> contract_of(const Metadata& metadata, const SemVer& version) {
  const auto found = std::ranges::find(metadata.series, std::tuple(version.major, version.minor), number_of);
  if (found == metadata.series.end() || found->contract.empty()) return std::nullopt;
  return found->contract;
}

const ReleaseSeries* newest_series(const Metadata& metadata, std::string_view contract) {
  const ReleaseSeries* newest = nullptr;
  for (const ReleaseSeries& series : metadata.series)
    if (series.contract == contract && (newest == nullptr || number_of(series) >= number_of(*newest))) newest = &series;
  return newest;
}

std::string describe_series(const Metadata& metadata) {
  std::vector<ReleaseSeries> sorted = metadata.series;
  std::ranges::sort(sorted, {}, number_of);
  if (sorted.size() > kShownSeries) sorted.erase(sorted.begin(), sorted.end() - kShownSeries);
  std::string out;
  for (const ReleaseSeries& s : sorted) {
    const std::string contract = s.contract.empty() ? std::string("no contract") : shorten(s.contract, kMaxContract);
    out += (out.empty() ? "" : ", ") + std::to_string(s.major) + "." + std::to_string(s.minor) + " (" + contract + ")";
  }
  return out.empty() ? "none" : out;
}

bool compatible(std::string_view provider_contract, std::string_view core_contract) {
  if (provider_contract.empty()) return false;
  return provider_contract == core_contract || (core_contract == "v1beta2" && provider_contract == "v1beta1");
}

bool supported(std::string_view contract) { return compatible(contract, kNewestContract); }

}  // namespace slipway::providers
