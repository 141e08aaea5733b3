#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/schema.h"
#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::kubesim;

namespace {

// One schema with a part of every kind.
std::shared_ptr<const Schema> schema() {
  const auto parsed = yaml::parse(R"(
type: object
properties:
  n: {type: integer}
  m: {type: integer}
  f: {type: number}
  s: {type: string}
  b: {type: boolean}
  a-b: {type: string}
  namespace: {type: string}
  wait: {type: string, format: duration}
  at: {type: string, format: date-time}
  port: {x-kubernetes-int-or-string: true}
  list: {type: array, items: {type: string}}
  items: {type: array, items: {type: object, properties: {name: {type: string}, size: {type: integer}}}}
  labels: {type: object, additionalProperties: {type: string}}
  sub: {type: object, properties: {x: {type: integer}}}
)",
                                  "schema");
  REQUIRE(parsed);
  auto compiled = compile_schema(*parsed);
  REQUIRE(compiled);
  return *compiled;
}

std::string eval(std::string_view expression, std::string_view object, std::string_view old = "") {
  const auto node = schema();
  const auto program = cel::Program::compile(expression, {node.get(), true});
  if (!program) return program.error().message();
  const json::Value value = *yaml::parse(object, "object");
  const json::Value old_value = old.empty() ? json::Value() : *yaml::parse(old, "old");
  const cel::Value self = cel::Value::of(value, node.get());
  const cel::Value old_self = cel::Value::of(old_value, node.get());
  cel::Budget budget(cel::kPerCallLimit);
  const auto result = (*program)->evaluate(self, old.empty() ? nullptr : &old_self, budget);
  if (budget.exhausted()) return "budget";
  if (!result) return "error: " + result.error();
  return result->is_true() ? "true" : "false";
}

std::string refused(std::string_view expression) {
  const auto node = schema();
  const auto program = cel::Program::compile(expression, {node.get(), true});
  INFO(expression);
  REQUIRE_FALSE(program);
  return program.error().message();
}

}  // namespace

TEST_CASE("rules compare fields") {
  CHECK(eval("self.n > 1", "{n: 2}") == "true");
  CHECK(eval("self.n > 1", "{n: 1}") == "false");
  CHECK(eval("self.n + self.m * 2 == 7 && self.n - 1 <= self.m", "{n: 1, m: 3}") == "true");
  CHECK(eval("self.s == 'x' || self.b", "{s: x, b: false}") == "true");
  CHECK(eval("self.f > self.n", "{f: 2, n: 1}") == "true");
  CHECK(eval("self.f == 2.0", "{f: 2}") == "true");
  CHECK(eval("self.n in [1, 2, 3]", "{n: 2}") == "true");
  CHECK(eval("!(self.n in [2, 4])", "{n: 2}") == "false");
  CHECK(eval("(self.b ? 1 : 2) == 1", "{b: true}") == "true");
  CHECK(eval("-self.n == -3 && self.n % 2 == 1 && self.n / 2 == 1", "{n: 3}") == "true");
}

TEST_CASE("rules ask whether optional fields are there") {
  CHECK(eval("has(self.n)", "{}") == "false");
  CHECK(eval("!has(self.sub) || self.sub.x > 0", "{}") == "true");
  CHECK(eval("!has(self.sub) || self.sub.x > 0", "{sub: {x: 0}}") == "false");
  CHECK(eval("self.n > 1", "{}") == "error: no such key: n");
  CHECK(eval("self.n > 1 || true", "{}") == "true");
  CHECK(eval("has(self.labels.a) && self.labels['a'] == 'b'", "{labels: {a: b}}") == "true");
  CHECK(eval("'a' in self.labels", "{labels: {a: b}}") == "true");
  CHECK(eval("self.metadata.name == 'x'", "{metadata: {name: x}}") == "true");
}

TEST_CASE("rules reach fields whose names are no identifiers") {
  CHECK(eval("self.a__dash__b == 'x' && self.__namespace__ == 'z'", "{a-b: x, namespace: z}") == "true");
}

TEST_CASE("rules walk lists") {
  CHECK(eval("self.list.all(x, x.startsWith('a'))", "{list: [a1, a2]}") == "true");
  CHECK(eval("self.list.all(x, x.startsWith('a'))", "{list: [a1, b]}") == "false");
  CHECK(eval("self.list.exists(x, x == 'b')", "{list: [a1, b]}") == "true");
  CHECK(eval("self.list.exists_one(x, x == 'b')", "{list: [b, b]}") == "false");
  CHECK(eval("self.items.map(i, i.size).exists(n, n > 5)", "{items: [{size: 6}]}") == "true");
  CHECK(eval("self.items.filter(i, i.size > 1).size() == 1", "{items: [{size: 1}, {size: 2}]}") == "true");
  CHECK(eval("self.items.map(i, i.size > 1, i.name) == ['b']", "{items: [{size: 1, name: a}, {size: 2, name: b}]}") == "true");
  CHECK(eval("size(self.list) == 2 && self.list[0] == 'a'", "{list: [a, b]}") == "true");
  CHECK(eval("self.list[2] == 'a'", "{list: [a, b]}") == "error: index out of bounds: 2");
  CHECK(eval("self.items.all(i, self.items.exists_one(j, j.name == i.name))", "{items: [{name: a}, {name: b}]}") == "true");
  CHECK(eval("self.labels.all(k, self.labels[k] != '')", "{labels: {a: b, c: ''}}") == "false");
}

TEST_CASE("rules know strings, times and addresses") {
  CHECK(eval("self.s.matches('^v[0-9]+$') && self.s.size() == 2", "{s: v1}") == "true");
  CHECK(eval("self.s.contains('b') && self.s.endsWith('c')", "{s: abc}") == "true");
  CHECK(eval("self.s.split('.').size() == 3", "{s: a.b.c}") == "true");
  CHECK(eval("self.s.lowerAscii() == 'abc' && self.s.substring(1, 2) == 'B'", "{s: ABC}") == "true");
  CHECK(eval("string(self.n) + 'x' == '5x' && int('7') == 7", "{n: 5}") == "true");
  CHECK(eval("duration(self.s) > duration('1m')", "{s: 90s}") == "true");
  CHECK(eval("self.wait < duration('1h30m')", "{wait: 45m}") == "true");
  CHECK(eval("self.at > timestamp('2024-01-01T00:00:00Z')", "{at: '2025-01-01T00:00:00Z'}") == "true");
  CHECK(eval("isCIDR(self.s) && !isIP(self.s)", "{s: 10.0.0.0/8}") == "true");
  CHECK(eval("self.port == 80 || self.port == 'http'", "{port: http}") == "true");
}

TEST_CASE("transition rules see the old value") {
  CHECK(eval("self.s == oldSelf.s", "{s: a}", "{s: a}") == "true");
  CHECK(eval("self.n >= oldSelf.n", "{n: 1}", "{n: 2}") == "false");
}

TEST_CASE("arithmetic does not overflow silently") {
  CHECK(eval("self.n + 1 > 0", "{n: 9223372036854775807}") == "error: integer overflow");
  CHECK(eval("1 / self.n == 0", "{n: 0}") == "error: division by zero");
}

TEST_CASE("rules that the schema contradicts do not compile") {
  CHECK(refused("self.nope == 1") == "compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope == 1\n | ....^");
  CHECK(refused("self.n == 'x'").find("found no matching overload for '_==_' applied to '(int, string)'") != std::string::npos);
  CHECK(refused("self.n").find("must evaluate to a bool") != std::string::npos);
  CHECK(refused("self.metadata.labels.size() == 1").find("undefined field 'labels'") != std::string::npos);
  CHECK(refused("size(self) > 1").find("found no matching overload for 'size' applied to '(object)'") != std::string::npos);
  CHECK(refused("nope == 1").find("undeclared reference to 'nope'") != std::string::npos);
  CHECK(refused("self.n.x == 1").find("does not support field selection") != std::string::npos);
  CHECK(refused("self.s && true").find("expected type 'bool' but found 'string'") != std::string::npos);
}

TEST_CASE("what is outside of the subset does not compile") {
  CHECK(refused("quantity(self.s).isGreaterThan(quantity('1'))").find("undeclared reference to 'quantity'") != std::string::npos);
  CHECK(refused("self.?n.orValue(1) == 1").find("optional types are not supported") != std::string::npos);
  CHECK(refused("b'x' == b'x'").find("bytes literals are not supported") != std::string::npos);
  CHECK(refused("self.n == 1u").find("unsigned integers are not supported") != std::string::npos);
  CHECK(refused("self.n ==").find("Syntax error") != std::string::npos);
  CHECK(refused("self.n == 1 )").find("Syntax error: extraneous input ')'") != std::string::npos);
  CHECK(refused("'open").find("Syntax error") != std::string::npos);
}

TEST_CASE("deep and endless rules are stopped") {
  CHECK(refused(std::string(500, '(') + "true" + std::string(500, ')')).find("recursion limit") != std::string::npos);
  std::string sum = "1";
  for (int i = 0; i < 500; ++i) sum += "+1";
  CHECK(refused(sum + " == 1").find("recursion limit") != std::string::npos);
  std::string list = "{list: [a";
  for (int i = 0; i < 300; ++i) list += ", a";
  CHECK(eval("self.list.all(a, self.list.all(b, self.list.all(c, a == b)))", list + "]}") == "budget");
  std::string chain = "true";
  for (int i = 0; i < 300; ++i) chain += " && self.b";
  CHECK(eval(chain, "{b: true}") == "true");
}
