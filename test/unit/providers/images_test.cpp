#include "pkg/providers/images.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using json::Array;
using json::Object;
using providers::ImageRule;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

json::Value container(std::string_view name, std::string_view image) { return Object{{"name", name}, {"image", image}}; }

json::Value pods(Array containers, Array init = {}) { return Object{{"containers", std::move(containers)}, {"initContainers", std::move(init)}}; }

kube::Object workload(std::string_view api_version, std::string_view kind, json::Value pod_spec) {
  kube::Object o = kube::make_object(api_version, kind, {"capv-system", "capv"});
  if (kind == "CronJob") {
    o.ref({"spec", "jobTemplate", "spec", "template", "spec"}) = std::move(pod_spec);
  } else {
    o.ref({"spec", "template", "spec"}) = std::move(pod_spec);
  }
  return o;
}

kube::Object deployment(std::string_view image) { return workload("apps/v1", "Deployment", pods(Array{container("manager", image)})); }

// The image of a Deployment after the rules, or the error.
std::string after(std::string_view image, std::vector<ImageRule> rules, std::string_view component = "infrastructure-vsphere") {
  std::vector<kube::Object> objects{deployment(image)};
  if (const auto done = providers::override_images(objects, component, rules); !done) return "!" + done.error().message();
  return providers::images_of(objects).front();
}

ImageRule rule(std::string component) {
  ImageRule r;
  r.component = std::move(component);
  return r;
}
ImageRule to_repository(std::string component, std::string repository, std::string from = {}) {
  ImageRule r = rule(std::move(component));
  r.repository = std::move(repository);
  r.registry_from = std::move(from);
  return r;
}

}  // namespace

TEST_CASE("a reference is read into domain, path, name, tag and digest") {
  const auto full = providers::parse_image("registry.k8s.io:443/a/b/c-d__e.f:v1.2_3-4@" + kDigest);
  REQUIRE(full);
  CHECK(full->domain == "registry.k8s.io:443");
  CHECK(full->path == "a/b");
  CHECK(full->name == "c-d__e.f");
  CHECK(full->tag == "v1.2_3-4");
  CHECK(full->digest == kDigest);
  CHECK(full->repository() == "registry.k8s.io:443/a/b");
  for (const std::string text :
       {"busybox", "busybox:1", "library/busybox", "localhost/x", "localhost:5000/x:1", "[::1]:5000/x", "[fe80::1]/x", "Host/x", "a.b/c", "host:1"}) {
    INFO(text);
    const auto image = providers::parse_image(text);
    REQUIRE(image);
    CHECK(image->to_string() == text);
  }
  CHECK(providers::parse_image("library/busybox")->domain.empty());
  CHECK(providers::parse_image("host:1")->tag == "1");
  CHECK(providers::parse_image("localhost/x")->domain == "localhost");
}

TEST_CASE("a broken reference is refused, and the message says which part") {
  struct Row {
    std::string in;
    const char* why;
  };
  for (const Row& row : {Row{"", "the path is"},
                         {"a.b/", "the path is"},
                         {"a.b//c", "the path is"},
                         {"a.b/C", "the path is"},
                         {"a.b/c-", "the path is"},
                         {"a.b/_c", "the path is"},
                         {"a.b/c___d", "the path is"},
                         {"a.b/c._d", "the path is"},
                         {"a.b/c d", "the path is"},
                         {"https://a.b/c", "the domain is broken"},
                         {"a..b/c", "the domain is broken"},
                         {"-a.b/c", "the domain is broken"},
                         {"a.b:x/c", "the domain is broken"},
                         {"[::g]/c", "the domain is broken"},
                         {"a.b/c:", "a tag is"},
                         {"a.b/c:-1", "a tag is"},
                         {"a.b/c:" + std::string(129, 'x'), "a tag is"},
                         {"a.b/c@sha256:abc", "the digest must"},
                         {"a.b/c@md5:" + std::string(32, 'a'), "the digest must"},
                         {"a.b/c@" + kDigest + "@sha256:x", "the digest must"},
                         {"a.b/" + std::string(260, 'c'), "longer than 255"},
                         {"a.b/c\xff", "the text is no image reference"}}) {
    INFO(row.in);
    const auto image = providers::parse_image(row.in);
    REQUIRE_FALSE(image);
    CHECK(image.error().is(Disposition::Invalid));
    CHECK(image.error().message().contains(row.why));
  }
}

TEST_CASE("an image that is not fully qualified is refused with object, container and cure") {
  CHECK(after("busybox:1", {}) ==
        "!Deployment capv-system/capv: container manager: image \"busybox:1\" is not fully qualified; write docker.io/library/busybox:1");
  CHECK(after("vmware/capv", {}).ends_with("write docker.io/vmware/capv"));
  CHECK(after("docker.io/busybox", {}).ends_with("write docker.io/library/busybox"));
  CHECK(after("index.docker.io/a/b", {}).ends_with("write docker.io/a/b"));
  CHECK(after("", {}).contains("container manager: \"\" is no image reference"));
  CHECK(after("docker.io/library/busybox", {}) == "docker.io/library/busybox");
}

TEST_CASE("an image of a Job may be short, as clusterctl has it, until rules have to find it") {
  std::vector<kube::Object> objects{workload("batch/v1", "Job", pods(Array{container("once", "busybox")}))};
  CHECK(providers::override_images(objects, "cert-manager", {}));
  const std::vector<ImageRule> rules{to_repository("all", "mirror.example")};
  CHECK(providers::override_images(objects, "cert-manager", rules)
            .error()
            .message()
            .starts_with("Job capv-system/capv: container once: image \"busybox\" is not"));
}

TEST_CASE("each field comes from the most specific rule that sets it") {
  ImageRule all = to_repository("all", "mirror.example/all/");
  all.tag = "t-all";
  ImageRule component = rule("infrastructure-vsphere");
  component.tag = "t-component";
  ImageRule image = rule("infrastructure-vsphere");
  image.image = "manager";
  image.name = "renamed";
  ImageRule other = rule("core");
  other.tag = "t-other";
  const std::vector<ImageRule> rules{image, component, all, other};
  CHECK(after("gcr.io/a/b/manager:v1", rules) == "mirror.example/all/renamed:t-component");
  CHECK(after("gcr.io/a/b/proxy:v1", rules) == "mirror.example/all/proxy:t-component");
  CHECK(after("gcr.io/a/b/manager:v1", rules, "cert-manager") == "mirror.example/all/manager:t-all");
  CHECK(after("gcr.io/manager", {component}) == "gcr.io/manager:t-component");
}

TEST_CASE("of two equal rules the later one wins") {
  CHECK(after("gcr.io/a/b:1", {to_repository("all", "one.example"), to_repository("all", "two.example")}) == "two.example/b:1");
}

TEST_CASE("a digest is kept whatever the rules say") {
  ImageRule r = to_repository("all", "mirror.example");
  r.tag = "v2";
  CHECK(after("gcr.io/a/b:v1@" + kDigest, {r}) == "mirror.example/b:v2@" + kDigest);
  CHECK(after("gcr.io/a/b@" + kDigest, {to_repository("all", "mirror.example")}) == "mirror.example/b@" + kDigest);
}

TEST_CASE("a mirror replaces just the prefix that it is for") {
  const auto gcr = to_repository("all", "mirror.example/gcr", "gcr.io");
  CHECK(after("gcr.io/a/b/c:1", {gcr}) == "mirror.example/gcr/a/b/c:1");
  CHECK(after("gcr.io/c", {gcr}) == "mirror.example/gcr/c");
  CHECK(after("k8s.gcr.io/c:1", {gcr}) == "k8s.gcr.io/c:1");
  CHECK(after("gcr.io.example/c:1", {gcr}) == "gcr.io.example/c:1");
  const auto longer = to_repository("all", "mirror.example/team", "gcr.io/a/");
  CHECK(after("gcr.io/a/b/c:1", {longer, gcr}) == "mirror.example/team/b/c:1");
  CHECK(after("gcr.io/ab/c:1", {longer}) == "gcr.io/ab/c:1");
  CHECK(after("gcr.io/a/b/c:1", {to_repository("infrastructure-vsphere", "own.example"), longer}) == "own.example/c:1");
  ImageRule retag = gcr;
  retag.tag = "v9";
  CHECK(after("quay.io/a/c:1", {retag}) == "quay.io/a/c:1");
}

TEST_CASE("a rule that makes no reference is refused") {
  CHECK(after("gcr.io/a:1", {to_repository("all", "Mirror.example/UPPER")}).contains("container manager: the image rules for infrastructure-vsphere: "));
  ImageRule bad = rule("all");
  bad.tag = "no tag";
  CHECK(after("gcr.io/a:1", {bad}).contains("a tag is"));
}

TEST_CASE("every kind that runs containers is written and listed, init containers too") {
  std::vector<kube::Object> objects;
  for (const std::string_view kind : {"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"})
    objects.push_back(workload("apps/v1", kind, pods(Array{container("a", "gcr.io/a:1"), container("b", "gcr.io/b:1")}, Array{container("i", "gcr.io/i:1")})));
  for (const std::string_view kind : {"Job", "CronJob"})
    objects.push_back(workload("batch/v1", kind, pods(Array{container("a", "gcr.io/" + std::string(kind == "Job" ? "job" : "cron") + ":1")})));
  objects.push_back(kube::make_object("v1", "Pod", {"x", "p"}));
  objects.back().ref("spec") = pods(Array{container("a", "gcr.io/pod:1"), Object{{"name", "without"}}});
  objects.push_back(workload("example.org/v1", "Deployment", pods(Array{container("a", "custom resource")})));
  objects.push_back(kube::make_object("v1", "ConfigMap", {"x", "c"}));
  CHECK(providers::images_of(objects) == std::vector<std::string>{"gcr.io/a:1", "gcr.io/b:1", "gcr.io/cron:1", "gcr.io/i:1", "gcr.io/job:1", "gcr.io/pod:1"});
  objects[6].ref({"spec", "containers"}).make_array().pop_back();
  const std::vector<ImageRule> rules{to_repository("all", "m.example", "gcr.io")};
  REQUIRE(providers::override_images(objects, "core", rules));
  CHECK(providers::images_of(objects) ==
        std::vector<std::string>{"m.example/a:1", "m.example/b:1", "m.example/cron:1", "m.example/i:1", "m.example/job:1", "m.example/pod:1"});
  CHECK(objects[7]["spec"]["template"]["spec"]["containers"][0]["image"].as_string() == "custom resource");
}

TEST_CASE("objects of an unexpected shape are passed over") {
  std::vector<kube::Object> objects{workload("apps/v1", "Deployment", Object{{"containers", "text"}}), kube::make_object("apps/v1", "Deployment", {"x", "y"}),
                                    json::Value()};
  const std::vector<ImageRule> rules{to_repository("all", "m.example")};
  CHECK(providers::override_images(objects, "core", rules));
  CHECK(providers::images_of(objects).empty());
}
