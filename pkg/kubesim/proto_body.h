// Request bodies in Kubernetes' protobuf envelope (apimachinery pkg/runtime/serializer/protobuf), for the built-in kinds that a kubectl of 1.31 or
// newer sends that way from `create`, `run` and `auth`. Answers are never protobuf: clients accept JSON beside it. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "pkg/json/value.h"

namespace slipway::kubesim {

// The object with apiVersion and kind from the envelope. Errors: a sentence, where it is broken or its kind is not known here.
[[nodiscard]] std::expected<json::Value, std::string> decode_protobuf(std::string_view body);

}  // namespace slipway::kubesim
