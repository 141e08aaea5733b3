// An object that a CRD's schema admits: to ask its webhooks something without knowing what the kind is about. Pure; any thread.
#pragma once

#include "pkg/kube/types.h"

namespace slipway::providers {

// The smallest object of that version that satisfies required fields, types, enums, minima and lengths; patterns, formats and CEL rules only by luck. Null
// where the CRD does not have the version. Nesting is cut at 16.
[[nodiscard]] kube::Object sample_of(const kube::Object& crd, std::string_view version, const kube::ObjectKey& key);

}  // namespace slipway::providers
