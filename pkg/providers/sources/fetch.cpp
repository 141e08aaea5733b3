#include "pkg/providers/sources/fetch.h"

#include <utility>

#include "pkg/providers/metadata.h"
#include "pkg/providers/resolve_version.h"
#include "pkg/providers/sources/cached_repository.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/local_repository.h"
#include "pkg/providers/sources/object_repository.h"
#include "pkg/providers/sources/oci_repository.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::providers {
namespace {

using RepositoryPtr = std::shared_ptr<Repository>;

bool is_file(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

Result<RepositoryPtr> open_folder(std::string path, const SetId& set) {
  if (is_file(path)) return open_local(std::move(path));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return open_local(path + "/" + set.label + "/latest/" + set.components_file);
}

Result<RepositoryPtr> open_remote(const SourceSpec& source, const SetId& set, const SourceOptions& options) {
  if (options.bundle) return options.bundle->repository(set.label);
  RepositoryOptions network{options.executor, options.clock, source.access, options.transports, {}, options.on_failed_attempt};
  auto opened =
      source.oci.empty() ? open_url(source.url, std::move(network)) : open_oci(source.oci, std::move(network), {set.components_file, source.public_key_pem});
  if (!opened) return opened;
  // What lies in the cache may have come without a signature, and an artifact's is verified by its source, which would not be asked.
  const bool verified_by_source = !source.oci.empty() && !source.public_key_pem.empty();
  return options.cache && !verified_by_source ? cached(std::move(*opened), options.cache) : std::move(*opened);
}

Result<RepositoryPtr> open_one(const SourceSpec& source, const SetId& set, const SourceOptions& options) {
  const int named = static_cast<int>(!source.url.empty()) + static_cast<int>(!source.oci.empty()) + static_cast<int>(!source.path.empty()) +
                    static_cast<int>(!source.objects.empty());
  if (named != 1 && !(named == 0 && options.bundle))
    return fail(Disposition::Invalid, "name exactly one place that " + set.label + " comes from: a URL, an OCI artifact, a path, or objects in the cluster");
  if (!source.objects.empty()) return make_object_repository(source.objects, source.objects_where);
  if (!source.path.empty()) return open_folder(source.path, set);
  if (is_local(source.url)) return open_folder(source.url, set);
  return open_remote(source, set, options);
}

Result<std::string> known_version(const Repository& repository, const std::string& title, const std::string& requested) {
  if (is_semantic_version(requested)) return requested;
  if (requested.empty() && is_semantic_version(repository.default_version())) return repository.default_version();
  return fail(Disposition::Invalid, title + ": " + repository.where() + " does not say which version is the latest; name one");
}

Status check_pin(const Fetched& fetched, const std::string& title, const std::string& pin) {
  if (pin.empty() || pin == fetched.digest) return {};
  return fail(Disposition::Invalid,
              title + " " + fetched.version + ": the components have digest " + fetched.digest + ", but the spec pins " + pin + "; nothing was applied");
}

}  // namespace

SetId set_of(const ProviderId& provider) { return {manifest_label(provider.type, provider.name), components_file_of(provider.type)}; }

Result<RepositoryPtr> open_source(const SourceSpec& source, const SetId& set, const SourceOptions& options) {
  auto opened = open_one(source, set, options);
  if (!opened || options.overrides_folder.empty()) return opened;
  return with_overrides(std::move(*opened), options.overrides_folder, set.label);
}

Awaitable<Result<Fetched>> fetch(RepositoryPtr repository, std::string title, Pins pins, Deadline deadline) {
  Fetched out;
  out.where = repository->where();
  auto version = known_version(*repository, title, pins.version);
  if (!version && !pins.contract.empty()) {
    version = co_await resolve_version(repository, deadline, pins.contract, pins.version);
    if (!version) co_return fail(std::move(version).error().in(title));
  }
  if (!version) co_return fail(std::move(version).error());
  out.version = std::move(*version);

  auto components = co_await repository->file(out.version, repository->components_file(), deadline);
  if (!components) co_return fail(std::move(components).error().in(title + " " + out.version));
  out.components = std::move(*components);
  out.digest = sha256_digest(out.components);
  if (Status pinned = check_pin(out, title, pins.digest); !pinned) co_return fail(std::move(pinned).error());
  if (!pins.public_key_pem.empty()) {
    auto signature = co_await repository->file(out.version, repository->components_file() + ".sig", deadline);
    if (!signature && !signature.error().is(Disposition::NotFound)) co_return fail(std::move(signature).error().in(title + " " + out.version));
    const std::string what = title + " " + out.version + ": " + repository->components_file();
    if (!signature) co_return fail(Disposition::Invalid, what + " has no signature, and a public key asks for one: " + signature.error().message());
    if (Status good = verify_blob(pins.public_key_pem, out.components, *signature, what); !good) co_return fail(std::move(good).error());
    out.is_signed = true;
  }
  auto metadata = co_await repository->file(out.version, std::string(kMetadataFile), deadline);
  if (!metadata && !metadata.error().is(Disposition::NotFound)) co_return fail(std::move(metadata).error().in(title + " " + out.version));
  if (metadata) out.metadata = std::move(*metadata);
  co_return out;
}

}  // namespace slipway::providers
