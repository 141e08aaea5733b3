#include "pkg/kubesim/table.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/json_path.h"
#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::kubesim;

namespace {

json::Value value(std::string_view text) {
  auto parsed = yaml::parse(text, "test");
  INFO(text);
  REQUIRE(parsed);
  return std::move(*parsed);
}

const WallTime kNow = *parse_rfc3339("2026-01-10T20:10:00Z");

ResourcePtr resource(std::string_view group, std::string_view plural) {
  static const ResourceRegistry registry;
  const auto def = registry.find(group, "v1", plural);
  REQUIRE(def);
  return def;
}

json::Value table(const ResourceDef& def, std::string_view object, TableOptions options = {}) {
  options.now = kNow;
  const auto shared = std::make_shared<const json::Value>(value(object));
  return render_table(def, std::span(&shared, 1), options);
}

// The cells of one object as text, without those of -o wide.
std::vector<std::string> cells(const ResourceDef& def, std::string_view object, bool wide = false) {
  const json::Value rendered = table(def, object);
  std::vector<std::string> out;
  const json::Value& row = rendered["rows"][0]["cells"];
  REQUIRE(row.size() == rendered["columnDefinitions"].size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (wide || rendered["columnDefinitions"][i]["priority"].as_int() == 0) out.push_back(row[i].is_string() ? row[i].str() : json::dump(row[i]));
  }
  return out;
}

using Cells = std::vector<std::string>;

ResourceDef widget() {
  ResourceDef def;
  def.gvr = {"example.com", "v1", "widgets", true};
  def.kind = "Widget";
  def.is_crd = true;
  return def;
}

std::string found(std::string_view path, std::string_view object) {
  const auto parsed = JsonPath::parse(path);
  if (!parsed) return "refused";
  const json::Value v = value(object);
  std::string out;
  for (const json::Value* hit : parsed->find(v)) out += (out.empty() ? "" : " ") + json::dump(*hit);
  return out;
}

}  // namespace

TEST_CASE("JSON paths of printer columns find their values") {
  CHECK(found(".spec.x", "{spec: {x: 1}}") == "1");
  CHECK(found(".spec.y", "{spec: {x: 1}}").empty());
  CHECK(found(".status.conditions[?(@.type==\"Ready\")].status", "{status: {conditions: [{type: A, status: F}, {type: Ready, status: T}]}}") == "\"T\"");
  CHECK(found(".status.conditions[?(@.type=='Ready')].status", "{status: {conditions: [{type: Ready, status: T}]}}") == "\"T\"");
  CHECK(found(".l[?(@.a.b != 2)].n", "{l: [{a: {b: 1}, n: 1}, {a: {b: 2}, n: 2}]}") == "1");
  CHECK(found(".l[?(@.a)].n", "{l: [{a: 1, n: 1}, {n: 2}]}") == "1");
  CHECK(found(".l[0]", "{l: [1, 2]}") == "1");
  CHECK(found(".l[-1]", "{l: [1, 2]}") == "2");
  CHECK(found(".l[*].n", "{l: [{n: 1}, {n: 2}]}") == "1 2");
  CHECK(found(".metadata.labels['a.b/c']", "{metadata: {labels: {a.b/c: x}}}") == "\"x\"");
  CHECK(found(".metadata.labels.a\\.b/c", "{metadata: {labels: {a.b/c: x}}}") == "\"x\"");
  CHECK(found("{.spec.x}", "{spec: {x: 1}}") == "1");
  CHECK(found("..x", "{spec: {x: 1}}") == "refused");
  CHECK(found(".l[1:2]", "{l: [1, 2]}") == "refused");
  CHECK(found(".l[", "{l: [1, 2]}") == "refused");
}

TEST_CASE("custom resources print their columns") {
  ResourceDef def = widget();
  def.columns = {{"Size", "integer", "", "How big.", ".spec.size", 0},
                 {"Ratio", "number", "", "", ".spec.ratio", 0},
                 {"On", "boolean", "", "", ".spec.on", 0},
                 {"Name2", "string", "", "", ".spec.list", 1},
                 {"Since", "date", "", "", ".metadata.creationTimestamp", 0}};
  constexpr std::string_view kObject = "{metadata: {name: a, creationTimestamp: '2026-01-10T20:05:00Z'}, spec: {size: 3, ratio: 0.5, on: true, list: [a, b]}}";
  CHECK(cells(def, kObject, true) == Cells{"a", "3", "0.5", "true", R"(["a","b"])", "5m"});
  CHECK(cells(def, "{metadata: {name: a}}") == Cells{"a", "null", "null", "null", "null"});
  const json::Value rendered = table(def, kObject);
  CHECK(rendered["kind"].as_string() == "Table");
  CHECK(rendered["columnDefinitions"][0]["format"].as_string() == "name");
  CHECK(rendered["columnDefinitions"][1]["description"].as_string() == "How big.");
  CHECK(rendered["columnDefinitions"][4]["priority"].as_int() == 1);
}

TEST_CASE("custom resources without columns print their age") {
  CHECK(cells(widget(), "{metadata: {name: a, creationTimestamp: '2026-01-10T20:05:00Z'}}") == Cells{"a", "5m"});
}

TEST_CASE("a table carries as much of the objects as was asked for") {
  const ResourceDef def = widget();
  const json::Value metadata = table(def, "{kind: Widget, metadata: {name: a}, spec: {}}");
  CHECK(metadata["rows"][0]["object"] == value("{kind: PartialObjectMetadata, apiVersion: meta.k8s.io/v1, metadata: {name: a}}"));
  CHECK(table(def, "{metadata: {name: a}}", {.version = "v1", .include_object = "None", .headers = true})["rows"][0].contains("object") == false);
  CHECK(table(def, "{metadata: {name: a}, spec: {x: 1}}", {.version = "v1beta1", .include_object = "Object", .headers = true})["rows"][0]["object"]["spec"]["x"]
            .as_int() == 1);
  const json::Value later = table(def, "{metadata: {name: a}}", {.version = "v1", .include_object = "Metadata", .headers = false});
  CHECK(later["columnDefinitions"].is_array());
  CHECK(later["columnDefinitions"].size() == 0);
}

TEST_CASE("built-in kinds print what the real server prints") {
  CHECK(cells(*resource("", "namespaces"), "{metadata: {name: a, creationTimestamp: '2026-01-10T20:09:00Z'}, status: {phase: Active}}") ==
        Cells{"a", "Active", "60s"});
  CHECK(cells(*resource("", "configmaps"), "{metadata: {name: a}, data: {x: w}, binaryData: {z: ''}}") == Cells{"a", "2", "<unknown>"});
  CHECK(cells(*resource("", "secrets"), "{metadata: {name: a}, type: Opaque, data: {x: eQ==}}") == Cells{"a", "Opaque", "1", "<unknown>"});
  CHECK(cells(*resource("apps", "deployments"),
              "{metadata: {name: a}, spec: {replicas: 2, selector: {matchLabels: {app: a}}, template: {spec: {containers: [{name: c, image: i:1}]}}}, "
              "status: {readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1}}",
              true) == Cells{"a", "1/2", "2", "1", "<unknown>", "c", "i:1", "app=a"});
  CHECK(cells(*resource("", "services"),
              "{metadata: {name: a}, spec: {type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30000, protocol: TCP}, {port: 53, protocol: "
              "UDP}]}}") == Cells{"a", "LoadBalancer", "10.0.0.1", "<pending>", "80:30000/TCP,53/UDP", "<unknown>"});
  CHECK(cells(*resource("", "nodes"),
              "{metadata: {name: node, labels: {node-role.kubernetes.io/control-plane: ''}}, spec: {unschedulable: true}, status: {conditions: [{type: Ready, "
              "status: 'True'}], "
              "nodeInfo: {kubeletVersion: v1.24.9}}}") == Cells{"node", "Ready,SchedulingDisabled", "control-plane", "<unknown>", "v1.24.9"});
  CHECK(cells(*resource("", "events"),
              "{metadata: {name: e}, involvedObject: {kind: Pod, name: p}, type: Normal, reason: Started, message: \"ok\\n\", lastTimestamp: "
              "'2026-01-10T20:09:50Z'}") == Cells{"10s", "Normal", "Started", "pod/p", "ok"});
  CHECK(cells(*resource("apiextensions.k8s.io", "customresourcedefinitions"), "{metadata: {name: a, creationTimestamp: '2026-01-10T20:09:50Z'}}") ==
        Cells{"a", "2026-01-10T20:09:50Z"});
  CHECK(cells(*resource("coordination.k8s.io", "leases"), "{metadata: {name: a}, spec: {holderIdentity: h}}") == Cells{"a", "h", "<unknown>"});
  CHECK(cells(*resource("rbac.authorization.k8s.io", "rolebindings"),
              "{metadata: {name: a}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, namespace: ns, name: s}, {kind: User, name: u}]}",
              true) == Cells{"a", "Role/r", "<unknown>", "u", "", "ns/s"});
}

TEST_CASE("a pod says in one word how it is") {
  const auto status = [](std::string_view pod) { return pod_status(value(pod)); };
  CHECK(status("{status: {phase: Running, containerStatuses: [{ready: true, state: {running: {}}}]}}") == "Running");
  CHECK(status("{status: {phase: Pending}}") == "Pending");
  CHECK(status("{status: {phase: Running, containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}]}}") == "CrashLoopBackOff");
  CHECK(status("{status: {phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 2}}}]}}") == "ExitCode:2");
  CHECK(status("{spec: {initContainers: [{name: i}, {name: j}]}, status: {phase: Pending, initContainerStatuses: [{name: i, state: {running: {}}}]}}") ==
        "Init:0/2");
  CHECK(status("{metadata: {deletionTimestamp: '2026-01-10T20:09:50Z'}, status: {phase: Running}}") == "Terminating");
  CHECK(pod_ready(value("{spec: {containers: [{name: a}, {name: b}]}, status: {containerStatuses: [{ready: true, state: {running: {}}}]}}")) == "1/2");
  CHECK(pod_restarts(value("{status: {containerStatuses: [{restartCount: 3, lastState: {terminated: {finishedAt: '2026-01-10T20:08:00Z'}}}]}}"), kNow) ==
        "3 (2m ago)");
}

TEST_CASE("selectors are written as kubectl users know them") {
  CHECK(selector_text(value("{}")) == "<none>");
  CHECK(selector_text(value("{matchLabels: {b: c, a: b}, matchExpressions: [{key: x, operator: In, values: [w, z]}, {key: q, operator: DoesNotExist}]}")) ==
        "!q,a=b,b=c,x in (w,z)");
}
