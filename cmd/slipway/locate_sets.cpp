// Where the components of a provider come from: the bundle before all else, then what config file and catalog say.
#include <algorithm>

#include "cmd/slipway/resolve_sets.h"
#include "pkg/providers/sources/docker_config.h"
#include "pkg/providers/sources/local_repository.h"

namespace slipway::cmd {
namespace {

using RepositoryPtr = std::shared_ptr<providers::Repository>;

constexpr std::string_view kCertManager = "cert-manager";
constexpr std::string_view kOci = "oci://";

bool has(const providers::Bundle& bundle, std::string_view label) {
  return std::ranges::any_of(bundle.contents().sets, [&](const providers::BundleSet& set) { return set.label == label; });
}

bool is_host(std::string_view url, std::string_view host) { return url.starts_with("https://" + std::string(host)); }

// For a registry what docker's configuration has for it; for the two hosts that clusterctl knows, its variables.
providers::Access access_to(const std::string& url, const Sources& sources) {
  providers::Access access;
  if (url.starts_with(kOci)) {
    const std::string host = url.substr(kOci.size(), url.find('/', kOci.size()) - kOci.size());
    if (!sources.docker_config.empty()) access = providers::access_from_docker_config(sources.docker_config, host).value_or(access);
  }
  if (is_host(url, "github.com/") || is_host(url, "www.github.com/")) access.token = sources.config.value("github-token").value_or("");
  if (is_host(url, "gitlab.")) access.token = sources.config.value("gitlab-access-token").value_or("");
  return access;
}

providers::SourceSpec source_at(const std::string& url, const Sources& sources) {
  providers::SourceSpec spec;
  (url.starts_with(kOci) ? spec.oci : spec.url) = url;
  spec.access = access_to(url, sources);
  spec.public_key_pem = sources.public_key_pem;
  return spec;
}

// A local folder needs no network, so it may stand beside a bundle that lacks this set.
Result<RepositoryPtr> open_at(const std::string& url, const providers::SetId& set, const Sources& sources) {
  const bool local_only = !sources.options.bundle || (!has(*sources.options.bundle, set.label) && providers::is_local(url));
  return providers::open_source(local_only ? source_at(url, sources) : providers::SourceSpec{}, set, sources.options);
}

}  // namespace

Result<RepositoryPtr> open_provider(const Sources& sources, const providers::ProviderId& id) {
  const providers::SetId set = providers::set_of(id);
  if (sources.options.bundle && has(*sources.options.bundle, set.label)) return open_at("", set, sources);
  auto entry = sources.config.catalog().get(id.type, id.name);
  if (!entry && sources.options.bundle) return sources.options.bundle->repository(set.label);  // says what it has
  if (!entry) return fail(std::move(entry).error());
  auto opened = open_at(entry->url, set, sources);
  if (!opened) return fail(std::move(opened).error().in(providers::to_string(id)));
  return opened;
}

Result<RepositoryPtr> open_cert_manager(const Sources& sources) {
  auto opened = open_at(sources.config.catalog().cert_manager().url.value_or(""), {std::string(kCertManager), "cert-manager.yaml"}, sources);
  if (!opened) return fail(std::move(opened).error().in(kCertManager));
  return opened;
}

}  // namespace slipway::cmd
