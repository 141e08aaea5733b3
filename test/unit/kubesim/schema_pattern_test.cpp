#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/pattern.h"

using slipway::kubesim::Pattern;

namespace {

bool matches(std::string_view expression, std::string_view text) {
  const auto pattern = Pattern::compile(expression);
  INFO(expression);
  REQUIRE(pattern);
  return pattern->matches(text);
}

std::string problem(std::string_view expression) {
  const auto pattern = Pattern::compile(expression);
  INFO(expression);
  REQUIRE_FALSE(pattern);
  return pattern.error().message();
}

}  // namespace

TEST_CASE("patterns match anywhere unless they are anchored") {
  CHECK(matches("b", "abc"));
  CHECK_FALSE(matches("^b", "abc"));
  CHECK(matches("^a.c$", "abc"));
  CHECK_FALSE(matches("^a.c$", "a\nc"));
  CHECK(matches("(?s)^a.c$", "a\nc"));
  CHECK(matches("", ""));
  CHECK(matches("^$", ""));
  CHECK_FALSE(matches("^$", "x"));
  CHECK(matches("(?m)^b$", "a\nb\nc"));
}

TEST_CASE("patterns repeat, choose and group") {
  CHECK(matches("^(a|b)*$", "abba"));
  CHECK(matches("^a{2,3}$", "aaa"));
  CHECK_FALSE(matches("^a{2,3}$", "aaaa"));
  CHECK(matches("^a{2,}$", "aaaaa"));
  CHECK(matches("^a{2}$", "aa"));
  CHECK(matches("^x{,3}$", "x{,3}"));
  CHECK(matches("^(?:ab)+?c$", "ababc"));
  CHECK(matches("^(?P<name>ab)?$", ""));
  CHECK(matches("^(|a)+$", "aaa"));
}

TEST_CASE("patterns know classes") {
  CHECK(matches("^[a-c0-9_-]+$", "a-9_c"));
  CHECK_FALSE(matches("^[^a-c]+$", "xbx"));
  CHECK(matches("^[]a]+$", "a]"));
  CHECK(matches(R"(^\d+\.\w+\s$)", "12.x_ "));
  CHECK(matches(R"(^[\d.]+$)", "1.2"));
  CHECK(matches("^[[:alpha:]]+$", "abC"));
  CHECK(matches("(?i)^abc$", "AbC"));
  CHECK(matches(R"(^\x41\x{42}\.$)", "AB."));
  CHECK(matches("^.$", "\xC3\xA9"));
  CHECK(matches("^[\xC3\xA0-\xC3\xBC]$", "\xC3\xA9"));
  CHECK(matches(R"(\bfoo\b)", "a foo b"));
  CHECK_FALSE(matches(R"(\bfoo\b)", "afoob"));
}

TEST_CASE("patterns of well-known CRDs hold") {
  const std::string quantity = R"(^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$)";
  CHECK(matches(quantity, "100Mi"));
  CHECK(matches(quantity, "1.5e3"));
  CHECK_FALSE(matches(quantity, "1.5.2"));
  const std::string subdomain = R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)";
  CHECK(matches(subdomain, "a-b.c"));
  CHECK_FALSE(matches(subdomain, "a-.c"));
}

TEST_CASE("a pattern that explodes under backtracking answers at once") {
  CHECK_FALSE(matches("^(a+)+$", std::string(20'000, 'a') + "b"));
  CHECK_FALSE(matches("^(a|aa)+$", std::string(20'000, 'a') + "b"));
}

TEST_CASE("broken patterns are refused with Go's words") {
  CHECK(problem("(a") == "error parsing regexp: missing closing ): `(a`");
  CHECK(problem("a)") == "error parsing regexp: unexpected ): `a)`");
  CHECK(problem("[a") == "error parsing regexp: missing closing ]: `[a`");
  CHECK(problem("*a") == "error parsing regexp: missing argument to repetition operator: `*`");
  CHECK(problem("a**") == "error parsing regexp: invalid nested repetition operator: `**`");
  CHECK(problem("a{1001}") == "error parsing regexp: invalid repeat count: `{1001}`");
  CHECK(problem("(?=a)") == "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
  CHECK(problem("a\\") == "error parsing regexp: trailing backslash at end of expression");
  CHECK(problem("\\8") == "error parsing regexp: invalid escape sequence: `\\8`");
  CHECK(problem("[z-a]") == "error parsing regexp: invalid character class range: `[z-a`");
}

TEST_CASE("patterns cannot be made to eat memory, time or stack") {
  CHECK_FALSE(Pattern::compile("((a{1000}){1000}){1000}"));
  CHECK_FALSE(Pattern::compile("((){1000}){1000}){1000}"));
  CHECK_FALSE(Pattern::compile("(((){1000}){1000}){1000}"));
  CHECK_FALSE(Pattern::compile(std::string(5'000, 'a')));
  CHECK_FALSE(Pattern::compile(std::string(1'000, '(') + std::string(1'000, ')')));
}
