// Certificates that Slipway issues for webhooks (pkg/providers/certificates.h), as a real API server judges them when it calls a webhook that serves them.
#include "pkg/net/server.h"
#include "pkg/providers/certificates.h"
#include "test/contract/server.h"

using namespace slipway;

namespace {

// Denies everything, with a message.
async::Awaitable<net::Response> deny(std::string message, net::Request request) {
  const auto review = json::parse(request.body);
  json::Value answer = json::Object{{"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}};
  answer.ref({"response", "uid"}) = review ? (*review)["request"]["uid"] : json::Value();
  answer.ref({"response", "allowed"}) = false;
  answer.ref({"response", "status", "message"}) = message;
  co_return net::Response(200, "application/json", json::dump(answer));
}

std::string data_of(const kube::Object& secret, std::string_view key) {
  std::string out;
  REQUIRE(kube::secret_value(secret, key, out));
  return out;
}

// A webhook on the ConfigMaps of this test's namespace.
struct Webhook : contract::Server {
  providers::ServingCertificate wanted{{"capi-system", "serving"}, {"capi-system", "serving-cert"}, "cluster-api", {"w.capi-system.svc"}, {"127.0.0.1"}};
  std::vector<std::unique_ptr<net::Server>> servers;
  const std::string path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/";

  ~Webhook() {
    remove(path + group);
    for (auto& server : servers) loop.run_real(server->stop());
  }
  std::uint16_t serve(const kube::Object& secret, std::string message) {
    net::ServerOptions options;
    options.tls = std::make_unique<net::ServerTls>();
    options.tls->cert_pem = data_of(secret, "tls.crt");
    options.tls->key_pem = data_of(secret, "tls.key");
    auto made = net::Server::listen(loop.executor(), clock, std::move(options), [message](net::Request r) { return deny(message, std::move(r)); });
    REQUIRE(made);
    servers.push_back(std::move(*made));
    return servers.back()->port();
  }
  void ask(std::uint16_t port, const kube::Object& ca_of) {
    auto config = json::parse(fill(R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"$GROUP"},
      "webhooks":[{"name":"a.$GROUP","admissionReviewVersions":["v1"],"sideEffects":"None","failurePolicy":"Fail","timeoutSeconds":10,
        "clientConfig":{"url":"https://127.0.0.1:)" +
                                   std::to_string(port) + R"("},"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"$NS"}},
        "rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["configmaps"]}]}]})"));
    REQUIRE(config);
    const kube::Object wanted_config = providers::with_ca(*config, ca_of["data"]["ca.crt"].as_string());
    const auto applied = apply(path + group, "slipway", json::dump(wanted_config), true);
    INFO(applied.text);
    REQUIRE(applied.status < 300);
  }
  // Until an API server that learns of its webhooks a little later says this of a create; what it says in the end.
  std::string answer(std::string_view expected) {
    std::string said;
    for (int i = 0; i < 2'000 && said.find(expected) == std::string::npos; ++i)
      said = post(path_of("v1", "configmaps") + "?dryRun=All", contract::config_map("probe")).message();
    return said;
  }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE_METHOD(Webhook, "an API server trusts the certificate that was issued, and after a renewal the earlier one, too", "[real]") {
  const WallTime now = clock.wall();
  const kube::Object first = providers::issue(wanted, nullptr, now).value();
  const kube::Object second = providers::issue(wanted, &first, now).value();
  const kube::Object stranger = providers::issue(wanted, nullptr, now).value();
  const std::uint16_t old_pod = serve(first, "says the old certificate");
  const std::uint16_t new_pod = serve(second, "says the new certificate");

  ask(old_pod, first);
  CHECK(has(answer("says the old certificate"), "denied the request: says the old certificate"));
  ask(new_pod, second);
  CHECK(has(answer("says the new certificate"), "denied the request: says the new certificate"));
  ask(old_pod, second);
  CHECK(has(answer("says the old certificate"), "denied the request: says the old certificate"));
  ask(new_pod, stranger);
  CHECK(has(answer("x509"), "certificate signed by unknown authority"));
}
