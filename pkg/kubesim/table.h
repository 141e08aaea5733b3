// Server-side printing (kubectl get): the columns of the built-in kinds and what their cells say. Rules: kubernetes pkg/printers/internalversion/
// printers.go; for custom resources apiextensions-apiserver pkg/registry/customresource/tableconvertor. Thread: any; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/time.h"
#include "pkg/json/value.h"
#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

struct TableColumn {
  std::string_view name;
  std::string_view type;  // string, integer, number, boolean, date
  int priority;           // over 0: only with -o wide
  json::Value (*cell)(const json::Value& object, WallTime now);
};

// The columns of a built-in kind, the name first; empty where the kind has none of its own.
[[nodiscard]] std::span<const TableColumn> builtin_columns(const kube::GroupVersionResource& gvr);

// The cells of a pod that take more than a look: "1/2", "CrashLoopBackOff", "3 (2m ago)".
[[nodiscard]] std::string pod_ready(const json::Value& pod);
[[nodiscard]] std::string pod_status(const json::Value& pod);
[[nodiscard]] std::string pod_restarts(const json::Value& pod, WallTime now);

// "5m", or "<unknown>" where the time is missing.
[[nodiscard]] std::string age_of(const json::Value& timestamp, WallTime now);
// "a=b,c in (d,e)" as metav1.FormatLabelSelector; "<none>" where it selects nothing.
[[nodiscard]] std::string selector_text(const json::Value& selector);
[[nodiscard]] std::string labels_text(const json::Value& labels);

}  // namespace slipway::kubesim
