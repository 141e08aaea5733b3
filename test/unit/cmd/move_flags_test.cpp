#include "cmd/slipway/move_flags.h"

#include <catch2/catch_test_macros.hpp>

#include "cmd/slipway/cli.h"

using namespace slipway;
using namespace slipway::cmd;

namespace {

MoveFlags flags_to(std::string kubeconfig) {
  MoveFlags flags;
  flags.target.kubeconfig = std::move(kubeconfig);
  return flags;
}

std::string refusal(const MoveFlags& flags) {
  const Status checked = check_move_flags(flags);
  return checked ? "" : checked.error().message();
}

int usage(std::vector<std::string> words) {
  words.insert(words.begin(), "move");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return move_command(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

TEST_CASE("a move needs a target, by file or by context; a dry run does not") {
  CHECK(refusal({}).contains("--to-kubeconfig"));
  CHECK(refusal(flags_to("b")).empty());
  MoveFlags by_context;
  by_context.target.context = "b";
  CHECK(refusal(by_context).empty());
  MoveFlags dry;
  dry.dry_run = true;
  CHECK(refusal(dry).empty());
  MoveFlags rehearsal;
  rehearsal.rehearse = true;
  CHECK(refusal(rehearsal).contains("--to-kubeconfig"));
}

TEST_CASE("two modes at once are refused") {
  MoveFlags flags = flags_to("b");
  flags.resume = flags.rollback = true;
  CHECK(refusal(flags).contains("exclude each other"));
}

TEST_CASE("a timeout is a duration of a second at least") {
  MoveFlags flags = flags_to("b");
  flags.timeout = "soon";
  CHECK(refusal(flags).contains("--timeout"));
  flags.timeout = "10ms";
  CHECK(refusal(flags).contains("--timeout"));
}

TEST_CASE("without a namespace that of the kubeconfig's context moves, as with clusterctl") {
  MoveFlags flags = flags_to("b");
  CHECK(move_options(flags, "current").ns == "current");
  flags.ns = "named";
  CHECK(move_options(flags, "current").ns == "named");
  flags.ns.clear();
  flags.all_namespaces = true;
  CHECK(move_options(flags, "current").ns.empty());
}

TEST_CASE("providers are taken down where everything moves, unless it is said otherwise") {
  MoveFlags flags = flags_to("b");
  CHECK_FALSE(move_options(flags, "x").quiesce_providers);
  flags.all_namespaces = true;
  CHECK(move_options(flags, "x").quiesce_providers);
  flags.quiesce_providers = false;
  CHECK_FALSE(move_options(flags, "x").quiesce_providers);
}

TEST_CASE("the command that goes on names clusters, set and move, quoted for a shell") {
  MoveFlags flags = flags_to("/tmp/b's config");
  flags.source.context = "a home";
  flags.on_unmovable = "warn";
  flags.gitops = "suspend";
  pivot::Options options = move_options(flags, "team a");
  options.id = "m1";
  CHECK(options.gitops == pivot::GitOps::Suspend);
  CHECK(move_command_line(flags, options) ==
        "slipway move --kubeconfig-context 'a home' --to-kubeconfig '/tmp/b'\\''s config' --namespace 'team a' --on-unmovable warn --gitops suspend --id m1");
  CHECK(target_as_cluster_flags(flags) == " --kubeconfig '/tmp/b'\\''s config'");
}

TEST_CASE("slipway move refuses what it cannot mean, with exit code 2 and before it asks any cluster") {
  CHECK(usage({}) == 2);
  CHECK(usage({"--to", "b", "--resume", "--rollback"}) == 2);
  CHECK(usage({"--to", "b", "-n", "x", "-A"}) == 2);
  CHECK(usage({"--to", "b", "--on-unmovable", "perhaps"}) == 2);
  CHECK(usage({"--to", "b", "--gitops", "perhaps"}) == 2);
  CHECK(usage({"--to", "b", "--concurrency", "0"}) == 2);
  CHECK(usage({"--to", "b", "--timeout", "soon"}) == 2);
}

TEST_CASE("Clusters are named with or without their namespace, and where some only move the source's providers stay up") {
  MoveFlags flags = flags_to("b");
  flags.clusters = {"one", "team-b/two"};
  flags.all_namespaces = true;
  const pivot::Options options = move_options(flags, "x");
  REQUIRE(options.clusters.size() == 2);
  CHECK(options.clusters[0] == kube::ObjectKey{"", "one"});
  CHECK(options.clusters[1] == kube::ObjectKey{"team-b", "two"});
  CHECK_FALSE(options.quiesce_providers);
  CHECK(move_command_line(flags, options) == "slipway move --to-kubeconfig b --all-namespaces --cluster one --cluster team-b/two");
}

TEST_CASE("a move that is resumed by its id alone goes on with the set that it was begun with") {
  MoveFlags flags = flags_to("b");
  flags.resume = true;
  CHECK_FALSE(move_options(flags, "x").recorded_scope);
  flags.id = "m1";
  CHECK(move_options(flags, "x").recorded_scope);
  flags.ns = "team-a";
  CHECK_FALSE(move_options(flags, "x").recorded_scope);
}
