// The CRDs of the side by side: Cluster API's and cert-manager's own, and small ones of the shape of CAPV and of the in-cluster IPAM provider.
#pragma once

#include <string>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::bench {

// `repository`: the rendered components (hack/realkube/components). All carry clusterctl's label, as after `clusterctl init`; conversion webhooks are left out,
// since nobody answers them and every object is stored in the version that is asked for. Ends the process where a file cannot be read.
[[nodiscard]] std::vector<kube::Object> all_crds(const std::string& repository);
[[nodiscard]] std::string read_text(const std::string& path);
[[nodiscard]] std::vector<kube::Object> read_documents(const std::string& text, const std::string& source);

}  // namespace slipway::bench
