// Who writes moved objects from git: Flux's Kustomizations and HelmReleases and Argo CD's Applications, as the marks that they leave on what they apply tell.
// They must not write while the objects change hands. What git says stays a person's to change, so a move refuses by default; told to, it suspends them, with
// what they were before in the journal first. They stay suspended after a completed move, and are resumed by an undo.
//
// Marks and switches (sources: fluxcd.io, kustomize-controller and helm-controller "Suspend"; argo-cd.readthedocs.io, "Resource Tracking" and "Automated Sync
// Policy"): labels kustomize.toolkit.fluxcd.io/name and namespace, helm.toolkit.fluxcd.io/name and namespace, switched by spec.suspend; annotation
// argocd.argoproj.io/tracking-id "<application>:...", or label app.kubernetes.io/instance where an Application of that name exists, switched by the absence of
// spec.syncPolicy.automated (the annotation skip-reconcile is an alpha feature).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {

enum class Tool : std::uint8_t { Kustomization, HelmRelease, Application };

struct Mark {
  Tool tool = Tool::Kustomization;
  kube::ObjectKey key;  // an Application's may be without namespace: any
  bool certain = true;  // false: other tools leave the same mark
  friend auto operator<=>(const Mark&, const Mark&) = default;
};
// Pure. Marks of `object`, each once.
[[nodiscard]] std::vector<Mark> marks_of(const kube::Object& object);

// Pure. The value of the switch where the tool is at work, as JSON text ("null": not set); nothing where it is suspended already.
[[nodiscard]] std::optional<std::string> switched_on(Tool tool, const kube::Object& writer);
// Merge patches; with UID and resourceVersion. Of resume: nothing where somebody else has switched it since.
[[nodiscard]] json::Value suspend_patch(Tool tool, const kube::Object& writer);
[[nodiscard]] std::optional<json::Value> resume_patch(Tool tool, const kube::Object& writer, const std::string& before);

// Before the move: errors as Options::gitops asks, Terminal, naming the writers and what they write.
Awaitable<Status> check_writers(MovePtr move, SnapshotPtr snapshot);
// The same, and suspends what may be suspended. For every look at the source before it is paused.
Awaitable<Status> suspend_writers(MovePtr move, SnapshotPtr snapshot);
Awaitable<Status> resume_writers(MovePtr move);

}  // namespace slipway::pivot::detail
