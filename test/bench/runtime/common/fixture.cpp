#include "test/bench/runtime/common/fixture.h"

#include <array>
#include <cstdio>
#include <random>

#include "pkg/json/value.h"

namespace slipway::bench {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kVersionMark = "1000000000";
constexpr std::string_view kStampMark = "0000000000000000000";

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::string hex(std::size_t digits) {
    std::string out;
    while (out.size() < digits) out += "0123456789abcdef"[random_() & 15U];
    return out;
  }
  std::string uid() { return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12); }
  std::string time() {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "2026-05-%02uT%02u:%02u:%02uZ", below(28) + 1, below(24), below(60), below(60));
    return text.data();
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string address() { return "10." + std::to_string(below(250)) + "." + std::to_string(below(250)) + "." + std::to_string(below(250)); }

 private:
  std::mt19937_64 random_;
};

Value env_variable(Generator& g, unsigned i) {
  if (i % 4 == 3) {
    return Object{{"name", "POD_FIELD_" + std::to_string(i)},
                  {"valueFrom", Object{{"fieldRef", Object{{"apiVersion", "v1"}, {"fieldPath", "metadata.name"}}}}}};
  }
  return Object{{"name", "SETTING_" + std::to_string(i)}, {"value", "value-" + g.hex(20)}};
}

Value probe(std::string path) {
  return Object{{"httpGet", Object{{"path", std::move(path)}, {"port", 8081}, {"scheme", "HTTP"}}},
                {"initialDelaySeconds", 15},
                {"timeoutSeconds", 1},
                {"periodSeconds", 20},
                {"successThreshold", 1},
                {"failureThreshold", 3}};
}

Value container(Generator& g, std::string name, unsigned variables) {
  Array env;
  for (unsigned i = 0; i < variables; ++i) env.push_back(env_variable(g, i));
  return Object{
      {"name", std::move(name)},
      {"image", "registry.example.com/team/app-" + std::to_string(g.below(40)) + ":v1." + std::to_string(g.below(20)) + ".0"},
      {"args", Array{"--leader-elect", "--metrics-bind-address=:8080", "--v=2"}},
      {"ports", Array{Object{{"name", "metrics"}, {"containerPort", 8080}, {"protocol", "TCP"}}}},
      {"env", std::move(env)},
      {"resources", Object{{"limits", Object{{"cpu", "500m"}, {"memory", "128Mi"}}}, {"requests", Object{{"cpu", "10m"}, {"memory", "64Mi"}}}}},
      {"volumeMounts", Array{Object{{"name", "kube-api-access"}, {"readOnly", true}, {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"}}}},
      {"livenessProbe", probe("/healthz")},
      {"readinessProbe", probe("/readyz")},
      {"terminationMessagePath", "/dev/termination-log"},
      {"terminationMessagePolicy", "File"},
      {"imagePullPolicy", "IfNotPresent"},
      {"securityContext", Object{{"allowPrivilegeEscalation", false}, {"runAsNonRoot", true}}}};
}

Value condition(Generator& g, std::string_view type) {
  return Object{{"type", type}, {"status", "True"}, {"lastProbeTime", nullptr}, {"lastTransitionTime", g.time()}};
}

Value container_status(Generator& g, std::string name) {
  const std::string image = "registry.example.com/team/app";
  return Object{{"name", std::move(name)},
                {"state", Object{{"running", Object{{"startedAt", g.time()}}}}},
                {"lastState", Object{}},
                {"ready", true},
                {"restartCount", g.below(3)},
                {"image", image + ":v1"},
                {"imageID", image + "@sha256:" + g.hex(64)},
                {"containerID", "containerd://" + g.hex(64)},
                {"started", true}};
}

// The paths of what a manager owns, as server-side apply records them.
Value field_set(Generator& g, unsigned containers, unsigned variables) {
  Object metadata{{"f:annotations", Object{{".", Object{}}, {"f:checksum/config", Object{}}}},
                  {"f:generateName", Object{}},
                  {"f:labels", Object{{".", Object{}}, {"f:app.kubernetes.io/name", Object{}}, {"f:pod-template-hash", Object{}}}},
                  {"f:ownerReferences", Object{{".", Object{}}, {"k:{\"uid\":\"" + g.uid() + "\"}", Object{}}}}};
  Object all{{".", Object{}}};
  for (unsigned c = 0; c < containers; ++c) {
    Object env{{".", Object{}}};
    for (unsigned i = 0; i < variables; ++i)
      env.set("k:{\"name\":\"SETTING_" + std::to_string(i) + "\"}", Object{{".", Object{}}, {"f:name", Object{}}, {"f:value", Object{}}});
    all.set("k:{\"name\":\"container-" + std::to_string(c) + "\"}",
            Object{{".", Object{}},
                   {"f:args", Object{}},
                   {"f:env", std::move(env)},
                   {"f:image", Object{}},
                   {"f:imagePullPolicy", Object{}},
                   {"f:livenessProbe", Object{{".", Object{}}, {"f:httpGet", Object{{".", Object{}}, {"f:path", Object{}}, {"f:port", Object{}}}}}},
                   {"f:name", Object{}},
                   {"f:resources", Object{{".", Object{}}, {"f:limits", Object{{".", Object{}}, {"f:cpu", Object{}}}}}},
                   {"f:terminationMessagePath", Object{}},
                   {"f:volumeMounts", Object{}}});
  }
  return Object{{"f:metadata", std::move(metadata)}, {"f:spec", Object{{"f:containers", std::move(all)}, {"f:restartPolicy", Object{}}}}};
}

Value status_field_set() {
  Object conditions{{".", Object{}}};
  for (const char* type : {"ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready"})
    conditions.set("k:{\"type\":\"" + std::string(type) + "\"}",
                   Object{{".", Object{}}, {"f:lastTransitionTime", Object{}}, {"f:status", Object{}}, {"f:type", Object{}}});
  return Object{{"f:status", Object{{"f:conditions", std::move(conditions)},
                                    {"f:containerStatuses", Object{}},
                                    {"f:hostIP", Object{}},
                                    {"f:phase", Object{}},
                                    {"f:podIP", Object{}},
                                    {"f:startTime", Object{}}}}};
}

Value managed(Generator& g, std::string_view manager, std::string_view subresource, Value fields) {
  Object entry{{"manager", manager}, {"operation", "Update"},    {"apiVersion", "v1"},
               {"time", g.time()},   {"fieldsType", "FieldsV1"}, {"fieldsV1", std::move(fields)}};
  if (!subresource.empty()) entry.set("subresource", subresource);
  return entry;
}

// What grows with the size asked for.
struct Shape {
  unsigned containers = 1;
  unsigned variables = 0;
};

Value make_pod(Generator& g, std::size_t index, const std::string& name, Shape shape) {
  const std::string owner = "owner-" + std::to_string(index / 10);  // ten children an owner
  Array containers;
  Array statuses;
  for (unsigned c = 0; c < shape.containers; ++c) {
    containers.push_back(container(g, "container-" + std::to_string(c), shape.variables));
    statuses.push_back(container_status(g, "container-" + std::to_string(c)));
  }
  Object metadata{
      {"name", name},
      {"generateName", "app-"},
      {"namespace", kNamespace},
      {"uid", g.uid()},
      {"resourceVersion", kVersionMark},
      {"generation", 1},
      {"creationTimestamp", g.time()},
      {"labels", Object{{"app.kubernetes.io/name", "app-" + std::to_string(index % 40)},
                        {"app.kubernetes.io/managed-by", "helm"},
                        {"owner", owner},
                        {"pod-template-hash", g.hex(10)}}},
      {"annotations", Object{{"bench.slipway.dev/stamp", kStampMark}, {"checksum/config", g.hex(64)}}},
      {"ownerReferences",
       Array{Object{{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"name", owner}, {"uid", g.uid()}, {"controller", true}, {"blockOwnerDeletion", true}}}},
      {"managedFields",
       Array{managed(g, "kube-controller-manager", "", field_set(g, shape.containers, shape.variables)), managed(g, "kubelet", "status", status_field_set())}}};
  Object spec{
      {"volumes", Array{Object{{"name", "kube-api-access"},
                               {"projected", Object{{"sources", Array{Object{{"serviceAccountToken", Object{{"expirationSeconds", 3607}, {"path", "token"}}}}}},
                                                    {"defaultMode", 420}}}}}},
      {"containers", std::move(containers)},
      {"restartPolicy", "Always"},
      {"terminationGracePeriodSeconds", 30},
      {"dnsPolicy", "ClusterFirst"},
      {"serviceAccountName", "app"},
      {"nodeName", "node-" + std::to_string(g.below(200))},
      {"securityContext", Object{{"runAsNonRoot", true}}},
      {"schedulerName", "default-scheduler"},
      {"tolerations", Array{Object{{"key", "node.kubernetes.io/not-ready"}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}}}},
      {"priority", 0},
      {"enableServiceLinks", true},
      {"preemptionPolicy", "PreemptLowerPriority"}};
  Object status{{"phase", "Running"},
                {"conditions", Array{condition(g, "Initialized"), condition(g, "Ready"), condition(g, "ContainersReady"), condition(g, "PodScheduled")}},
                {"hostIP", g.address()},
                {"podIP", g.address()},
                {"startTime", g.time()},
                {"containerStatuses", std::move(statuses)},
                {"qosClass", "Burstable"}};
  return Object{{"metadata", std::move(metadata)}, {"spec", std::move(spec)}, {"status", std::move(status)}};
}

Rendered render(const Value& object, std::string name) {
  Rendered r;
  r.name = std::move(name);
  r.body = json::dump(object);
  r.version_at = r.body.find("\"resourceVersion\":\"") + std::string_view("\"resourceVersion\":\"").size();
  r.stamp_at = r.body.find("bench.slipway.dev/stamp\":\"") + std::string_view("bench.slipway.dev/stamp\":\"").size();
  return r;
}

// The number of environment variables that brings an object near to `size`.
Shape shape_for(std::size_t size) {
  Shape shape{.containers = size > 6000 ? 2U : 1U};
  Generator g(1);
  const std::size_t bare = json::dump(make_pod(g, 0, "app-00000", shape)).size();
  shape.variables = 8;
  const std::size_t eight = json::dump(make_pod(g, 0, "app-00000", shape)).size();
  shape.variables = size <= bare ? 0 : static_cast<unsigned>((size - bare) * 8 / (eight - bare));
  return shape;
}

void put_digits(std::string& body, std::size_t at, std::size_t width, std::uint64_t n) {
  for (std::size_t i = width; i-- > 0; n /= 10) body[at + i] = static_cast<char>('0' + n % 10);
}

}  // namespace

void Rendered::set_version(std::uint64_t version) { put_digits(body, version_at, kVersionWidth, version); }
void Rendered::set_stamp(std::uint64_t ns) { put_digits(body, stamp_at, kStampWidth, ns); }

std::vector<Rendered> make_objects(std::size_t count, std::size_t size, std::uint64_t seed) {
  const Shape shape = shape_for(size);
  Generator g(seed);
  std::vector<Rendered> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "app-%06zu", i);
    out.push_back(render(make_pod(g, i, name.data(), shape), name.data()));
    out.back().set_version(kFirstVersion + i);
  }
  return out;
}

}  // namespace slipway::bench
