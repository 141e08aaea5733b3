#include "pkg/providers/sources/oci_repository.h"

#include <map>
#include <utility>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/oci_artifact.h"
#include "pkg/providers/sources/oci_signature.h"
#include "pkg/providers/sources/registry_client.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kMaxOpened = 8;  // an archive's files are kept in memory

struct Opened {
  OciArtifact artifact;
  FileSet unpacked;  // the archive's files
  std::string what;  // "oci://host/repository:v1.0.0"
};
using OpenedPtr = std::shared_ptr<const Opened>;

struct State {
  RegistryClient registry;
  OciOptions options;
  std::string where;
  std::string version;                      // what the reference's tag says
  std::map<std::string, OpenedPtr> opened;  // by tag or digest
};
using StatePtr = std::shared_ptr<State>;

// The manifest that holds the files: the one named, or the one that an index points to.
Awaitable<Result<std::pair<std::string, OciManifest>>> find_manifest(StatePtr state, std::string tag_or_digest, std::string what, Deadline deadline) {
  auto manifest = co_await state->registry.manifest(std::move(tag_or_digest), deadline);
  if (!manifest) co_return fail(std::move(manifest).error());
  std::string named = manifest->digest;
  if (!is_index(*manifest)) co_return std::pair(std::move(named), std::move(*manifest));
  auto digest = digest_in_index(*manifest, what);
  if (!digest) co_return fail(std::move(digest).error());
  auto inner = co_await state->registry.manifest(std::move(*digest), deadline);
  if (!inner) co_return fail(std::move(inner).error());
  if (is_index(*inner)) co_return fail(Disposition::Invalid, what + " is an index of indexes");
  co_return std::pair(std::move(named), std::move(*inner));
}

Awaitable<Result<OpenedPtr>> open_artifact(StatePtr state, std::string tag_or_digest, Deadline deadline) {
  if (const auto found = state->opened.find(tag_or_digest); found != state->opened.end()) co_return found->second;
  auto opened = std::make_shared<Opened>();
  OciReference reference = state->registry.reference();
  (tag_or_digest.contains(':') ? reference.digest : reference.tag) = tag_or_digest;
  opened->what = reference.to_string();
  auto found = co_await find_manifest(state, tag_or_digest, opened->what, deadline);
  if (!found) co_return fail(std::move(found).error());
  if (!state->options.public_key_pem.empty()) {
    Status verified = co_await verify_oci_signature(state->registry, found->first, state->options.public_key_pem, deadline);
    if (!verified) co_return fail(std::move(verified).error());
  }
  auto layers = layers_of(found->second, opened->what);
  if (!layers) co_return fail(std::move(layers).error());
  auto artifact = artifact_of(std::move(*layers), opened->what);
  if (!artifact) co_return fail(std::move(artifact).error());
  opened->artifact = std::move(*artifact);
  opened->artifact.digest = found->first;
  for (const OciDescriptor& archive : opened->artifact.archives) {
    auto bytes = co_await state->registry.blob(archive, kMaxFileBytes, opened->what + ", the archive", deadline);
    if (!bytes) co_return fail(std::move(bytes).error());
    auto files = files_in_archive(*bytes, opened->what + ", the archive");
    if (!files) co_return fail(std::move(files).error());
    opened->unpacked = std::move(*files);
  }
  if (state->opened.size() >= kMaxOpened) state->opened.clear();
  state->opened[tag_or_digest] = opened;
  co_return opened;
}

Awaitable<Result<std::string>> read_file(StatePtr state, std::string version, std::string name, Deadline deadline) {
  const OciReference& reference = state->registry.reference();
  if (!state->version.empty() && version != state->version)
    co_return fail(Disposition::NotFound,
                   state->where + " is version " + state->version + ", not " + shorten(version, 100) + ": give the reference another tag, or none");
  if (reference.own().empty() && !is_semantic_version(version))
    co_return fail(Disposition::Invalid, state->where + ": \"" + shorten(version, 100) + "\" is no version as v1.2.3, and the reference has no tag");
  auto opened = co_await open_artifact(state, reference.own().empty() ? tag_of_version(version) : reference.own(), deadline);
  if (!opened) co_return fail(std::move(opened).error());
  const Opened& o = **opened;
  std::vector<std::string> names;
  names.reserve(o.artifact.titled.size() + o.unpacked.size());
  for (const auto& [one, layer] : o.artifact.titled) names.push_back(one);
  for (const auto& [one, content] : o.unpacked)
    if (!o.artifact.titled.contains(one)) names.push_back(one);
  const std::string picked = pick_file(names, name, version);
  if (picked.empty()) co_return fail(no_such_file(o.what, "", name, names));
  const auto layer = o.artifact.titled.find(picked);
  if (layer == o.artifact.titled.end()) co_return o.unpacked.find(picked)->second;
  auto bytes = co_await state->registry.blob(layer->second, kMaxFileBytes, o.what + ", file " + picked, deadline);
  co_return bytes;
}

class OciRepository final : public Repository {
 public:
  explicit OciRepository(StatePtr state)
      : state_(std::move(state)), default_version_(state_->registry.reference().own().empty() ? "latest" : state_->version) {}
  [[nodiscard]] const std::string& where() const noexcept override { return state_->where; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return state_->options.components_file; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return default_version_; }

  Awaitable<Result<std::vector<std::string>>> versions(Deadline deadline) override {
    if (state_->registry.reference().own().empty()) return state_->registry.versions(deadline);
    return own_version(state_->version);
  }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) override {
    return read_file(state_, std::move(version), std::move(name), deadline);
  }

 private:
  static Awaitable<Result<std::vector<std::string>>> own_version(std::string version) {
    std::vector<std::string> out;
    if (!version.empty()) out.push_back(std::move(version));
    co_return out;
  }

  StatePtr state_;
  std::string default_version_;
};

}  // namespace

Result<std::shared_ptr<Repository>> open_oci(std::string reference, RepositoryOptions options, OciOptions oci) {
  auto parsed = parse_oci_reference(reference);
  if (!parsed) return fail(std::move(parsed).error());
  if (!oci.public_key_pem.empty())
    if (Status s = check_public_key(oci.public_key_pem); !s) return fail(std::move(s).error().in(parsed->to_string()));
  const std::string version = version_of_tag(parsed->tag);
  HttpFetcher fetcher(options.executor, *options.clock, std::move(options.access), std::move(options.transports), std::move(options.on_failed_attempt));
  auto state = std::make_shared<State>(State{.registry = RegistryClient(*parsed, std::move(fetcher)),
                                             .options = std::move(oci),
                                             .where = parsed->to_string(),
                                             .version = is_semantic_version(version) ? version : "",
                                             .opened = {}});
  return std::make_shared<OciRepository>(std::move(state));
}

}  // namespace slipway::providers
