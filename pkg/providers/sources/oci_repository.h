// Provider components in an OCI registry, as `oras push` and the Cluster API operator's `kubectl operator publish` put them there: one artifact a version, the
// version its tag. The artifact of a version is looked up once: components and metadata come from one and the same manifest.
#pragma once

#include <memory>
#include <string>

#include "pkg/providers/sources/repository.h"
#include "pkg/providers/sources/url_repository.h"

namespace slipway::providers {

struct OciOptions {
  std::string components_file = "components.yaml";  // "infrastructure-components.yaml"; components.yaml serves for it too
  std::string public_key_pem;                       // where set, no file is handed out before cosign's signature of its artifact was verified
};

// oci://host[:port]/repository[:tag|@sha256:digest]. Without tag and digest every tag that is a version is on offer; with a tag that is a version this one
// only; with another tag or a digest its files serve whatever version the spec names. Errors: Invalid, naming what is wrong with the reference or the key; of
// its calls as HttpFetcher's, and Invalid for what does not match its digest or its signature.
[[nodiscard]] Result<std::shared_ptr<Repository>> open_oci(std::string reference, RepositoryOptions options, OciOptions oci = {});

}  // namespace slipway::providers
