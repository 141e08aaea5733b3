// Any rule compiles or is refused with a sentence; what compiled evaluates within its budget. The same text is read as a regular expression and as the
// JSONPath of a printer column, whose matching is bounded too.
#include <cstdlib>

#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/json_path.h"
#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/schema.h"

namespace {

using namespace slipway;

void require(bool condition) {
  if (!condition) std::abort();
}

const json::Value& object() {
  static const json::Value value =
      json::parse(R"({"s":"text","n":3,"f":1.5,"b":true,"at":"2026-01-01T00:00:00Z","wait":"3s","l":["a","b"],"m":{"k":"v"},"o":{"deep":{"x":1}}})").value();
  return value;
}

const kubesim::Schema* schema() {
  static const auto compiled =
      kubesim::compile_schema(json::parse(R"({"type":"object","properties":{"s":{"type":"string"},"n":{"type":"integer"},"f":{"type":"number"},
    "b":{"type":"boolean"},"at":{"type":"string","format":"date-time"},"wait":{"type":"string","format":"duration"},"l":{"type":"array","items":{"type":"string"}},
    "m":{"type":"object","additionalProperties":{"type":"string"}},"o":{"type":"object","properties":{"deep":{"type":"object","properties":{"x":{"type":"integer"}}}}}}})")
                                  .value());
  return compiled->get();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size > 2048) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const json::Value& self = object();
  if (const auto program = kubesim::cel::Program::compile(text, {schema(), true})) {
    kubesim::cel::Budget budget(10'000);
    const auto value = kubesim::cel::Value::of(self, schema());
    static_cast<void>((*program)->evaluate(value, &value, budget));
  } else {
    require(!program.error().message().empty());
  }
  if (const auto pattern = kubesim::Pattern::compile(text)) static_cast<void>(pattern->matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
  if (const auto path = kubesim::JsonPath::parse(text)) static_cast<void>(path->find(self));
  return 0;
}
