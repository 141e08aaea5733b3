// Walks a JSON value beside its TypeInfo and says what is wrong with it, all of it (up to a cap), each with its path. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "api/v1alpha1/codec.h"
#include "api/v1alpha1/schema.h"
#include "pkg/json/value.h"

namespace slipway::api {

inline constexpr std::size_t kMaxErrors = 64;  // a hostile object must not make a hostile message

enum class Checks : std::uint8_t {
  Types,   // unknown fields, wrong types
  Values,  // what is required, bounds, choices, uniqueness, and the rules of rules.cpp
  All,     // both; rules over an object that holds a wrong type or lacks a required field are left out, as the API server leaves them out
};

// Defaults must have been set. `old` is the value before an update, else null: then rules about changes are left out.
void check_value(const TypeInfo& type, const json::Value& value, const json::Value* old, const std::string& path, Checks checks,
                 std::vector<FieldError>& errors);
// The rules of one resource over its whole object ("metadata.name").
void check_resource_rules(const Resource& resource, const json::Value& object, std::vector<FieldError>& errors);

// What a user wrote, made fit for a message: short, without control characters.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace slipway::api
