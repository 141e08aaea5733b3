// ${VAR} in component files, by the whole grammar that clusterctl accepts (clusterctl.md 1.6: drone/envsubst behind a pass that removes spaces inside braces).
//
//   ${V}                          the value; "" where it is set and empty
//   ${V:=d} ${V=d} ${V:-d}        the value, or d where V is unset or empty; ${V:?d} and ${V:+d} mean the same (not what a shell means by them)
//   ${#V}                         the length in bytes
//   ${V^} ${V^^} ${V,} ${V,,}     upper or lower case, of the first character or of all
//   ${V:n} ${V:n:len}             a part, counted in bytes
//   ${V#p} ${V##p} ${V%p} ${V%%p} without the shortest or longest start or end that the glob p matches
//   ${V/p/r} ${V//p/r} ${V/#p/r} ${V/%p/r}  p replaced by r: first, all, at the start, at the end; p is literal
//   $$                            a dollar; $V alone is text
//
// Where this differs from the library: a NUL is text like any other and ends nothing; trims and substrings never leave half of a character behind (a trim
// counts whole characters, a substring that cuts one is refused); a length before the start is refused where the library crashes; bytes that are not UTF-8
// pass through unchanged; expressions nest at most 32 deep. Time and memory are linear in the text plus what the expressions ask for, which is capped. Pure;
// any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::providers {

// Values are looked up by their exact name and are not scanned again. A variable is required where `variables` lacks it and its first occurrence in the text
// has no default (variables_of); all missing ones are named at once, sorted. Errors: Invalid, with the line and the expression; never a value.
[[nodiscard]] Result<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables);

struct Variable {
  std::string name;
  bool has_default = false;   // otherwise a value is required
  std::string default_value;  // as written: "${B}x" where it is made of another variable
};
// What the text asks for, sorted by name. As in clusterctl the first occurrence decides: an argument of any form (${V/a/b}) counts as a default, an empty
// default (${V:=}) as none, and what stands only inside of defaults is not listed. Errors: as substitute.
[[nodiscard]] Result<std::vector<Variable>> variables_of(std::string_view text);

}  // namespace slipway::providers
