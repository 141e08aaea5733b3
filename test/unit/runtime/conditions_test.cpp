#include "pkg/runtime/conditions.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::runtime;

namespace {

struct Condition {
  std::string type, status;
  std::int64_t observedGeneration = 0;
  std::string lastTransitionTime, reason, message;
};
const WallTime kNoon = parse_rfc3339("2026-01-01T12:00:00.9Z").value();
const WallTime kLater = parse_rfc3339("2026-01-01T13:00:00Z").value();

}  // namespace

TEST_CASE("a condition's time moves only when its status flips, in whole seconds") {
  json::Value list;
  CHECK(set_condition(list, {"Ready", "False", "Waiting", "0/3", 1}, kNoon));
  CHECK(list[0]["lastTransitionTime"].as_string() == "2026-01-01T12:00:00Z");
  CHECK_FALSE(set_condition(list, {"Ready", "False", "Waiting", "0/3", 1}, kLater));
  CHECK(set_condition(list, {"Ready", "False", "Waiting", "2/3", 2}, kLater));
  CHECK(list[0]["lastTransitionTime"].as_string() == "2026-01-01T12:00:00Z");
  CHECK(list[0]["observedGeneration"].as_int() == 2);
  CHECK(set_condition(list, {"Ready", "True", "AllUp", "", 2}, kLater));
  CHECK(list[0]["lastTransitionTime"].as_string() == "2026-01-01T13:00:00Z");
  CHECK(list.size() == 1);
  CHECK(set_condition(list, {"Paused", "False", "NotPaused", ""}, kLater));
  CHECK_FALSE(list[1].contains("observedGeneration"));
  CHECK(remove_condition(list, "Ready"));
  CHECK_FALSE(remove_condition(list, "Ready"));
  CHECK(list.size() == 1);
}

TEST_CASE("a vector of structs follows the same rules") {
  std::vector<Condition> list;
  CHECK(set_condition(list, Condition{"Ready", "False", 1, "", "Waiting", ""}, kNoon));
  CHECK_FALSE(set_condition(list, Condition{"Ready", "False", 1, "", "Waiting", ""}, kLater));
  CHECK(set_condition(list, Condition{"Ready", "False", 1, "", "StillWaiting", ""}, kLater));
  CHECK(list.at(0).lastTransitionTime == "2026-01-01T12:00:00Z");
  CHECK(set_condition(list, Condition{"Ready", "True", 1, "", "Done", std::string(40'000, 'x')}, kLater));
  CHECK(list.at(0).lastTransitionTime == "2026-01-01T13:00:00Z");
  CHECK(list.at(0).message.size() == kMaxConditionMessage);
}

TEST_CASE("a condition stays where it first stood") {
  json::Value list;
  for (const char* type : {"B", "A", "C"}) set_condition(list, {type, "False", "Waiting", ""}, kNoon);
  set_condition(list, {"A", "True", "Done", ""}, kLater);
  CHECK(list[0]["type"].as_string() == "B");
  CHECK(list[1]["type"].as_string() == "A");
  CHECK(list[2]["type"].as_string() == "C");
}

TEST_CASE("a reason is made one that the API takes") {
  CHECK(usable_reason("MachineFailed") == "MachineFailed");
  CHECK(usable_reason("a_9:b,c") == "a_9:b,c");
  CHECK(usable_reason("9 lives, or none: ") == "lives,ornone");
  CHECK(usable_reason("\xff -") == "Unknown");
  CHECK(usable_reason("") == "Unknown");
  CHECK(usable_reason(std::string(5000, 'R')).size() == kMaxConditionReason);
  json::Value list;
  set_condition(list, {"Ready", "False", "not a reason", ""}, kNoon);
  CHECK(list[0]["reason"].as_string() == "notareason");
  CHECK_FALSE(set_condition(list, {"Ready", "False", "not a reason", ""}, kLater));
}
