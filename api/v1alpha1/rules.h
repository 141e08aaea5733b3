// The rules that a type alone cannot say: one table, read by the CRDs (as CEL), by docs/api.md and by the operator (as C++), so that admission and the operator
// say the same sentence. Servers before 1.25 do not run CEL: there the operator is the only one who says it. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

#include "pkg/json/value.h"

namespace slipway::api {

struct Rule {
  // What `self` is: a struct ("Bootstrap"), a field ("ControlPlane.replicas"), a resource ("WorkloadCluster", the whole object), or a string that
  // fields.cpp gives this format ("format:duration"; an empty string of a field that is not required counts as absent).
  std::string_view scope;
  std::string_view at;        // the field to name in the error, relative to self; empty: self
  std::string_view cel;       // over values with their defaults set; kept within what servers from 1.25 on know, and cheap
  std::string_view sentence;  // what to write instead
  bool (*holds)(const json::Value& self, const json::Value& old);
  bool transition = false;  // on updates only: `old` (oldSelf) is there
};

[[nodiscard]] std::span<const Rule> rules();

}  // namespace slipway::api
