// The value of a parsed ${...}. Pure; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "pkg/base/error.h"
#include "pkg/providers/detail/expression.h"

namespace slipway::providers::detail {

// What all expressions of one text may read and write together, in bytes: a few of them over a large value can ask for terabytes.
inline constexpr std::size_t kMaxWork = 64UL << 20U;

class Expander {
 public:
  explicit Expander(const std::map<std::string, std::string>& variables) : variables_(variables) {}
  // Errors: Invalid; they say what is asked for, never a value.
  [[nodiscard]] Result<std::string> expand(const Expression& expression);

 private:
  [[nodiscard]] bool spend(std::size_t bytes);
  [[nodiscard]] Result<std::string> word(const Word& word);
  [[nodiscard]] Result<std::string> apply(Form form, std::string value, const std::vector<std::string>& words);
  [[nodiscard]] Result<std::string> replace_all(const std::string& value, const std::string& from, const std::string& to);

  const std::map<std::string, std::string>& variables_;
  std::size_t work_ = 0;
};

}  // namespace slipway::providers::detail
