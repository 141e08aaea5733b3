#include "cmd/slipway/resolve_sets.h"

#include <algorithm>

#include "pkg/async/parallel.h"
#include "pkg/base/strings.h"

namespace slipway::cmd {
namespace {

constexpr std::size_t kFetchesAtOnce = 8;
constexpr std::string_view kCertManager = "cert-manager";

struct Fetching {
  std::optional<providers::ProviderId> id;
  std::string version;  // that was asked for; empty: the location's
  std::string contract;
  ResolvedSet set;
  std::optional<Error> error;
};
struct Work {
  std::shared_ptr<const Sources> sources;
  SetRequest request;
  std::vector<Fetching> fetching;  // cert-manager last
};
using WorkPtr = std::shared_ptr<Work>;

std::string title_of(const std::optional<providers::ProviderId>& id) { return id ? providers::to_string(*id) : std::string(kCertManager); }

// In a bundle with one version only, that is the one.
std::string cert_manager_version(const Work& work) {
  if (!work.request.cert_manager_version.empty()) return work.request.cert_manager_version;
  std::string wanted = work.sources->config.catalog().cert_manager().version.value_or("");
  if (!work.sources->options.bundle) return wanted;
  const auto& sets = work.sources->options.bundle->contents().sets;
  const bool is_there = std::ranges::any_of(sets, [&](const providers::BundleSet& s) { return s.label == kCertManager && s.version == wanted; });
  return is_there ? wanted : "";
}

std::string version_of(const providers::ProviderRequest& request, const SetRequest& all) {
  if (!request.version.empty()) return request.version;
  const auto installed = std::ranges::find(all.installed, request.id, &providers::InstalledProvider::id);
  return installed == all.installed.end() ? "" : installed->version;
}

Status read_metadata(Fetching& one, bool is_needed) {
  if (!one.id || (!is_needed && one.set.fetched.metadata.empty())) return {};
  const std::string title = title_of(one.id) + " " + one.set.fetched.version;
  if (one.set.fetched.metadata.empty())
    return fail(Disposition::Invalid, title + ": " + one.set.fetched.where + " has no metadata.yaml for it, which says what contract it implements");
  auto metadata = providers::parse_metadata(one.set.fetched.metadata, title);
  if (!metadata) return fail(std::move(metadata).error());
  one.set.metadata = std::move(*metadata);
  return {};
}

async::Awaitable<Status> fetch_one(WorkPtr work, std::size_t index) {
  Fetching& one = work->fetching[index];
  const Sources& sources = *work->sources;
  auto repository = one.id ? open_provider(sources, *one.id) : open_cert_manager(sources);
  if (!repository) {
    one.error = std::move(repository).error();
    co_return Status();
  }
  one.set.repository = std::move(*repository);
  providers::Pins pins;
  pins.version = one.version;
  pins.contract = one.contract;
  if (!one.set.repository->where().starts_with("oci://")) pins.public_key_pem = sources.public_key_pem;  // an artifact's signature is verified by its source
  auto fetched = co_await providers::fetch(one.set.repository, title_of(one.id), std::move(pins), sources.deadline);
  if (!fetched && fetched.error().is(Disposition::Canceled)) co_return fail(std::move(fetched).error());
  if (!fetched) {
    one.error = std::move(fetched).error();
    co_return Status();
  }
  one.set.fetched = std::move(*fetched);
  if (Status read = read_metadata(one, work->request.to_install); !read) one.error = std::move(read).error();
  co_return Status();
}

// One after the other where the first decides what the others look for.
async::Awaitable<Status> fetch_range(WorkPtr work, std::size_t begin, std::size_t end) {
  const auto each = [work, begin](std::size_t i) { return fetch_one(work, begin + i); };
  Status done = co_await async::for_each(work->sources->options.clock, "provider components", end - begin, kFetchesAtOnce, each);
  co_return done;
}

std::string core_contract(const Work& work) {
  const Fetching& first = work.fetching.front();
  if (first.id && first.id->type == providers::ProviderType::Core) {
    const auto version = parse_semver(first.set.fetched.version);
    const auto contract = version ? providers::contract_of(first.set.metadata, *version) : std::nullopt;
    if (contract && providers::supported(*contract)) return *contract;
  }
  for (const auto& have : work.request.installed)
    if (have.id.type == providers::ProviderType::Core && providers::supported(have.contract)) return have.contract;
  return std::string(providers::kNewestContract);
}

void begin(Work& work) {
  for (const auto& request : work.request.providers)
    work.fetching.push_back({.id = request.id, .version = version_of(request, work.request), .contract = {}, .set = {}, .error = {}});
  const bool external = work.sources->config.catalog().cert_manager().externally_provisioned.value_or(false);
  if (work.request.cert_manager && !external)
    work.fetching.push_back({.id = {}, .version = cert_manager_version(work), .contract = {}, .set = {}, .error = {}});
  for (Fetching& one : work.fetching) {
    one.set.id = one.id;
    one.set.label = one.id ? providers::manifest_label(one.id->type, one.id->name) : std::string(kCertManager);
  }
}

}  // namespace

Status refuse(std::string_view title, const std::vector<providers::Problem>& problems) {
  std::vector<Error> errors;
  errors.reserve(problems.size());
  for (const auto& problem : problems) errors.emplace_back(Disposition::Invalid, problem.sentence);
  if (errors.empty()) return {};
  return fail(joined(title, errors));
}

Error joined(std::string_view title, const std::vector<Error>& errors) {
  if (errors.size() == 1) return errors.front();
  std::string message = std::string(title) + ":";
  for (const Error& error : errors) message += "\n  - " + error.message();
  return {errors.front().disposition(), std::move(message)};
}

async::Awaitable<Result<ResolvedSets>> resolve_sets(std::shared_ptr<const Sources> sources, SetRequest request) {
  const auto work = std::make_shared<Work>(Work{std::move(sources), std::move(request), {}});
  begin(*work);
  if (work->fetching.empty()) co_return ResolvedSets();
  const bool core_first = work->fetching.front().id && work->fetching.front().id->type == providers::ProviderType::Core;
  work->fetching.front().contract = work->fetching.front().id ? providers::kNewestContract : "";
  const std::size_t others = core_first ? 1 : 0;
  if (core_first) {
    Status core = co_await fetch_range(work, 0, 1);
    if (!core) co_return fail(std::move(core).error());
  }
  for (std::size_t i = others; i < work->fetching.size(); ++i)
    if (work->fetching[i].id) work->fetching[i].contract = core_contract(*work);
  Status fetched = co_await fetch_range(work, others, work->fetching.size());
  if (!fetched) co_return fail(std::move(fetched).error());
  std::vector<Error> errors;
  for (const Fetching& one : work->fetching)
    if (one.error) errors.push_back(*one.error);
  if (!errors.empty()) co_return fail(joined("these cannot be had", errors));
  ResolvedSets out;
  for (Fetching& one : work->fetching) {
    if (one.id)
      out.providers.push_back(std::move(one.set));
    else
      out.cert_manager = std::move(one.set);
  }
  if (Status processed = process_sets(*work->sources, work->request, out); !processed) co_return fail(std::move(processed).error());
  co_return out;
}

}  // namespace slipway::cmd
