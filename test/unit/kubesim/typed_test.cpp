#include "pkg/kubesim/proto_body.h"
#include "test/unit/kubesim/api.h"

namespace slipway::kubesim::test {
namespace {

const std::string kMaps = "/api/v1/namespaces/default/configmaps";
const std::string kDeployments = "/apis/apps/v1/namespaces/default/deployments";

std::string deployment(std::string_view spec_more) {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},)" + std::string(spec_more) +
         R"("template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})";
}

// length-delimited field
std::string field(int number, std::string_view bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + std::string(1, static_cast<char>(bytes.size())) + std::string(bytes);
}
std::string envelope(std::string_view api_version, std::string_view kind, std::string_view raw) {
  return std::string("k8s\0", 4) + field(1, field(1, api_version) + field(2, kind)) + field(2, raw);
}

}  // namespace

TEST_CASE("a built-in kind with a member of the wrong type does not decode") {
  Api api;
  CHECK(api.post(kDeployments, deployment(R"("replicas":"two",)")).message() ==
        "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of "
        "type int32");
  CHECK(api.post(kMaps, config_map("a", "[]")).message().contains("cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string"));
  CHECK(api.post(kMaps, config_map("a", R"({"k":1})")).message().contains("cannot unmarshal number into Go struct field ConfigMap.data of type string"));
  CHECK(api.post(kMaps, config_map("a", "{}", R"(,"creationTimestamp":"soon")")).status == 400);
}

TEST_CASE("unknown members are refused by Strict, warned of by Warn, and never stored") {
  Api api;
  const std::string body = deployment(R"("replicaz":3,)");
  const auto strict = api.post(kDeployments + "?fieldValidation=Strict", body);
  CHECK(strict.status == 400);
  CHECK(strict.message() == "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replicaz\"");
  const auto warned = api.post(kDeployments, body);
  CHECK(warned.status == 201);
  CHECK(warned.headers.get("Warning") == R"(299 - "unknown field \"spec.replicaz\"")");
  CHECK(!warned.body["spec"].contains("replicaz"));
  const auto quiet = api.patch(kDeployments + "/d?fieldValidation=Ignore", kMergePatch, R"({"metadata":{"nonsense":1}})");
  CHECK(quiet.status == 200);
  CHECK(!quiet.headers.contains("Warning"));
  CHECK(!quiet.body["metadata"].contains("nonsense"));
  const auto patched = api.patch(kDeployments + "/d?fieldValidation=Strict", kMergePatch, R"({"spec":{"x":1}})");
  CHECK(patched.status == 422);
  CHECK(patched.message().starts_with(" \"\" is invalid: patch: Invalid value: \"{"));
  CHECK(patched.message().ends_with("strict decoding error: unknown field \"spec.x\""));
  const auto applied = api.apply(kDeployments + "/d", "me", deployment(R"("x":1,)"));
  CHECK(applied.status == 500);
  CHECK(applied.message() == "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.x: field not declared in schema");
}

TEST_CASE("protobuf bodies of built-in kinds are read") {
  const std::string raw = field(1, field(1, "s") + field(11, field(1, "l") + field(2, "x"))) + field(2, field(1, "k") + field(2, "v")) + field(3, "Opaque");
  const auto value = decode_protobuf(envelope("v1", "Secret", raw));
  REQUIRE(value);
  CHECK(json::dump(*value) == R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","labels":{"l":"x"}},"data":{"k":"dg=="},"type":"Opaque"})");
  Api api;
  const auto made = api.call("POST", "/api/v1/namespaces/default/secrets", envelope("v1", "Secret", raw), "application/vnd.kubernetes.protobuf");
  CHECK(made.status == 201);
  CHECK(made.body["data"]["k"].as_string() == "dg==");
}

TEST_CASE("broken protobuf is refused, wherever it breaks") {
  const std::string whole = envelope("v1", "Secret", field(1, field(1, "s")) + field(2, field(1, "k") + field(2, "v")));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto value = decode_protobuf(std::string_view(whole).substr(0, n));
    CHECK((!value || value->is_object()));
  }
  CHECK(!decode_protobuf(envelope("v1", "Unheard", "")));
  CHECK(!decode_protobuf(envelope("v1", "ConfigMap", std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11))));
}

}  // namespace slipway::kubesim::test
