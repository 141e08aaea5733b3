#include "cmd/slipway/move_words.h"

#include <algorithm>
#include <vector>

#include "cmd/slipway/table.h"

namespace slipway::cmd {
namespace {

using pivot::Phase;

std::string objects(std::int64_t n) { return std::to_string(n) + (n == 1 ? " object" : " objects"); }

std::int64_t excluded(const pivot::Progress& p) {
  std::int64_t all = 0;
  for (const auto& [reason, count] : p.excluded) all += count;
  return all;
}

std::string counts(const pivot::Progress& p) {
  std::string out = objects(p.planned) + " to move";
  if (p.kept > 0) out += ", " + std::to_string(p.kept) + " to copy and keep";
  if (const auto stay = excluded(p); stay > 0) out += ", " + std::to_string(stay) + " to leave";
  return out;
}

std::string of_planned(std::int64_t n, const pivot::Progress& p) { return std::to_string(n) + " of " + std::to_string(p.planned); }

std::string on_entering(const pivot::Progress& p) {
  switch (p.phase) {
    case Phase::Planned: return "planning";
    case Phase::Locked: return "the target is ready: " + counts(p);
    case Phase::Pausing: return "pausing the source";
    case Phase::Frozen: return "the source is paused: " + counts(p);
    case Phase::Creating: return "creating copies on the target";
    case Phase::Verified: return "verified: " + of_planned(p.verified, p) + " copies are like their originals";
    case Phase::Committed: return "committed: the target counts from here, the move can only go forward";
    case Phase::Deleting: return "deleting originals from the source";
    case Phase::Finalizing: return "unpausing the target";
    case Phase::Completed: return "completed";
    case Phase::RollingBack: return "undoing: deleting copies from the target, then unpausing the source";
    case Phase::RolledBack: return "undone";
  }
  return {};
}

// What the phase means for who reads it.
std::string meaning(Phase phase) {
  switch (phase) {
    case Phase::Planned: return "nothing was changed";
    case Phase::Locked: return "nothing was changed but its journal";
    case Phase::Pausing:
    case Phase::Frozen: return "the source is complete, and paused or about to be";
    case Phase::Creating:
    case Phase::Verified: return "the source is complete and paused, the target has paused copies";
    case Phase::Committed:
    case Phase::Deleting: return "the target is complete and still paused, originals are being deleted from the source";
    case Phase::Finalizing: return "all objects are on the target, and are being unpaused there";
    case Phase::RollingBack: return "it is being undone";
    case Phase::Completed: return "it is done";
    case Phase::RolledBack: return "it was undone";
  }
  return {};
}

}  // namespace

std::optional<std::string> MoveProgress::next(const pivot::Progress& p) {
  const bool entered = !last_ || last_->phase != p.phase;
  const std::int64_t done = p.phase == Phase::Creating ? p.created : p.phase == Phase::Deleting ? p.deleted : 0;
  const std::int64_t tenths = p.planned > 0 ? std::min<std::int64_t>(10, done * 10 / p.planned) : 0;
  const bool further = !entered && tenths > tenths_;
  if (entered || further) tenths_ = tenths;
  last_ = p;
  if (entered) return on_entering(p);
  if (!further) return std::nullopt;
  return of_planned(done, p) + (p.phase == Phase::Creating ? " created" : " deleted");
}

std::string where_it_stands(const pivot::Progress& p, const std::string& command) {
  const std::string head = "move " + p.id + " stands at " + std::string(to_string(p.phase)) + ": " + meaning(p.phase) + "\n";
  if (p.phase == Phase::RollingBack) return head + "  go on undoing: " + command + " --rollback\n";
  if (p.phase == Phase::Planned) return head + "  again:         " + command + "\n";
  const std::string on = head + "  go on:         " + command + " --resume\n";
  return p.phase < Phase::Committed ? on + "  undo it:       " + command + " --rollback\n" : on;
}

std::string move_summary(const pivot::Progress& p) {
  if (p.phase == Phase::RolledBack) return "move " + p.id + " is undone: the source is as it was, and nothing of it is on the target\n";
  if (p.phase != Phase::Completed)
    return "move " + p.id + " is at " + std::string(to_string(p.phase)) + ": " + counts(p) + "; " + std::to_string(p.created) + " created, " +
           std::to_string(p.verified) + " verified, " + std::to_string(p.deleted) + " deleted\n";
  std::string out = "move " + p.id + " is completed: " + objects(p.planned) + " moved";
  if (p.kept > 0) out += ", " + std::to_string(p.kept) + " copied and kept on the source";
  out += ", " + std::to_string(excluded(p)) + " left\n";
  std::vector<std::pair<std::string, std::int64_t>> reasons(p.excluded.begin(), p.excluded.end());
  std::ranges::sort(reasons, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  for (const auto& [reason, count] : reasons) out += "  left: " + std::to_string(count) + " " + printable(reason) + "\n";
  for (const auto& name : p.suspended) out += "  suspended on the source, and stays so: " + printable(name) + "\n";
  return out;
}

json::Value move_value(const pivot::Progress& p) {
  json::Value reasons = json::Object{};
  for (const auto& [reason, count] : p.excluded) reasons.set(reason, count);
  json::Array suspended;
  for (const auto& name : p.suspended) suspended.push_back(name);
  return json::Object{{"id", p.id},
                      {"phase", to_string(p.phase)},
                      {"scope", p.scope},
                      {"planned", p.planned},
                      {"created", p.created},
                      {"verified", p.verified},
                      {"deleted", p.deleted},
                      {"kept", p.kept},
                      {"excluded", std::move(reasons)},
                      {"suspended", std::move(suspended)}};
}

}  // namespace slipway::cmd
