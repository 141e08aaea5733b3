// An OpenAPI v2 document in the protobuf form of gnostic (gnostic-models openapiv2/OpenAPIv2.proto), which kubectl asks for. Covers what
// openapi_v2_document() writes. Pure; any thread.
#pragma once

#include <string>

#include "pkg/json/value.h"

namespace slipway::kubesim {

[[nodiscard]] std::string openapi_v2_protobuf(const json::Value& document);

}  // namespace slipway::kubesim
