// Regular expressions of the RE2 syntax, as Go's regexp package reads them: for `pattern` in schemas and `matches` in CEL. The expressions come
// from whoever may create a CustomResourceDefinition, so matching is a simulation of all threads at once (Pike's machine): the time is bounded by
// length of text times size of program, never exponential. Thread: a compiled Pattern is immutable and may be used from any thread.
// Errors: Invalid, with Go's wording ("error parsing regexp: missing closing ): `(a`"). Not covered: Unicode classes other than \pL and \pN, and
// captures (nobody asks for them).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::kubesim {

class Pattern {
 public:
  [[nodiscard]] static Result<Pattern> compile(std::string_view expression);

  // Whether the expression occurs anywhere in the text (anchors are up to the expression), as regexp.MatchString says.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  friend class PatternCompiler;

  struct Range {
    char32_t low, high;
  };
  enum class Op : std::uint8_t { Class, Split, Jump, LineStart, LineEnd, TextStart, TextEnd, WordBoundary, NoWordBoundary, Match };
  struct Instruction {
    Op op = Op::Match;
    std::uint32_t x = 0, y = 0;  // Class: index into classes_; Split: both ways; Jump: x
  };

  std::vector<Instruction> program_;
  std::vector<std::vector<Range>> classes_;  // each sorted, without overlap
};

}  // namespace slipway::kubesim
