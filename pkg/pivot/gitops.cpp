#include "pkg/pivot/detail/gitops.h"

#include <algorithm>
#include <array>
#include <map>

#include "pkg/log/log.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

struct ToolKind {
  std::string_view kind, resource, group;
};
constexpr std::array<ToolKind, 3> kTools{ToolKind{"Kustomization", "kustomizations", "kustomize.toolkit.fluxcd.io"},
                                         ToolKind{"HelmRelease", "helmreleases", "helm.toolkit.fluxcd.io"},
                                         ToolKind{"Application", "applications", "argoproj.io"}};
const ToolKind& of(Tool tool) { return kTools.at(static_cast<std::size_t>(tool)); }

struct Writer {
  Tool tool = Tool::Kustomization;
  kube::GroupVersionResource gvr;
  kube::Object object;
  std::string example;  // what it writes: "Cluster tkg-system/x"
  [[nodiscard]] std::string name() const { return std::string(of(tool).kind) + " " + kube::key_of(object).to_string(); }  // as in the journal
};
struct Writers {
  std::vector<Writer> found;         // at work or not
  std::vector<std::string> missing;  // sentences: marks whose tool is not on the source
};

using Marks = std::map<Mark, std::string>;  // -> an object that has it

// A look at the text first: most objects of most clusters have no such mark, and need not be read again.
bool may_be_marked(const std::string& text) {
  return text.find(".toolkit.fluxcd.io/name") != std::string::npos || text.find("argocd.argoproj.io/tracking-id") != std::string::npos ||
         text.find("app.kubernetes.io/instance") != std::string::npos;
}

Marks marks_in(const Snapshot& snapshot) {
  Marks out;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (snapshot.fate(i) != Fate::Move || !may_be_marked(item.text)) continue;
    const auto object = json::parse(item.text);
    if (!object) continue;
    for (auto& mark : marks_of(*object)) out.emplace(std::move(mark), snapshot.inventory.describe(item));
  }
  return out;
}

// In the version that the source stores; nothing where it does not have the kind.
Awaitable<Result<std::optional<kube::GroupVersionResource>>> resource_of(MovePtr move, Tool tool) {
  const ToolKind& t = of(tool);
  Result<kube::Object> crd = co_await move->source->get(kube::res::kCrds, {"", std::string(t.resource).append(".").append(t.group)});
  if (!crd && crd.error().is(Disposition::NotFound)) co_return std::nullopt;
  if (!crd) co_return fail(std::move(crd).error());
  for (const auto& version : (*crd)["spec"]["versions"].array())
    if (version["storage"].as_bool() && version["served"].as_bool())
      co_return kube::GroupVersionResource{std::string(t.group), version["name"].str(), std::string(t.resource), true};
  co_return std::nullopt;
}

bool is_marked(const Mark& mark, const kube::Object& writer) {
  const kube::ObjectKey key = kube::key_of(writer);
  return mark.key.name == key.name && (mark.key.ns.empty() || mark.key.ns == key.ns);
}

Awaitable<Result<Writers>> writers_of_tool(MovePtr move, Tool tool, Marks marks) {
  Writers out;
  Result<std::optional<kube::GroupVersionResource>> gvr = co_await resource_of(move, tool);
  if (!gvr) co_return fail(std::move(gvr).error());
  kube::ListResult listed;
  if (*gvr) {
    Result<kube::ListResult> r = co_await move->source->list(**gvr, {});
    if (!r) co_return fail(std::move(r).error());
    listed = std::move(*r);
  }
  for (const auto& object : listed.items)
    for (const auto& [mark, example] : marks)
      if (is_marked(mark, object)) {
        out.found.push_back({tool, **gvr, object, example});
        break;
      }
  for (const auto& [mark, example] : marks) {
    const bool there = std::ranges::any_of(listed.items, [&mark](const auto& object) { return is_marked(mark, object); });
    if (mark.certain && !there)
      out.missing.push_back(std::string(of(tool).kind) + " " + mark.key.to_string() + ", which applies " + example + ", is not on the source");
  }
  co_return out;
}

Awaitable<Result<Writers>> find_writers(MovePtr move, SnapshotPtr snapshot) {
  Writers out;
  std::array<Marks, kTools.size()> by_tool;
  if (move->options.gitops == GitOps::Ignore) co_return out;
  for (auto& [mark, example] : marks_in(*snapshot)) by_tool.at(static_cast<std::size_t>(mark.tool)).emplace(mark, example);
  for (std::size_t t = 0; t < by_tool.size(); ++t) {
    if (by_tool.at(t).empty()) continue;
    Result<Writers> some = co_await writers_of_tool(move, static_cast<Tool>(t), by_tool.at(t));
    if (!some) co_return fail(std::move(some).error().in("looking for who applies moved objects"));
    std::ranges::move(some->found, std::back_inserter(out.found));
    std::ranges::move(some->missing, std::back_inserter(out.missing));
  }
  co_return out;
}

Status judge(const Move& move, const Writers& writers) {
  std::vector<std::string> sentences = writers.missing;
  if (!sentences.empty())
    return fail(Disposition::Terminal, "moved objects are applied from elsewhere: " + enumerate(sentences) +
                                           ". Suspend it where it runs, or remove its marks from the objects, and allow it (gitOps: Ignore; --gitops ignore)");
  if (move.options.gitops == GitOps::Suspend) return {};
  for (const auto& w : writers.found)
    if (switched_on(w.tool, w.object)) sentences.push_back(w.name() + " applies " + w.example);
  if (sentences.empty()) return {};
  return fail(Disposition::Terminal, "moved objects are applied from git: " + enumerate(sentences) +
                                         ". Suspend it (and change in git where they live), or let the move do so (gitOps: Suspend; --gitops suspend)");
}

// Looks again where it has changed since it was listed, since what it was before must be what the journal says.
Awaitable<Status> suspend_one(MovePtr move, Writer writer) {
  for (int round = 0;; ++round) {
    const auto before = switched_on(writer.tool, writer.object);
    if (!before) co_return Status();
    // What is at work now is at work by somebody's wish, also where we had suspended it once.
    std::string& recorded = move->journal.writers[writer.name()];
    if (recorded != *before) {
      recorded = *before;
      Status saved = co_await save_journal(move);
      if (!saved) co_return saved;
    }
    const kube::ObjectKey key = kube::key_of(writer.object);
    Result<kube::Object> patched = co_await move->source->patch(writer.gvr, key, suspend_patch(writer.tool, writer.object));
    if (patched) log::info("suspended", {{"move", move->options.id}, {"object", writer.name()}});
    if (patched || patched.error().is(Disposition::NotFound)) co_return Status();
    if (!patched.error().is(Disposition::Conflict) || round == kMaxRounds) co_return fail(std::move(patched).error().in("suspending " + writer.name()));
    Result<kube::Object> again = co_await move->source->get(writer.gvr, key);
    if (!again && again.error().is(Disposition::NotFound)) co_return Status();
    if (!again) co_return fail(std::move(again).error());
    writer.object = std::move(*again);
  }
}

// "Kustomization ns/name", as in the journal.
std::optional<Mark> parse_name(const std::string& name) {
  const auto space = name.find(' '), slash = name.find('/');
  if (space == std::string::npos || slash == std::string::npos || slash < space) return std::nullopt;
  const auto tool = std::ranges::find(kTools, std::string_view(name).substr(0, space), &ToolKind::kind);
  if (tool == kTools.end()) return std::nullopt;
  return Mark{static_cast<Tool>(tool - kTools.begin()), {name.substr(space + 1, slash - space - 1), name.substr(slash + 1)}, true};
}

Awaitable<Status> resume_one(MovePtr move, Mark mark, std::string before) {
  Result<std::optional<kube::GroupVersionResource>> gvr = co_await resource_of(move, mark.tool);
  if (!gvr) co_return fail(std::move(gvr).error());
  if (!*gvr) co_return Status();
  for (int round = 0;; ++round) {
    Result<kube::Object> found = co_await move->source->get(**gvr, mark.key);
    if (!found && found.error().is(Disposition::NotFound)) co_return Status();
    if (!found) co_return fail(std::move(found).error());
    auto patch = resume_patch(mark.tool, *found, before);
    if (!patch) co_return Status();
    Result<kube::Object> patched = co_await move->source->patch(**gvr, mark.key, std::move(*patch));
    if (patched || patched.error().is(Disposition::NotFound)) co_return Status();
    if (!patched.error().is(Disposition::Conflict) || round == kMaxRounds) co_return fail(std::move(patched).error());
  }
}

}  // namespace

Awaitable<Status> check_writers(MovePtr move, SnapshotPtr snapshot) {
  Result<Writers> writers = co_await find_writers(move, snapshot);
  if (!writers) co_return fail(std::move(writers).error());
  co_return judge(*move, *writers);
}

Awaitable<Status> suspend_writers(MovePtr move, SnapshotPtr snapshot) {
  Result<Writers> writers = co_await find_writers(move, snapshot);
  if (!writers) co_return fail(std::move(writers).error());
  if (Status fine = judge(*move, *writers); !fine) co_return fine;
  if (move->options.gitops != GitOps::Suspend) co_return Status();
  for (const auto& writer : writers->found) {
    Status suspended = co_await suspend_one(move, writer);
    if (!suspended) co_return suspended;
  }
  co_return Status();
}

Awaitable<Status> resume_writers(MovePtr move) {
  const auto writers = move->journal.writers;
  for (const auto& [name, before] : writers) {
    const auto mark = parse_name(name);
    if (!mark) continue;
    Status resumed = co_await resume_one(move, *mark, before);
    if (!resumed) co_return fail(std::move(resumed).error().in("resuming " + name + " on the source"));
  }
  co_return Status();
}

}  // namespace slipway::pivot::detail
