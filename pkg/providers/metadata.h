// metadata.yaml of a provider's release: which series (major.minor) implements which contract of Cluster API (clusterctl.md 1.5, 1.8; clusterctl's
// api/v1alpha3/metadata_type.go). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/base/semver.h"

namespace slipway::providers {

inline constexpr std::string_view kMetadataFile = "metadata.yaml";

struct ReleaseSeries {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::string contract;  // "v1beta1"; empty where the file does not say
};
struct Metadata {
  std::vector<ReleaseSeries> series;
};

// `source` names provider and version in errors. Other fields of the file are left alone. Errors: Invalid: no YAML, another apiVersion or kind (an empty kind
// is tolerated, as published files lack it), no series, a number that is none.
[[nodiscard]] Result<Metadata> parse_metadata(std::string_view yaml, std::string_view source);

// The contract of the version's series; nothing where no series matches or it names no contract. Where two match, the first counts.
[[nodiscard]] std::optional<std::string> contract_of(const Metadata& metadata, const SemVer& version);
// The newest series that implements exactly this contract; nullptr where none does.
[[nodiscard]] const ReleaseSeries* newest_series(const Metadata& metadata, std::string_view contract);
// "1.2 (v1beta1), 1.3 (v1beta1)", at most the newest ten: for messages.
[[nodiscard]] std::string describe_series(const Metadata& metadata);

// The contract that "latest" looks for where no core provider decides.
inline constexpr std::string_view kNewestContract = "v1beta2";

// Whether a provider of one contract works under a core provider of another: an equal contract does, and v1beta2 also takes v1beta1, until Cluster API ends
// that (planned for its v1.16). The rule is Cluster API's internal/contract/version.go, GetCompatibleVersions. It asks for the core provider's contract and not
// for a constant, so that Cluster API v1.0 to v1.10 (v1beta1) can still be installed: under such a core, a provider of v1beta2 is refused.
[[nodiscard]] bool compatible(std::string_view provider_contract, std::string_view core_contract);
// Whether Slipway installs providers of this contract at all: what is compatible with kNewestContract, as clusterctl 1.14 does (installer.go). v1alpha3 and
// v1alpha4 are long gone.
[[nodiscard]] bool supported(std::string_view contract);

}  // namespace slipway::providers
