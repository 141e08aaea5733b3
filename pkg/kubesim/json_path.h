// The JSONPath of additionalPrinterColumns (client-go util/jsonpath) as far as CRDs use it: .a.b, .a\.b/c, ['a.b/c'], [0], [-1], [*], and filters
// [?(@.a.b=="x")], != and bare presence. Not covered: recursive descent, slices, unions; they do not parse. Thread: any; immutable once parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/json/value.h"

namespace slipway::kubesim {

class JsonPath {
 public:
  // Errors: Invalid.
  [[nodiscard]] static Result<JsonPath> parse(std::string_view text);
  // All matches in document order; they live as long as the object.
  [[nodiscard]] std::vector<const json::Value*> find(const json::Value& object) const;

 private:
  enum class Kind : std::uint8_t { Field, Index, Wildcard, Filter };
  enum class Test : std::uint8_t { Exists, Equal, NotEqual };
  struct Step {
    Kind kind = Kind::Field;
    std::string name = {};
    std::int64_t index = 0;
    std::vector<std::string> filter_path = {};
    Test test = Test::Exists;
    json::Value literal = {};
  };
  friend class JsonPathParser;
  [[nodiscard]] static bool passes(const json::Value& item, const Step& step);
  std::vector<Step> steps_;
};

}  // namespace slipway::kubesim
