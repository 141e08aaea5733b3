#include "pkg/providers/patches.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/yaml/yaml.h"

using namespace slipway;

namespace {

constexpr const char* kComponents = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: capv, namespace: capv-system, labels: {app: capv}, finalizers: [a, b]}
spec:
  replicas: 1
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  template:
    spec:
      containers:
      - name: manager
        image: gcr.io/manager:1
        args: [--a, --b]
        ports: [{containerPort: 80, name: http}, {containerPort: 443, name: https}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        volumeMounts: [{mountPath: /a, name: v}, {mountPath: /b, name: w}]
      - {name: proxy, image: gcr.io/proxy:1}
      volumes: [{name: v, secret: {secretName: s}}, {name: w, emptyDir: {}}]
      tolerations: [{key: master, operator: Exists}]
      imagePullSecrets: [{name: pull}]
      hostAliases: [{ip: 10.0.0.1, hostnames: [x]}]
      topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1}]
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: capv-system}
spec: {ports: [{port: 443, targetPort: 9443}, {port: 80, targetPort: 80}], selector: {app: capv}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- {name: a.example, failurePolicy: Fail, rules: [{operations: [CREATE]}, {operations: [UPDATE]}]}
- {name: b.example, failurePolicy: Fail}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: binding}
roleRef: {kind: ClusterRole, name: r, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: one, namespace: capv-system}]
---
apiVersion: example.org/v1
kind: Deployment
metadata: {name: custom}
spec: {containers: [{name: x, image: z}]}
)";

std::vector<kube::Object> components() { return yaml::parse_all(kComponents, "components").value(); }

// The entries as a user writes them.
Result<std::vector<providers::Patch>> parsed(std::string_view entries) {
  const auto value = yaml::parse(entries, "patches");
  REQUIRE(value);
  return providers::parse_patches(std::vector<json::Value>(value->array().begin(), value->array().end()));
}

struct Outcome {
  std::vector<kube::Object> objects;
  std::string error;
};
Outcome apply(std::string_view entries) {
  Outcome out{components(), {}};
  const auto patches = parsed(entries);
  if (!patches) return {std::move(out.objects), patches.error().message()};
  if (const auto done = providers::apply_patches(out.objects, *patches); !done) out.error = done.error().message();
  return out;
}

// What the Deployment's Pods become, or the Service's spec ..., by one strategic merge patch; as YAML flows into one line of JSON.
std::string merged(std::string_view kind, std::string_view patch, std::initializer_list<std::string_view> path) {
  const auto out = apply("[{target: {kind: " + std::string(kind) + "}, patch: " + std::string(patch) + "}]");
  if (!out.error.empty()) return "!" + out.error;
  for (const auto& o : out.objects)
    if (kube::kind_of(o) == kind) {
      const auto* at = json::at_path(o, path);
      return at == nullptr ? "absent" : json::dump(*at);
    }
  return "no object";
}
std::string pods(std::string_view spec, std::string_view field) {
  const std::string patch = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: capv}, spec: {template: {spec: " + std::string(spec) + "}}}";
  const auto out = apply("[{patch: " + patch + "}]");
  return out.error.empty() ? json::dump(out.objects[0]["spec"]["template"]["spec"][field]) : "!" + out.error;
}
std::string manager(std::string_view fields, std::string_view field) {
  const auto list = pods("{containers: [{name: manager, " + std::string(fields) + "}]}", "containers");
  const auto containers = json::parse(list);
  return containers ? json::dump((*containers)[0][field]) : list;
}

}  // namespace

TEST_CASE("containers, volumes and their like merge by name") {
  CHECK(pods("{containers: [{name: proxy, image: new}]}", "containers").contains(R"({"name":"proxy","image":"new"})"));
  CHECK(pods("{containers: [{name: proxy, image: new}]}", "containers").contains(R"("image":"gcr.io/manager:1")"));
  CHECK(pods("{volumes: [{name: w, emptyDir: {medium: Memory}}]}", "volumes") ==
        R"([{"name":"v","secret":{"secretName":"s"}},{"name":"w","emptyDir":{"medium":"Memory"}}])");
  CHECK(pods("{imagePullSecrets: [{name: second}]}", "imagePullSecrets") == R"([{"name":"pull"},{"name":"second"}])");
  CHECK(pods("{initContainers: [{name: i, image: x}]}", "initContainers") == R"([{"name":"i","image":"x"}])");
  CHECK(manager(R"(env: [{name: B, value: "3"}, {name: C, value: "4"}])", "env") ==
        R"([{"name":"A","value":"1"},{"name":"B","value":"3"},{"name":"C","value":"4"}])");
}

TEST_CASE("ports, mounts, aliases and constraints merge by their own keys") {
  CHECK(manager("ports: [{containerPort: 443, name: tls}, {containerPort: 9}]", "ports") ==
        R"([{"containerPort":80,"name":"http"},{"containerPort":443,"name":"tls"},{"containerPort":9}])");
  CHECK(manager("volumeMounts: [{mountPath: /b, name: x}]", "volumeMounts") == R"([{"mountPath":"/a","name":"v"},{"mountPath":"/b","name":"x"}])");
  CHECK(pods("{hostAliases: [{ip: 10.0.0.1, hostnames: [z]}]}", "hostAliases") == R"([{"ip":"10.0.0.1","hostnames":["z"]}])");
  CHECK(pods("{topologySpreadConstraints: [{topologyKey: zone, maxSkew: 2}, {topologyKey: host}]}", "topologySpreadConstraints") ==
        R"([{"topologyKey":"zone","maxSkew":2},{"topologyKey":"host"}])");
  CHECK(merged("Service", "{spec: {ports: [{port: 443, targetPort: 1}]}}", {"spec", "ports"}) ==
        R"([{"port":443,"targetPort":1},{"port":80,"targetPort":80}])");
  CHECK(merged("ValidatingWebhookConfiguration", "{webhooks: [{name: b.example, failurePolicy: Ignore}]}", {"webhooks"})
            .contains(R"({"name":"b.example","failurePolicy":"Ignore"})"));
}

TEST_CASE("lists without a key are replaced as a whole") {
  CHECK(manager("args: [--c]", "args") == R"(["--c"])");
  CHECK(pods("{tolerations: [{key: other}]}", "tolerations") == R"([{"key":"other"}])");
  CHECK(merged("ClusterRoleBinding", "{subjects: [{kind: User, name: u}]}", {"subjects"}) == R"([{"kind":"User","name":"u"}])");
  CHECK(merged("ValidatingWebhookConfiguration", "{webhooks: [{name: a.example, rules: [{operations: [DELETE]}]}]}", {"webhooks"})
            .contains(R"("rules":[{"operations":["DELETE"]}])"));
}

TEST_CASE("maps merge, null deletes, and finalizers are a set") {
  CHECK(merged("Service", "{metadata: {labels: {team: a}}, spec: {selector: {app: null, x: z}}}", {"spec", "selector"}) == R"({"x":"z"})");
  const auto out = apply("[{target: {kind: Deployment, group: apps}, patch: {metadata: {labels: {team: a}, finalizers: [b, c]}}}]");
  CHECK(json::dump(out.objects[0]["metadata"]["labels"]) == R"({"app":"capv","team":"a"})");
  CHECK(json::dump(out.objects[0]["metadata"]["finalizers"]) == R"(["a","b","c"])");
  CHECK(manager("resources: {limits: {cpu: null, memory: 1Gi}}", "resources") == R"({"limits":{"memory":"1Gi"}})");
}

TEST_CASE("the directives of strategic merge are obeyed") {
  CHECK(pods("{containers: [{name: proxy, $patch: delete}]}", "containers").contains("proxy") == false);
  CHECK(pods("{containers: [{$patch: replace}, {name: only, image: x}]}", "containers") == R"([{"name":"only","image":"x"}])");
  CHECK(pods("{containers: [{name: proxy, $patch: merge, image: x}]}", "containers").contains(R"({"name":"proxy","image":"x"})"));
  CHECK(merged("Service", "{spec: {selector: {$patch: replace, x: z}}}", {"spec", "selector"}) == R"({"x":"z"})");
  CHECK(merged("Service", "{spec: {selector: {$patch: delete}}}", {"spec", "selector"}) == "{}");
  const auto apps = [](std::string_view patch) { return apply("[{target: {kind: Deployment, group: apps}, patch: " + std::string(patch) + "}]"); };
  CHECK(json::dump(apps("{metadata: {$deleteFromPrimitiveList/finalizers: [a, nope]}}").objects[0]["metadata"]["finalizers"]) == R"(["b"])");
  CHECK(json::dump(apps("{spec: {strategy: {$retainKeys: [type], type: Recreate}}}").objects[0]["spec"]["strategy"]) == R"({"type":"Recreate"})");
  CHECK(
      pods("{$setElementOrder/containers: [{name: proxy}, {name: manager}], containers: [{name: proxy, image: x}]}", "containers").contains(R"("image":"x")"));
  CHECK_FALSE(json::dump(apps("{spec: {$setElementOrder/x: []}}").objects[0]).contains("$setElementOrder"));
}

TEST_CASE("broken directives and elements without their key are refused with the field") {
  CHECK(pods("{containers: [{image: x}]}", "containers") ==
        "!patches[0] (Deployment capv of apps/v1): Deployment capv-system/capv: spec: template: spec: containers: every element must have name, by which the "
        "list merges");
  CHECK(merged("Service", "{spec: {selector: {$patch: zap}}}", {}).contains("spec: selector: $patch: must be replace, delete or merge, not \"zap\""));
  CHECK(merged("Service", "{spec: {selector: {$retainKeys: [a], b: c}}}", {}).contains("$retainKeys must name every field of the patch, and lacks b"));
}

TEST_CASE("a custom resource of the same kind is merged as RFC 7386 says") {
  const auto out = apply("[{target: {kind: Deployment, group: example.org}, patch: {spec: {containers: [{name: z}]}}}]");
  CHECK(out.error.empty());
  CHECK(json::dump(out.objects[4]["spec"]) == R"({"containers":[{"name":"z"}]})");
  CHECK(out.objects[0]["spec"]["template"]["spec"]["containers"].size() == 2);
}

TEST_CASE("a merge patch replaces lists of built-in kinds too") {
  const auto out = apply("[{target: {kind: Service}, type: merge, patch: {spec: {ports: [{port: 1}], selector: null}}}]");
  CHECK(json::dump(out.objects[1]["spec"]) == R"({"ports":[{"port":1}]})");
}

TEST_CASE("a list is a JSON patch, and one that fails leaves everything as it was") {
  const auto out =
      apply("[{target: {kind: Service}, patch: [{op: replace, path: /spec/ports/0/port, value: 8443}, {op: add, path: /metadata/labels, value: {a: b}}]}]");
  CHECK(out.objects[1]["spec"]["ports"][0]["port"].as_int() == 8443);
  CHECK(kube::label(out.objects[1], "a") == "b");
  const auto failed = apply("[{target: {kind: Service}, patch: {spec: {x: z}}}, {target: {kind: Service}, patch: [{op: remove, path: /nope}]}]");
  CHECK(failed.error.starts_with("patches[1] (Service *): Service capv-system/webhook: operation 0 (remove): "));
  CHECK(failed.objects == components());
}

TEST_CASE("a patch may be text that holds YAML") {
  const auto out = apply(
      "- target: {kind: Service}\n  patch: |\n    spec:\n      selector: {x: z}\n- target: {kind: Service}\n  patch: '[{\"op\": \"remove\", \"path\": "
      "\"/spec/selector/app\"}]'\n");
  CHECK(out.error.empty());
  CHECK(json::dump(out.objects[1]["spec"]["selector"]) == R"({"x":"z"})");
}

TEST_CASE("every object that the target names is patched, in the order of the patches") {
  const auto out = apply(
      "[{target: {kind: Deployment}, patch: {metadata: {labels: {n: one}}}}, {target: {kind: Deployment, name: capv, namespace: capv-system, group: apps, "
      "version: v1}, patch: {metadata: {labels: {n: two}}}}]");
  CHECK(out.error.empty());
  CHECK(kube::label(out.objects[0], "n") == "two");
  CHECK(kube::label(out.objects[4], "n") == "one");
}

TEST_CASE("a patch that names no object is an error that lists what there is") {
  CHECK(apply("[{target: {kind: Deployment, name: typo}, patch: {a: b}}]").error ==
        "patches[0] (Deployment typo): names no object; those of the kind are capv-system/capv (apps/v1), custom (example.org/v1)");
  CHECK(apply("[{target: {kind: DaemonSet}, patch: {a: b}}]").error ==
        "patches[0] (DaemonSet *): names no object; there is no DaemonSet; the kinds are ClusterRoleBinding, Deployment, Service, "
        "ValidatingWebhookConfiguration");
  CHECK(apply("[{target: {kind: Service, namespace: elsewhere}, patch: {a: b}}]").error.contains("those of the kind are capv-system/webhook (v1)"));
  CHECK(apply("[{target: {kind: Service, version: v2}, patch: {a: b}}]").error.starts_with("patches[0] (Service * of v2): names no object"));
}

TEST_CASE("a patch that changes what an object is is refused") {
  for (const char* patch : {"{kind: Secret}", "{apiVersion: v2}", "{metadata: {name: other}}", "{metadata: {namespace: other}}", "{metadata: null}",
                            "{$patch: delete}", "[{op: replace, path: /metadata/name, value: x}]", "[{op: remove, path: \"\"}]"}) {
    INFO(patch);
    const auto out = apply("[{target: {kind: Service}, patch: " + std::string(patch) + "}]");
    CHECK(out.error.contains("it would change apiVersion, kind, name or namespace"));
    CHECK(out.objects == components());
  }
}

TEST_CASE("entries that cannot be read are refused with their field") {
  struct Row {
    const char* entries;
    const char* error;
  };
  for (const Row& row : {Row{"[x]", "patches[0]: must be an object"},
                         {"[{patch: {}, target: {kind: A}, options: {}}]", "patches[0].options: is not a field of it"},
                         {"[{target: {kind: A}}]", "patches[0].patch: must be an object, a list of operations, or text"},
                         {"[{target: {kind: A}, patch: 3}]", "patches[0].patch: must be an object"},
                         {"[{target: {kind: A}, patch: \"a: [\"}]", "patches[0].patch:"},
                         {"[{target: {kind: A}, patch: {}, type: kustomize}]", "patches[0].type: must be strategic, merge or json"},
                         {"[{target: {kind: A}, patch: {}, type: json}]", "patches[0].patch: must be a list of operations for type json"},
                         {"[{target: {kind: A}, patch: [], type: merge}]", "patches[0].patch: must be an object for type merge"},
                         {"[{target: {kind: A}, patch: {}}, {target: {name: x}, patch: {}}]", "patches[1].target.kind: is needed"},
                         {"[{target: {kind: A, labelSelector: x=y}, patch: {}}]", "patches[0].target.labelSelector: is not a field of it"},
                         {"[{target: {kind: 1}, patch: {}}]", "patches[0].target.kind: must be text"},
                         {"[{target: x, patch: {}}]", "patches[0].target: must be an object"},
                         {"[{patch: {spec: {}}}]", "patches[0].target: is needed where the patch does not hold"},
                         {"[{patch: [{op: remove, path: /a}]}]", "patches[0].target: is needed"}}) {
    INFO(row.entries);
    const auto patches = parsed(row.entries);
    REQUIRE_FALSE(patches);
    CHECK(patches.error().is(Disposition::Invalid));
    CHECK(patches.error().message().starts_with(row.error));
  }
  CHECK(providers::parse_patches(std::vector<json::Value>(257)).error().message().contains("the limit is 256"));
}

TEST_CASE("without patches nothing changes") {
  auto objects = components();
  CHECK(providers::apply_patches(objects, {}));
  CHECK(objects == components());
}
