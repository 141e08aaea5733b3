// Rules of x-kubernetes-validations: parsed, checked against the schema of the node that they stand on, and evaluated within a budget. A subset of
// CEL (cel_parser.h, cel_functions.h); what is outside of it does not compile, so that no rule is silently ignored.
// Thread: a Program is immutable; evaluation may run on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pkg/base/error.h"
#include "pkg/kubesim/cel_functions.h"
#include "pkg/kubesim/cel_parser.h"
#include "pkg/kubesim/cel_value.h"

namespace slipway::kubesim::cel {

// Sources: apiserver pkg/apis/cel/config.go.
inline constexpr std::int64_t kPerCallLimit = 1'000'000;
inline constexpr std::int64_t kRuntimeBudget = 10'000'000;

// What the compiler needs to know about `self`.
struct Scope {
  const Schema* self = nullptr;
  bool resource_root = false;  // self has apiVersion, kind, metadata.name and metadata.generateName, whatever the schema says
};

class Program {
 public:
  // Errors: Invalid, "compilation failed: ERROR: <input>:1:1: undefined field 'x' ...". `wanted` is the kind of the result.
  [[nodiscard]] static Result<std::shared_ptr<const Program>> compile(std::string_view source, const Scope& scope, Kind wanted = Kind::Bool);

  [[nodiscard]] bool uses_old_self() const noexcept { return uses_old_self_; }
  // old_self may be null where the program does not use it.
  [[nodiscard]] Outcome evaluate(const Value& self, const Value* old_self, Budget& budget) const;

 private:
  Ast ast_;
  bool uses_old_self_ = false;
};

// Checks names and types, and binds the calls to their functions. Errors: Invalid. `uses_old_self` is set where the source names it.
[[nodiscard]] Status check(Ast& ast, const Scope& scope, Kind wanted, bool& uses_old_self);

// The field behind an identifier: "a__dash__b" is "a-b" (apiserver pkg/cel/escaping.go).
[[nodiscard]] std::string unescape(std::string_view identifier);

}  // namespace slipway::kubesim::cel
