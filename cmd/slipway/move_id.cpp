#include "cmd/slipway/move_id.h"

#include <algorithm>
#include <charconv>

#include "pkg/base/strings.h"
#include "pkg/pivot/names.h"

namespace slipway::cmd {
namespace {

constexpr int kMaxMoves = 1'000'000;  // of one set between two clusters

// The number of the last move whose journal is there; 0 where there is none.
int last_number(const std::vector<kube::Object>& journals, std::string_view prefix) {
  int last = 0;
  for (const kube::Object& journal : journals) {
    std::string_view name = kube::name_of(journal);
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    int number = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (ec == std::errc() && end == name.data() + name.size() && number > 0 && number < kMaxMoves) last = std::max(last, number);
  }
  return last;
}

async::Awaitable<Result<int>> last_number_on(std::shared_ptr<kube::Client> client, std::string ns, std::string prefix) {
  kube::ListOptions options;
  options.label_selector = pivot::kMoveLabel;
  auto listed = co_await client->list(kube::res::kConfigMaps, ns, options);
  if (!listed) co_return fail(std::move(listed).error().in("looking for journals of moves"));
  co_return last_number(listed->items, prefix);
}

}  // namespace

bool is_over(const pivot::Progress& progress) noexcept { return progress.phase == pivot::Phase::Completed || progress.phase == pivot::Phase::RolledBack; }

std::string set_of(const pivot::Options& options) {
  std::vector<std::string> clusters;
  for (const kube::ObjectKey& cluster : options.clusters) clusters.push_back((cluster.ns.empty() ? options.ns : cluster.ns) + "/" + cluster.name);
  std::ranges::sort(clusters);
  std::string out = options.ns;
  if (!clusters.empty()) out += "\n" + join(clusters, "\n");
  if (!options.target_namespace.empty()) out += "\nto " + options.target_namespace;
  return out;
}

std::string move_id_prefix(std::string_view source_uid, std::string_view target_uid, const pivot::Options& options) {
  const std::string who = std::string(source_uid) + "\n" + std::string(target_uid) + "\n" + set_of(options);
  return (options.ns.empty() ? std::string("all") : options.ns) + "-" + hex(fnv1a(who)) + "-";
}

async::Awaitable<Result<MoveChoice>> choose_move(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, pivot::Options options,
                                                 std::string prefix) {
  const bool given = !options.id.empty();
  int number = 0;
  if (!given) {
    for (const auto& client : {source, target}) {
      auto last = co_await last_number_on(client, options.journal_namespace, std::string(pivot::kJournalPrefix) + prefix);
      if (!last) co_return fail(std::move(last).error());
      number = std::max(number, *last);
    }
    options.id = prefix + std::to_string(std::max(number, 1));
  }
  auto journal = co_await pivot::journal(source, target, options);
  if (!journal) co_return fail(std::move(journal).error());
  if (given || !*journal || !is_over(**journal)) co_return MoveChoice{options.id, std::move(*journal), std::nullopt};
  co_return MoveChoice{prefix + std::to_string(number + 1), std::nullopt, std::move(*journal)};
}

}  // namespace slipway::cmd
