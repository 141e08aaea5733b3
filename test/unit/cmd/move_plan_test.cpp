#include "cmd/slipway/move_plan.h"

#include <catch2/catch_test_macros.hpp>

#include "cmd/slipway/move_tree.h"

using namespace slipway;
using namespace slipway::cmd;
using pivot::Fate;
using pivot::Presence;

namespace {

pivot::PlannedObject object(std::string kind, std::string ns, std::string name, std::size_t group, std::vector<std::size_t> owners = {}) {
  pivot::PlannedObject out;
  out.gvr = {"cluster.x-k8s.io", "v1beta2", "things", true};
  out.key = {std::move(ns), std::move(name)};
  out.kind = std::move(kind);
  out.uid = "uid-" + out.key.name;
  out.fate = Fate::Move;
  out.group = group;
  out.owners = std::move(owners);
  return out;
}

pivot::PlannedObject with_fate(pivot::PlannedObject object, Fate fate, std::string reason) {
  object.fate = fate;
  object.reason = std::move(reason);
  return object;
}

// A Cluster with a Machine and its Secret, a global identity, and a ConfigMap that stays.
pivot::Preview small_preview() {
  pivot::Preview out;
  out.plan.objects = {object("Secret", "a", "one-0", 2, {2}),
                      object("Cluster", "a", "one", 0),
                      object("Machine", "a", "one-0", 1, {1}),
                      object("Secret", "a", "one-ca", 1, {1}),
                      with_fate(object("Identity", "", "tkg", 0), Fate::Keep, "global: all namespaces share it"),
                      with_fate(object("ConfigMap", "a", "other", 0), Fate::Exclude, "not linked with any Cluster")};
  return out;
}

std::vector<std::string> texts(const pivot::Plan& plan) {
  std::vector<std::string> out;
  for (const TreeLine& line : move_tree(plan)) out.push_back(line.text);
  return out;
}

}  // namespace

TEST_CASE("the tree shows each object once, below its first owner that moves, Clusters first") {
  CHECK(texts(small_preview().plan) == std::vector<std::string>{"Cluster a/one", "├─ Machine one-0", "│  └─ Secret one-0", "└─ Secret one-ca", "Identity tkg"});
}

TEST_CASE("an object whose first owner stays hangs below the next, and one in another namespace names it") {
  pivot::Plan plan;
  plan.objects = {with_fate(object("Node", "", "n", 0), Fate::Exclude, "no"), object("ClusterClass", "shared", "c", 0),
                  object("Template", "other", "t", 1, {0, 1})};
  CHECK(texts(plan) == std::vector<std::string>{"ClusterClass shared/c", "└─ Template other/t"});
}

TEST_CASE("a chain of ten thousand owners is shown in time and space that grow with it") {
  pivot::Plan plan;
  for (std::size_t i = 0; i < 10'000; ++i)
    plan.objects.push_back(object("Machine", "a", std::to_string(i), i, i == 0 ? std::vector<std::size_t>{} : std::vector<std::size_t>{i - 1}));
  const auto lines = move_tree(plan);
  REQUIRE(lines.size() == 10'000);
  CHECK(lines.back().object == 9'999);
  CHECK(lines.back().text.size() < 200);
}

TEST_CASE("a dry run without a target says what leaves the source, what is kept and what stays, with reasons") {
  CHECK(preview_text(small_preview(), {}) ==
        "OBJECT               GROUP   SOURCE\n"
        "Cluster a/one        0       - delete\n"
        "├─ Machine one-0     1       - delete\n"
        "│  └─ Secret one-0   2       - delete\n"
        "└─ Secret one-ca     1       - delete\n"
        "Identity tkg         0       keep (global: all namespaces share it)\n"
        "\n"
        "Left on the source:\n"
        "  1 not linked with any Cluster: ConfigMap a/other\n"
        "\n"
        "4 to move in 3 groups, 1 to copy and keep, 1 to leave\n");
}

TEST_CASE("with a target, what is created there, used as it is, copied already or taken stands beside each object") {
  pivot::Preview preview = small_preview();
  preview.presence = {Presence::Absent, Presence::Copied, Presence::Absent, Presence::Occupied, Presence::Usable, Presence::Absent};
  preview.problems = {"Secret a/one-ca exists on the target already"};
  const std::string text = preview_text(preview, {});
  CHECK(
      text.starts_with("OBJECT               GROUP   TARGET     SOURCE\n"
                       "Cluster a/one        0       = copied   - delete\n"
                       "├─ Machine one-0     1       + create   - delete\n"
                       "│  └─ Secret one-0   2       + create   - delete\n"
                       "└─ Secret one-ca     1       ! taken    - delete\n"
                       "Identity tkg         0       = use      keep (global: all namespaces share it)\n"));
  CHECK(text.contains("In the way of the move:\n  Secret a/one-ca exists on the target already\n"));
  CHECK(text.ends_with("; on the target 2 to create, 1 to use as they are, 1 copied already, 1 taken\n"));
  const json::Value value = preview_value(preview, {});
  CHECK_FALSE(value["wouldMove"].as_bool(true));
  CHECK(value["move"].as_int() == 4);
  CHECK(value["objects"][0]["owners"][0].as_string() == "Machine a/one-0");
  CHECK(value["objects"][3]["target"].as_string() == "taken");
  CHECK(value["objects"][5]["fate"].as_string() == "leave");
  CHECK(value["objects"][5]["target"].is_null());
}

TEST_CASE("what would dangle stops the move unless it may go on without it, and is named either way") {
  pivot::Preview preview = small_preview();
  preview.plan.unmovable = {"Cluster a/one: spec.x names Secret b"};
  pivot::Options options;
  CHECK_FALSE(would_move(preview, options));
  CHECK(preview_text(preview, options).contains("--on-unmovable warn"));
  options.fail_on_unmovable = false;
  CHECK(would_move(preview, options));
  CHECK(preview_text(preview, options).contains("Would be missing or dangle on the target:\n  Cluster a/one: spec.x names Secret b\n"));
}

TEST_CASE("of many objects that stay for one reason ten are named, and none speaks to the terminal") {
  pivot::Preview preview;
  for (int i = 10; i < 30; ++i)
    preview.plan.objects.push_back(with_fate(object("Secret", "a", "s" + std::to_string(i) + "\x1b[2J", 0), Fate::Exclude, "not linked with any Cluster"));
  const std::string text = preview_text(preview, {});
  CHECK(text.contains("  20 not linked with any Cluster: Secret a/s10"));
  CHECK(text.contains("Secret a/s19?[2J, and 10 more (-o json names all)\n"));
  CHECK_FALSE(text.contains('\x1b'));
}
