#include "cmd/slipway/move_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "cmd/slipway/move_tree.h"
#include "cmd/slipway/table.h"
#include "pkg/base/strings.h"

namespace slipway::cmd {
namespace {

using pivot::Fate;
using pivot::PlannedObject;
using pivot::Presence;

constexpr std::size_t kMaxNamed = 10;  // objects with one reason to stay

std::string name_of(const PlannedObject& object) { return object.kind + " " + object.key.to_string(); }

std::string on_target(Presence presence) {
  switch (presence) {
    case Presence::Absent: return "+ create";
    case Presence::Copied: return "= copied";
    case Presence::Usable: return "= use";
    case Presence::Occupied: return "! taken";
  }
  return {};
}

std::string_view target_word(const pivot::Preview& preview, std::size_t i) {
  switch (preview.presence[i]) {
    case Presence::Absent: return preview.plan.objects[i].fate == Fate::Exclude ? "" : "create";
    case Presence::Copied: return "copied";
    case Presence::Usable: return "use";
    case Presence::Occupied: return "taken";
  }
  return "";
}

std::string tree(const pivot::Preview& preview) {
  const bool target = !preview.presence.empty();
  std::vector<std::string> header{"OBJECT", "GROUP", "SOURCE"};
  if (target) header.insert(header.begin() + 2, "TARGET");
  Table table(header);
  for (const TreeLine& line : move_tree(preview.plan)) {
    const PlannedObject& object = preview.plan.objects[line.object];
    std::vector<std::string> cells{line.text, std::to_string(object.group)};
    const std::string elsewhere = object.there.name.empty() || object.there == object.key ? "" : " in " + object.there.ns;
    if (target) cells.push_back(on_target(preview.presence[line.object]) + elsewhere);
    cells.push_back(object.fate == Fate::Move ? "- delete" : "keep (" + object.reason + ")");
    table.add(std::move(cells));
  }
  return table.empty() ? std::string() : table.text();
}

std::string left(const pivot::Plan& plan) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const PlannedObject& object : plan.objects)
    if (object.fate == Fate::Exclude) by_reason[object.reason].push_back(name_of(object));
  std::string out = by_reason.empty() ? "" : "\nLeft on the source:\n";
  for (auto& [reason, names] : by_reason) {
    const std::size_t count = names.size();
    std::ranges::sort(names);
    names.resize(std::min(count, kMaxNamed));
    out += "  " + std::to_string(count) + " " + printable(reason) + ": " + printable(join(names, ", "));
    out += count > kMaxNamed ? ", and " + std::to_string(count - kMaxNamed) + " more (-o json names all)\n" : "\n";
  }
  return out;
}

std::string list(const std::string& title, const std::vector<std::string>& sentences) {
  std::string out = sentences.empty() ? "" : "\n" + title + ":\n";
  for (const std::string& sentence : sentences) out += "  " + printable(sentence) + "\n";
  return out;
}

struct Counts {
  std::size_t move = 0, keep = 0, leave = 0, groups = 0;
  std::map<Presence, std::size_t> presence;  // of what is copied
};
Counts count(const pivot::Preview& preview) {
  Counts out;
  for (std::size_t i = 0; i < preview.plan.objects.size(); ++i) {
    const PlannedObject& object = preview.plan.objects[i];
    ++(object.fate == Fate::Move ? out.move : object.fate == Fate::Keep ? out.keep : out.leave);
    if (object.fate == Fate::Exclude) continue;
    out.groups = std::max(out.groups, object.group + 1);
    if (!preview.presence.empty()) ++out.presence[preview.presence[i]];
  }
  return out;
}

std::string totals(const pivot::Preview& preview) {
  const Counts counts = count(preview);
  std::string out = "\n" + std::to_string(counts.move) + " to move";
  if (counts.groups > 0) out += " in " + std::to_string(counts.groups) + (counts.groups == 1 ? " group" : " groups");
  out += ", " + std::to_string(counts.keep) + " to copy and keep, " + std::to_string(counts.leave) + " to leave";
  if (preview.presence.empty()) return out;
  out += "; on the target";
  const auto of = [&](Presence presence) { return counts.presence.contains(presence) ? counts.presence.at(presence) : 0; };
  out += " " + std::to_string(of(Presence::Absent)) + " to create, " + std::to_string(of(Presence::Usable)) + " to use as they are";
  if (of(Presence::Copied) > 0) out += ", " + std::to_string(of(Presence::Copied)) + " copied already";
  return of(Presence::Occupied) > 0 ? out + ", " + std::to_string(of(Presence::Occupied)) + " taken" : out;
}

json::Value strings(const std::vector<std::string>& values) {
  json::Array out;
  for (const std::string& value : values) out.push_back(value);
  return out;
}

json::Value value_of(const pivot::Preview& preview, std::size_t i) {
  const PlannedObject& object = preview.plan.objects[i];
  const std::string_view fate = object.fate == Fate::Move ? "move" : object.fate == Fate::Keep ? "keep" : "leave";
  json::Value out = json::Object{{"apiVersion", object.gvr.group.empty() ? object.gvr.version : object.gvr.group + "/" + object.gvr.version},
                                 {"kind", object.kind},
                                 {"name", object.key.name},
                                 {"uid", object.uid},
                                 {"fate", fate}};
  if (!object.key.ns.empty()) out.set("namespace", object.key.ns);
  if (!object.reason.empty()) out.set("reason", object.reason);
  if (object.fate == Fate::Exclude) return out;
  out.set("group", static_cast<std::int64_t>(object.group));
  if (!preview.presence.empty()) out.set("target", target_word(preview, i));
  if (!object.there.name.empty() && object.there != object.key) out.set("targetNamespace", object.there.ns);
  json::Array owners;
  for (const std::size_t owner : object.owners)
    if (owner < preview.plan.objects.size()) owners.push_back(name_of(preview.plan.objects[owner]));
  out.set("owners", std::move(owners));
  return out;
}

}  // namespace

bool would_move(const pivot::Preview& preview, const pivot::Options& options) {
  return preview.problems.empty() && (preview.plan.unmovable.empty() || !options.fail_on_unmovable);
}

std::string preview_text(const pivot::Preview& preview, const pivot::Options& options) {
  const std::string what_if = options.fail_on_unmovable ? " (these stop the move; --on-unmovable warn lets it go on without them)" : "";
  return tree(preview) + left(preview.plan) + list("Would be missing or dangle on the target" + what_if, preview.plan.unmovable) +
         list("Worth knowing", preview.plan.notes) + list("In the way of the move", preview.problems) + totals(preview) + "\n";
}

json::Value preview_value(const pivot::Preview& preview, const pivot::Options& options) {
  const Counts counts = count(preview);
  json::Array objects;
  for (std::size_t i = 0; i < preview.plan.objects.size(); ++i) objects.push_back(value_of(preview, i));
  return json::Object{{"wouldMove", would_move(preview, options)},      {"move", static_cast<std::int64_t>(counts.move)},
                      {"keep", static_cast<std::int64_t>(counts.keep)}, {"leave", static_cast<std::int64_t>(counts.leave)},
                      {"problems", strings(preview.problems)},          {"notes", strings(preview.plan.notes)},
                      {"unmovable", strings(preview.plan.unmovable)},   {"objects", std::move(objects)}};
}

}  // namespace slipway::cmd
