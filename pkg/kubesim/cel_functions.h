// The functions and operators of CEL that kubesim knows: cel-spec's standard ones for the kinds in cel_value.h, the string extensions, and isIP and
// isCIDR of Kubernetes' libraries. What is not in this table makes a rule fail to compile. Thread: the loop's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pkg/kubesim/cel_value.h"

namespace slipway::kubesim::cel {

// What a rule may cost: one for each node, more for work over long strings. Source: apiserver pkg/apis/cel, PerCallLimit.
class Budget {
 public:
  explicit Budget(std::int64_t limit) : left_(limit) {}
  // False where it is used up.
  bool charge(std::uint64_t amount) {
    left_ -= static_cast<std::int64_t>(amount);
    return left_ >= 0;
  }
  [[nodiscard]] bool exhausted() const noexcept { return left_ < 0; }
  [[nodiscard]] std::int64_t left() const noexcept { return left_; }

 private:
  std::int64_t left_;
};

struct Function {
  std::string_view name;
  bool member;  // called as x.name(...); the receiver counts as the first argument
  // Overloads as "arguments:result", separated by spaces: b bool, i int, d double, s string, D duration, T timestamp, l list, m map, o object with fields, *
  // anything.
  std::string_view overloads;
  Outcome (*call)(std::span<const Value> arguments, Budget& budget);
};

// Null where there is none.
[[nodiscard]] const Function* find_function(std::string_view name, bool member, std::size_t arguments);

extern const std::string_view kNoOverload;  // "no such overload"

}  // namespace slipway::kubesim::cel
