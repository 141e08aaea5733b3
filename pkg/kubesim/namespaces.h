// Termination of namespaces (kubernetes pkg/controller/namespace/deletion): deletes what is in a namespace that is being deleted, says in its conditions
// what is left, and lets it go when nothing is. Thread: the loop's only.
#pragma once

#include <string>

#include "pkg/kubesim/backend.h"

namespace slipway::kubesim {

void tend_namespace(Backend& backend, const std::string& name);
// default, kube-system, kube-public, kube-node-lease.
void create_system_namespaces(Backend& backend);

}  // namespace slipway::kubesim
