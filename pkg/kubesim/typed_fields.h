// The fields of the built-in kinds: their JSON names, types and protobuf numbers. Read by typed_check (what does not decode is refused, what nobody knows
// is dropped) and proto_body. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::kubesim {

// Type names another message, or is one of: s string, i int64, j int32, b bool, y bytes, T Time, M MicroTime, Q Quantity, I IntOrString, R any JSON
// (RawExtension), F FieldsV1, X list of strings.
struct TypedField {
  int number = 0;
  std::string name;  // in JSON; "+": the fields of the message are inlined
  std::string type;
  bool map = false;  // from strings to the type
  bool repeated = false;
  bool keep_zero = false;  // written in JSON though it is empty or zero
};

// The fields of a message (of a kind: its name), or nullptr.
[[nodiscard]] const std::vector<TypedField>* typed_fields(std::string_view message);

}  // namespace slipway::kubesim
