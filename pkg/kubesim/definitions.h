// The life of a CustomResourceDefinition after it was written: its conditions, its registration, and at its end the deletion of its instances
// (apiextensions-apiserver pkg/controller/{establish,status,finalizer}). Thread: the loop's only.
#pragma once

#include <string>

#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/watch_hub.h"

namespace slipway::kubesim {

inline constexpr std::string_view kDefinitionFinalizer = "customresourcecleanup.apiextensions.k8s.io";

void tend_definition(Backend& backend, WatchHub& watches, const std::string& name);
// What a first delete does to a CRD: the finalizer that waits for its instances, and the condition that says so.
void mark_definition_deleting(json::Value& crd, WallTime now);
// True while the CRD of a custom resource is being deleted: nothing new may be made of it.
[[nodiscard]] bool definition_terminating(Backend& backend, const ResourceDef& def);

}  // namespace slipway::kubesim
