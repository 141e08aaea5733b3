#include "pkg/kube/types.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/detail/request.h"
#include "pkg/kube/resource_version.h"

using namespace slipway;
using namespace slipway::kube;

namespace {
Object parse(std::string_view text) { return json::parse(text).value(); }
}  // namespace

TEST_CASE("names of things read as people write them") {
  CHECK(res::kMachines.to_string() == "machines.v1beta1.cluster.x-k8s.io");
  CHECK(res::kPods.to_string() == "pods.v1");
  CHECK(ObjectKey{"a", "b"}.to_string() == "a/b");
  CHECK(ObjectKey{"", "b"}.to_string() == "b");
  const auto machine = make_object("cluster.x-k8s.io/v1beta1", "Machine", {"x", "m"});
  CHECK(gvk_of(machine) == GroupVersionKind{"cluster.x-k8s.io", "v1beta1", "Machine"});
  CHECK(gvk_of(machine).api_version() == "cluster.x-k8s.io/v1beta1");
  CHECK(gvk_of(parse(R"({"apiVersion":"v1","kind":"Pod"})")).api_version() == "v1");
  CHECK(describe(machine) == "Machine x/m");
  CHECK(describe(json::Value()) == "object ");
}

TEST_CASE("readers of metadata give empty values for anything that is not there") {
  const json::Value nothing;
  CHECK(name_of(nothing).empty());
  CHECK(generation_of(nothing) == 0);
  CHECK_FALSE(is_deleting(nothing));
  CHECK(condition(nothing, "Ready").is_null());
  const auto odd = parse(R"({"metadata":{"labels":[1],"finalizers":"x","name":3},"status":{"conditions":{"a":1}}})");
  CHECK(label(odd, "a").empty());
  CHECK_FALSE(has_finalizer(odd, "x"));
  CHECK(name_of(odd).empty());
  CHECK_FALSE(condition_true(odd, "Ready"));
}

TEST_CASE("labels, annotations, finalizers and conditions are found") {
  const auto o = parse(R"({"metadata":{"labels":{"a":""},"annotations":{"b":"c"},"finalizers":["f"],"deletionTimestamp":"2026-01-01T00:00:00Z","generation":4},
    "status":{"conditions":[{"type":"Ready","status":"False"},{"type":"Up","status":"True"}]}})");
  CHECK(has_label(o, "a"));
  CHECK(label(o, "a").empty());
  CHECK(annotation(o, "b") == "c");
  CHECK(has_finalizer(o, "f"));
  CHECK(is_deleting(o));
  CHECK(generation_of(o) == 4);
  CHECK(condition_true(o, "Up"));
  CHECK_FALSE(condition_true(o, "Ready"));
}

TEST_CASE("a Secret's value is decoded, and broken base64 is not a value") {
  const auto secret = parse(R"({"data":{"a":"aGVsbG8=","b":"***","c":1}})");
  std::string out;
  CHECK(secret_value(secret, "a", out));
  CHECK(out == "hello");
  CHECK_FALSE(secret_value(secret, "b", out));
  CHECK_FALSE(secret_value(secret, "c", out));
  CHECK_FALSE(secret_value(secret, "d", out));
}

TEST_CASE("an owner reference carries what the garbage collector needs") {
  const auto owner = parse(R"({"apiVersion":"g/v1","kind":"K","metadata":{"name":"n","uid":"u"}})");
  CHECK(owner_reference(owner, true, true) == parse(R"({"apiVersion":"g/v1","kind":"K","name":"n","uid":"u","controller":true,"blockOwnerDeletion":true})"));
  CHECK(owner_reference(owner, false, false) == parse(R"({"apiVersion":"g/v1","kind":"K","name":"n","uid":"u"})"));
}

TEST_CASE("paths follow the API's scheme, with every part encoded") {
  CHECK(resource_path(res::kPods, "ns", "p", "") == "/api/v1/namespaces/ns/pods/p");
  CHECK(resource_path(res::kPods, "", "", "") == "/api/v1/pods");
  CHECK(resource_path(res::kNodes, "ignored", "n", "status") == "/api/v1/nodes/n/status");
  CHECK(resource_path(res::kClusters, "x", "y", "status") == "/apis/cluster.x-k8s.io/v1beta1/namespaces/x/clusters/y/status");
  CHECK(resource_path(res::kClusterRoles, "", "system:node", "") == "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode");
}

TEST_CASE("queries leave empty values out and encode the others") {
  CHECK(detail::query_of(ListOptions{}).empty());
  ListOptions list;
  list.label_selector = "a in (b,c)";
  list.limit = 500;
  list.continue_token = "x+/=";
  CHECK(detail::query_of(list) == "?labelSelector=a%20in%20%28b%2Cc%29&limit=500&continue=x%2B%2F%3D");
  WatchOptions watch;
  watch.resource_version = "7";
  watch.send_initial_events = true;
  watch.timeout_seconds = 300;
  CHECK(detail::query_of(watch) ==
        "?watch=true&resourceVersion=7&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=300");
  PatchOptions patch;
  patch.dry_run = true;
  patch.strict = true;
  CHECK(detail::query_of(patch, PatchType::Apply) == "?fieldManager=slipway&dryRun=All&fieldValidation=Strict&force=true");
  CHECK(detail::query_of(patch, PatchType::Merge) == "?fieldManager=slipway&dryRun=All&fieldValidation=Strict");
}

TEST_CASE("what would address something else is refused") {
  CHECK(detail::check_key(res::kPods, {"ns", "p"}));
  CHECK(detail::check_key(res::kNodes, {"", "n"}));
  for (const ObjectKey& key :
       std::vector<ObjectKey>{{"", "p"}, {"ns", ""}, {"ns", "."}, {"ns", ".."}, {"ns", "a/b"}, {"ns", "a%2fb"}, {"..", "p"}, {"a/b", "p"}}) {
    INFO(key.to_string());
    CHECK_FALSE(detail::check_key(res::kPods, key));
  }
}

TEST_CASE("resourceVersions compare as numbers of any length, and what is no number has no order") {
  CHECK(compare_resource_versions("9", "10") == std::strong_ordering::less);
  CHECK(compare_resource_versions("123456789012345678901234567890", "9") == std::strong_ordering::greater);
  CHECK(compare_resource_versions("5", "5") == std::strong_ordering::equal);
  for (const auto* bad : {"", "0", "01", "x", "1x", "-1"}) CHECK_FALSE(compare_resource_versions(bad, "5").has_value());
}
