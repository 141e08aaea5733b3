// One mover at a time on a source: a Lease that says which move and which run of it, and the rule that a new move does not begin while another one is
// unfinished. The same move may take the lease over at once: the run that it is taken from finds a foreign writer in lease or journal and stops.
#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

constexpr std::string_view kWriter = "slipway.dev/writer";

kube::ObjectKey lease_key(const Move& move) { return {move.options.journal_namespace, std::string(kLeaseName)}; }

void sign(Move& move, kube::Object& lease) {
  const std::string now = to_rfc3339_micro(move.source->clock().wall());
  lease.ref({"metadata", "annotations"}).set(kWriter, move.writer);
  json::Value& spec = lease.ref("spec");
  if (spec["holderIdentity"].as_string() != move.options.id) spec.set("acquireTime", now);
  spec.set("holderIdentity", move.options.id);
  spec.set("leaseDurationSeconds", kLeaseDuration.count());
  spec.set("renewTime", now);
}

void hold(Move& move, kube::Object lease) {
  move.lease = std::move(lease);
  move.lease_renewed = move.source->clock().now();
}

bool expired(const Move& move, const kube::Object& lease) {
  const auto renewed = parse_rfc3339(lease["spec"]["renewTime"].as_string());
  if (!renewed) return true;
  return *renewed + std::chrono::seconds(lease["spec"]["leaseDurationSeconds"].as_int()) <= move.source->clock().wall();
}

struct Others {
  std::vector<std::string> unfinished;  // sentences
  std::vector<std::string> finished;    // ids
};

Awaitable<Result<Others>> other_moves(MovePtr move) {
  Result<kube::ListResult> listed = co_await move->source->list(kube::res::kConfigMaps, std::string(kMoveLabel));
  if (!listed) co_return fail(std::move(listed).error());
  Others others;
  for (const auto& object : listed->items) {
    const auto journal = decode(object);
    if (!journal || journal->id == move->options.id) continue;
    if (journal->phase == Phase::Completed || journal->phase == Phase::RolledBack)
      others.finished.push_back(journal->id);
    else
      others.unfinished.push_back((journal->purpose.empty() ? "move" : journal->purpose) + " " + journal->id + " is not finished (" +
                                  std::string(to_string(journal->phase)) + ")");
  }
  co_return others;
}

Status no_other(const Others& others) {
  if (others.unfinished.empty()) return {};
  return fail(Disposition::Terminal, enumerate(others.unfinished) + ": resume it or roll it back first");
}

Status may_take(const Move& move, const kube::Object& lease, const Others& others) {
  if (Status alone = no_other(others); !alone) return alone;
  const std::string holder = lease["spec"]["holderIdentity"].str();
  const bool done = std::ranges::find(others.finished, holder) != others.finished.end();
  if (holder.empty() || holder == move.options.id || done || expired(move, lease)) return {};
  return fail(Disposition::Terminal,
              "move " + holder + " holds Lease " + lease_key(move).to_string() + " on the " + move.source->name() + ": wait until it ends");
}

Awaitable<Status> take(MovePtr move) {
  Result<Others> others = co_await other_moves(move);
  if (!others) co_return fail(std::move(others).error());
  Result<kube::Object> found = co_await move->source->get(kube::res::kLeases, lease_key(*move));
  if (!found && !found.error().is(Disposition::NotFound)) co_return fail(std::move(found).error());
  const bool fresh = !found;
  kube::Object lease = fresh ? kube::make_object("coordination.k8s.io/v1", "Lease", lease_key(*move)) : std::move(*found);
  if (Status free = may_take(*move, lease, *others); !free) co_return free;
  sign(*move, lease);
  Result<kube::Object> written = fail(Disposition::Terminal, "not written");
  if (fresh)
    written = co_await move->source->create(kube::res::kLeases, std::move(lease));
  else
    written = co_await move->source->update(kube::res::kLeases, std::move(lease));
  if (!written) co_return fail(std::move(written).error().in("taking the lease on the " + move->source->name()));
  hold(*move, std::move(*written));
  co_return Status();
}

bool raced(const Status& status) { return !status && (status.error().is(Disposition::Conflict) || status.error().is(Disposition::AlreadyExists)); }

}  // namespace

Awaitable<Status> ensure_namespace(SidePtr side, std::string name, json::Value labels) {
  Result<kube::Object> found = co_await side->get(kube::res::kNamespaces, {"", name});
  if (found && !kube::is_deleting(*found)) co_return Status();
  if (found) co_return fail(Disposition::Terminal, "namespace " + name + " is being deleted on the " + side->name());
  if (!found.error().is(Disposition::NotFound)) co_return fail(std::move(found).error());
  kube::Object body = kube::make_object("v1", "Namespace", {"", name});
  labels.erase("kubernetes.io/metadata.name");  // the server sets it
  if (labels.size() > 0) body.ref("metadata").set("labels", std::move(labels));
  Result<kube::Object> created = co_await side->create(kube::res::kNamespaces, std::move(body));
  if (!created && !created.error().is(Disposition::AlreadyExists)) co_return fail(std::move(created).error().in("on the " + side->name()));
  co_return Status();
}

Awaitable<Status> check_alone(MovePtr move) {
  Result<Others> others = co_await other_moves(move);
  if (!others) co_return fail(std::move(others).error());
  co_return no_other(*others);
}

Awaitable<Status> lock(MovePtr move) {
  for (const auto& side : {move->source, move->target}) {
    if (!side) continue;
    Status there = co_await ensure_namespace(side, move->options.journal_namespace, {});
    if (!there) co_return there;
  }
  Status taken = co_await take(move);
  if (raced(taken)) taken = co_await take(move);
  co_return taken;
}

Awaitable<Status> still_ours(MovePtr move) {
  async::Clock& clock = move->source->clock();
  if (move->lease.is_null() || clock.now() - move->lease_renewed < kLeaseRenewal) co_return Status();
  kube::Object lease = move->lease;
  sign(*move, lease);
  Result<kube::Object> renewed = co_await move->source->update(kube::res::kLeases, std::move(lease));
  if (renewed) {
    hold(*move, std::move(*renewed));
    co_return Status();
  }
  if (!renewed.error().is(Disposition::Conflict)) co_return fail(std::move(renewed).error().in("renewing the lease on the source"));
  Result<kube::Object> found = co_await move->source->get(kube::res::kLeases, lease_key(*move));
  if (!found) co_return fail(std::move(found).error());
  if (kube::annotation(*found, kWriter) != move->writer)
    co_return fail(Disposition::Terminal, "another run took Lease " + lease_key(*move).to_string() + " over: this one stops");
  hold(*move, std::move(*found));
  co_return Status();
}

Awaitable<Status> unlock(MovePtr move) {
  if (move->lease.is_null()) co_return Status();
  kube::DeleteOptions options;
  options.uid = kube::uid_of(move->lease);
  Result<kube::Object> removed = co_await move->source->client()->remove(kube::res::kLeases, lease_key(*move), options);
  if (!removed && removed.error().is(Disposition::Canceled)) co_return fail(std::move(removed).error());
  if (!removed) log::info("lease not released", {{"move", move->options.id}, {"error", removed.error().message()}});
  co_return Status();
}

Awaitable<Status> abandon(MovePtr move) {
  Result<kube::Object> found = co_await move->source->get(kube::res::kLeases, lease_key(*move));
  if (!found && found.error().is(Disposition::NotFound)) co_return Status();
  if (!found) co_return fail(std::move(found).error());
  if ((*found)["spec"]["holderIdentity"].as_string() != move->options.id) co_return Status();
  move->lease = std::move(*found);
  Status released = co_await unlock(move);
  co_return released;
}

}  // namespace slipway::pivot::detail
