#include "cmd/slipway/upgrade_candidates.h"

#include <algorithm>

#include "pkg/async/parallel.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::cmd {
namespace {

constexpr std::size_t kAtOnce = 8;
constexpr int kMaxTries = 5;  // versions without metadata.yaml, as clusterctl's search for the latest

struct Search {
  std::shared_ptr<const Sources> sources;
  std::vector<providers::UpgradeCandidate> candidates;
  std::vector<Error> errors;
};

// The metadata of the highest version that has some.
async::Awaitable<Status> read_metadata(std::shared_ptr<providers::Repository> repository, providers::UpgradeCandidate* candidate, async::Deadline deadline) {
  const std::string title = providers::to_string(candidate->id) + " ";
  for (int tries = 0; tries < kMaxTries; ++tries) {
    const std::string highest = providers::highest_version(candidate->available);
    if (highest.empty()) break;
    auto file = co_await repository->file(highest, std::string(providers::kMetadataFile), deadline);
    if (file) {
      auto metadata = providers::parse_metadata(*file, title + highest);
      if (!metadata) co_return fail(std::move(metadata).error());
      candidate->metadata = std::move(*metadata);
      co_return Status();
    }
    if (!file.error().is(Disposition::NotFound)) co_return fail(std::move(file).error().in(title + highest));
    std::erase(candidate->available, highest);
  }
  co_return fail(Disposition::NotFound, providers::to_string(candidate->id) + ": " + repository->where() + " offers no version that has a metadata.yaml");
}

async::Awaitable<Status> ask(std::shared_ptr<const Sources> sources, providers::UpgradeCandidate* candidate) {
  auto repository = open_provider(*sources, candidate->id);
  if (!repository) co_return fail(std::move(repository).error());
  auto versions = co_await (*repository)->versions(sources->deadline);
  if (!versions) co_return fail(std::move(versions).error().in(providers::to_string(candidate->id)));
  candidate->available = std::move(*versions);
  Status read = co_await read_metadata(std::move(*repository), candidate, sources->deadline);
  co_return read;
}

async::Awaitable<Status> ask_and_collect(std::shared_ptr<Search> search, std::size_t index) {
  Status asked = co_await ask(search->sources, &search->candidates[index]);
  if (!asked && asked.error().is(Disposition::Canceled)) co_return asked;
  if (!asked) search->errors.push_back(std::move(asked).error());
  co_return Status();
}

}  // namespace

async::Awaitable<Result<std::vector<providers::UpgradeCandidate>>> upgrade_candidates(std::shared_ptr<const Sources> sources,
                                                                                      std::vector<providers::InstalledProvider> installed) {
  if (auto refused = refuse("the inventory is not in order", providers::duplicate_instances(installed)); !refused) co_return fail(std::move(refused).error());
  const auto search = std::make_shared<Search>();
  search->sources = sources;
  for (auto& have : installed) {
    providers::UpgradeCandidate candidate;
    candidate.id = std::move(have.id);
    candidate.ns = std::move(have.ns);
    candidate.version = std::move(have.version);
    search->candidates.push_back(std::move(candidate));
  }
  const auto work = [search](std::size_t i) { return ask_and_collect(search, i); };
  Status done = co_await async::for_each(sources->options.clock, "versions on offer", search->candidates.size(), kAtOnce, work);
  if (!done) co_return fail(std::move(done).error());
  if (!search->errors.empty()) co_return fail(joined("the versions on offer cannot be read", search->errors));
  co_return std::move(search->candidates);
}

async::Awaitable<Result<CertManagerUpgrade>> cert_manager_upgrade(std::shared_ptr<const Sources> sources, std::shared_ptr<kube::Client> client,
                                                                  std::string version) {
  CertManagerUpgrade out;
  const auto mapper = std::make_shared<kube::Mapper>(client);
  auto live = co_await providers::read_cert_manager(std::move(client), mapper);
  if (!live) co_return fail(std::move(live).error());
  out.plan.external = live->items.empty();
  if (out.plan.external) co_return out;
  SetRequest request;
  request.cert_manager_version = std::move(version);
  auto sets = co_await resolve_sets(std::move(sources), std::move(request));
  if (!sets) co_return fail(std::move(sets).error());
  out.plan.external = !sets->cert_manager;  // the config says so
  if (out.plan.external) co_return out;
  const ResolvedSet& set = *sets->cert_manager;
  auto plan = providers::plan_cert_manager(
      *live, {.version = set.fetched.version, .objects = set.components.objects.size(), .images = providers::images_of(set.components.objects)});
  if (!plan) co_return fail(std::move(plan).error());
  out.plan = std::move(*plan);
  if (out.plan.upgrade) out.set = std::move(sets->cert_manager);
  co_return out;
}

}  // namespace slipway::cmd
