#include "pkg/yaml/yaml.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;

namespace {
std::string message(std::string_view text) {
  const auto parsed = yaml::parse(text, "f.yaml");
  return parsed ? "accepted" : parsed.error().message();
}
}  // namespace

TEST_CASE("scalars get the types that Kubernetes users expect") {
  const auto v = yaml::parse("a: 1\nb: 1.5\nc: true\nd: \"1\"\ne: ~\nf: v1.24.9+vmware.1\ng: 0x1F\nh: 2026-01-01\ni: ''\nj: -3\nk: 10.0.0.1\n", "f.yaml");
  REQUIRE(v);
  CHECK((*v)["a"].as_int() == 1);
  CHECK((*v)["b"].as_double() == 1.5);
  CHECK((*v)["c"].as_bool());
  CHECK((*v)["d"].as_string() == "1");
  CHECK((*v)["e"].is_null());
  CHECK((*v)["f"].as_string() == "v1.24.9+vmware.1");
  CHECK((*v)["g"].as_int() == 31);
  CHECK((*v)["h"].as_string() == "2026-01-01");
  CHECK((*v)["i"].is_string());
  CHECK((*v)["j"].as_int() == -3);
  CHECK((*v)["k"].as_string() == "10.0.0.1");
}

TEST_CASE("what readers of YAML disagree on is refused, with place and cure") {
  CHECK(message("a:\n  b: yes\n").starts_with("f.yaml:2:6: \"yes\" means a boolean to some readers"));
  CHECK(message("a: 010\n").find("octal") != std::string::npos);
  CHECK(message("a: &x 1\nb: *x\n").find("anchors are not allowed") != std::string::npos);
  CHECK(message("<<: {a: 1}\n").find("merge keys") != std::string::npos);
  CHECK(message("a: 1\na: 2\n").find("stands twice") != std::string::npos);
  CHECK(message("{a: 1}: 2\n").find("key must be a plain scalar") != std::string::npos);
  CHECK(message("a: [1\n").starts_with("f.yaml:"));
  CHECK(message("a: 1\n---\nb: 2\n").find("2 documents") != std::string::npos);
}

TEST_CASE("hostile YAML meets a cap") {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "- ";
  CHECK(message(deep + "1").find("nested deeper than 100") != std::string::npos);
  CHECK(message(std::string(100'000, '[')).starts_with("f.yaml"));
  CHECK(yaml::parse("a: 1", "f.yaml", {.max_bytes = 3}).error().message().find("over the limit") != std::string::npos);
  std::string many;
  for (int i = 0; i < 50; ++i) many += "- 1\n";
  CHECK(yaml::parse(many, "f.yaml", {.max_nodes = 10}).error().message().find("more than 10 values") != std::string::npos);
  CHECK(message("a: \"\xC3\"\n").find("f.yaml") == 0);
}

TEST_CASE("broken input ends with an error, never without end") {
  CHECK(message(",api=x\n").starts_with("f.yaml"));
  CHECK(message("a: 1\n---\n,b\n").starts_with("f.yaml"));
}

TEST_CASE("several documents, empty ones left out, JSON among them") {
  const auto all = yaml::parse_all("---\na: 1\n---\n# nothing\n---\n{\"b\": 2}\n", "f.yaml");
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK((*all)[1]["b"].as_int() == 2);
}

TEST_CASE("what is written is read back the same, by old readers too") {
  const char* texts[] = {
      R"({"a":{"b":[{"c":1,"d":[1,2]},[3,[4]],"x"],"e":{},"f":[]},"on":"yes","g":"1","h":"line\nline\n","i":null,"j":"a: b # c","k":"","l":" x","m":"\ttab\n"})",
      R"([1,{"a":"b"},"010","null","~","2026-01-01",true,1.5])", R"("text")"};
  for (const char* text : texts) {
    const auto value = json::parse(text);
    REQUIRE(value);
    const std::string written = yaml::dump(*value);
    INFO(written);
    const auto back = yaml::parse(written, "written");
    REQUIRE(back);
    CHECK(*back == *value);
  }
}
