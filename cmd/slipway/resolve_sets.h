// From names of providers to the objects that would be applied: located, fetched side by side, verified, substituted. What is wrong is said at once, for all of
// them. Thread: the loop's. Cancellation: Canceled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/slipway/components_flags.h"
#include "pkg/providers/metadata.h"
#include "pkg/providers/providers.h"

namespace slipway::cmd {

struct ResolvedSet {
  std::optional<providers::ProviderId> id;  // nothing: cert-manager
  std::string label;                        // "infrastructure-vsphere", "cert-manager"
  std::shared_ptr<providers::Repository> repository;
  providers::Fetched fetched;        // version, digest, bytes
  providers::Metadata metadata;      // of this version; no series for cert-manager
  providers::Components components;  // as they are to be applied
};
struct ResolvedSets {
  std::vector<ResolvedSet> providers;       // in the order of the request
  std::optional<ResolvedSet> cert_manager;  // nothing where it is not ours
};

struct SetRequest {
  std::vector<providers::ProviderRequest> providers;    // sorted by id
  std::vector<providers::InstalledProvider> installed;  // keep version and namespace where none is named; core's contract says what "latest" is
  std::string target_namespace;                         // empty: the installed one's, or what the components say
  bool cert_manager = true;                             // unless the config says that it is provisioned otherwise
  std::string cert_manager_version;                     // empty: the config's or the catalog's
  // False: only the images matter. Variables may be without a value where no image is made of them.
  bool to_install = true;
};

// "latest" is clusterctl's, of the contract that the core provider which is asked for or installed implements. Errors: one sentence, or a list with a line
// each, of everything that cannot be located, fetched or verified; then of all variables without a value; then of what cannot be processed.
async::Awaitable<Result<ResolvedSets>> resolve_sets(std::shared_ptr<const Sources> sources, SetRequest request);

// The last part of it: fills in the components of sets that were fetched. Errors: as resolve_sets.
[[nodiscard]] Status process_sets(const Sources& sources, const SetRequest& request, ResolvedSets& sets);

// The location of one provider, or of cert-manager, and what is found there.
[[nodiscard]] Result<std::shared_ptr<providers::Repository>> open_provider(const Sources& sources, const providers::ProviderId& id);
[[nodiscard]] Result<std::shared_ptr<providers::Repository>> open_cert_manager(const Sources& sources);

// All problems as one error, or none; and several errors as one: its message alone, or a line each.
[[nodiscard]] Status refuse(std::string_view title, const std::vector<providers::Problem>& problems);
[[nodiscard]] Error joined(std::string_view title, const std::vector<Error>& errors);

}  // namespace slipway::cmd
