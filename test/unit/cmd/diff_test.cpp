#include "cmd/slipway/diff.h"

#include <catch2/catch_test_macros.hpp>

#include "cmd/slipway/table.h"

using slipway::cmd::line_diff;
using slipway::cmd::Table;

TEST_CASE("equal texts have no difference") {
  CHECK(line_diff("", "").empty());
  CHECK(line_diff("a\nb\n", "a\nb\n").empty());
}

TEST_CASE("a changed line goes and comes, between the lines around it") {
  CHECK(line_diff("a\nb\nc\n", "a\nB\nc\n") == " a\n-b\n+B\n c\n");
  CHECK(line_diff("", "a\n") == "+a\n");
  CHECK(line_diff("a\n", "") == "-a\n");
}

TEST_CASE("what moved is not taken for a change of what stayed") {
  CHECK(line_diff("a\nb\nc\nd\n", "b\nc\nx\nd\na\n") == "-a\n b\n c\n+x\n d\n+a\n");
  CHECK(line_diff("x\nx\n", "x\nx\nx\n") == " x\n x\n+x\n");
}

TEST_CASE("lines far from any change are left out") {
  CHECK(line_diff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nfour\n5\n6\n7\n", 1) == "...\n 3\n-4\n+four\n 5\n...\n");
  CHECK(line_diff("1\n2\n3\n4\n5\n", "one\n2\n3\n4\nfive\n", 1) == "-1\n+one\n 2\n...\n 4\n-5\n+five\n");
}

TEST_CASE("texts that differ too much to be compared are replaced as a whole") {
  std::string a;
  std::string b;
  for (int i = 0; i < 5'000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  const std::string diff = line_diff("same\n" + a, "same\n" + b);
  CHECK(diff.starts_with(" same\n-a0\n-a1\n"));
  CHECK(diff.ends_with("+b4998\n+b4999\n"));
}

TEST_CASE("a table has columns as wide as their longest cell, counted in characters") {
  Table table({"TYPE", "NAME", "VERSION"});
  CHECK(table.empty());
  table.add({"InfrastructureProvider", "vsphère", "v1.5.1"});
  table.add({"CoreProvider", "", "v1"});
  table.add({"AddonProvider", "helm"});
  CHECK(table.text() ==
        "TYPE                     NAME      VERSION\n"
        "InfrastructureProvider   vsphère   v1.5.1\n"
        "CoreProvider             -         v1\n"
        "AddonProvider            helm\n");
}

TEST_CASE("a cell cannot break its line or colour the terminal") {
  Table table({"A"});
  table.add({"x\ny\x1b[31m"});
  CHECK(table.text() == "A\nx?y?[31m\n");
}
