#include "test/contract/server.h"

#include <algorithm>
#include <cstdlib>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/net/client.h"
#include "pkg/proc/proc.h"

namespace slipway::contract {
namespace {

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool wants_real() {
  const std::string which = env("SLIPWAY_CONTRACT");
  if (which.empty()) return !env("SLIPWAY_REAL_KUBECONFIG").empty();
  return which == "real";
}

net::Request request_of(const kube::ClusterConfig& config, std::string method, std::string target, std::string_view type, std::string accept) {
  net::Request request(std::move(method), std::move(target));
  request.headers.set("User-Agent", "contract/1.0");
  request.headers.set("Accept", accept.empty() ? std::string(kJson) : std::move(accept));
  if (!type.empty()) request.headers.set("Content-Type", std::string(type));
  if (!config.token.empty()) request.headers.set("Authorization", "Bearer " + config.token);
  return request;
}

async::Awaitable<Result<net::Response>> send(std::shared_ptr<net::Transport> transport, net::Request request, async::Deadline deadline) {
  Result<net::Response> response = co_await transport->send(std::move(request), deadline);
  co_return response;
}

async::Awaitable<Result<net::Response>> open(std::shared_ptr<net::Transport> transport, net::Request request, async::Deadline deadline) {
  Result<net::Response> response = co_await transport->open(std::move(request), deadline);
  co_return response;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
}

}  // namespace

Server::Server(Use use) : real(wants_real()), ns("contract-" + random_suffix(8)), group("c" + random_suffix(8) + ".slipway.dev") {
  connect(use);
  const Answer made = post("/api/v1/namespaces", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"$NS"}})");
  INFO(made.text);
  REQUIRE(made.status == 201);
  leftovers_.push_back("/api/v1/namespaces/" + ns);
}

void Server::connect(Use use) {
  if (real) {
    const std::string dir = env("SLIPWAY_REAL_DIR");
    if (use == Use::Break && dir.empty()) SKIP("no real kube-apiserver that may be broken: SLIPWAY_REAL_DIR is not set");
    const std::string file = use == Use::Break ? dir + "/kubeconfig" : env("SLIPWAY_REAL_KUBECONFIG");
    if (file.empty()) SKIP("no real kube-apiserver: SLIPWAY_REAL_KUBECONFIG is not set");
    auto loaded = kube::load_config(file);
    if (!loaded) FAIL(loaded.error().message());
    config = std::move(*loaded);
  } else {
    sim = std::make_unique<kubesim::ApiServer>(loop.executor(), clock);
    REQUIRE(sim->listen());
    config = sim->admin_config();
  }
  net::TransportOptions options;
  options.url = config.server;
  options.ca_pem = config.ca_pem;
  options.client_cert_pem = config.client_cert_pem;
  options.client_key_pem = config.client_key_pem;
  options.tls_server_name = config.tls_server_name;
  auto made = net::make_transport(loop.executor(), clock, std::move(options));
  if (!made) FAIL(made.error().message());
  transport = std::move(*made);
  auto connected = kube::connect(loop.executor(), clock, config);
  if (!connected) FAIL(connected.error().message());
  client = std::move(*connected);
}

Server::~Server() {
  // What cannot be deleted stays behind on a real server; the next test has other names.
  for (const auto& path : leftovers_)
    if (real) static_cast<void>(loop.run_real(send(transport, request_of(config, "DELETE", path, kJson, {}), clock.after(10s))));
  if (client) client->close();
  if (transport) transport->close();
  if (sim) loop.run_real(sim->stop());
}

std::string Server::path_of(std::string_view api_version, std::string_view resource, std::string_view name) const {
  std::string out = (api_version.contains('/') ? "/apis/" : "/api/") + std::string(api_version) + "/namespaces/" + ns + "/" + std::string(resource);
  if (!name.empty()) out.append("/").append(name);
  return out;
}

std::string Server::fill(std::string text) const {
  replace_all(text, "$NS", ns);
  replace_all(text, "$GROUP", group);
  return text;
}

json::Value Server::parse(std::string text) const {
  auto value = json::parse(fill(std::move(text)));
  if (!value) FAIL(value.error().message());
  return std::move(*value);
}

Answer Server::call(std::string method, std::string target, std::string body, std::string_view type, std::string accept) {
  net::Request request = request_of(config, std::move(method), std::move(target), type, std::move(accept));
  request.body = std::move(body);
  auto response = loop.run_real(send(transport, std::move(request), clock.after(60s)), 90s);
  if (!response) FAIL(response.error().message());
  Answer answer{response->status, response->headers, std::move(response->body), {}};
  if (auto value = json::parse(answer.text)) answer.body = std::move(*value);
  return answer;
}

Answer Server::apply(std::string target, std::string_view manager, std::string body, bool force) {
  return patch(std::move(target) + "?fieldManager=" + std::string(manager) + (force ? "&force=true" : ""), kApplyPatch, std::move(body));
}

Answer Server::eventually(const std::string& target, const std::function<bool(const Answer&)>& done, std::string accept) {
  const auto until = clock.now() + 30s;
  for (;;) {
    Answer answer = get(target, accept);
    if (done(answer) || clock.now() >= until) return answer;
    loop.run_real(clock.sleep_until(clock.now() + (real ? 50ms : 1ms)));
  }
}

void Server::realkube(std::string command) {
  const std::string dir = env("SLIPWAY_REAL_DIR"), assets = env("SLIPWAY_KUBE_ASSETS");
  if (dir.empty() || assets.empty()) SKIP("hack/realkube is not at hand: SLIPWAY_REAL_DIR and SLIPWAY_KUBE_ASSETS are not set");
  proc::Command call;
  call.argv = {assets + "/realkube", command, "--dir", dir};
  call.env = {{"HOME", env("HOME")}};
  call.deadline = clock.after(180s);
  const auto done = loop.run_real(proc::run(loop.executor(), clock, std::move(call)), 200s);
  if (!done) FAIL(done.error().message());
  INFO(command << ": " << done->err);
  REQUIRE(done->ok());
}

void Server::forget_history() {
  if (sim) {
    sim->compact();
    return;
  }
  realkube("compact");
  realkube("kill9");  // a polite end waits for open watches
  realkube("restart-apiserver");
}

void Server::serve_widgets(std::string_view schema, std::string_view extra) {
  const Answer made =
      post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
           R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.$GROUP"},"spec":{"group":"$GROUP",)"
           R"("scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},"versions":[)"
           R"({"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":)" +
               std::string(schema) + "}" + std::string(extra) + "}]}}");
  INFO(made.text);
  REQUIRE(made.status == 201);
  leftovers_.insert(leftovers_.begin(), crd_path());
  const Answer served = eventually(widgets(), [](const Answer& a) { return a.status == 200; });
  INFO(served.text);
  REQUIRE(served.status == 200);
}

Watch::Watch(Server& server, std::string target, std::string accept) : server_(server) {
  auto opened =
      server.loop.run_real(open(server.transport, request_of(server.config, "GET", std::move(target), {}, std::move(accept)), server.clock.after(30s)));
  if (!opened) FAIL(opened.error().message());
  response_ = std::move(*opened);
  INFO(response_.body);
  REQUIRE(response_.status == 200);
  REQUIRE(response_.stream != nullptr);
}

json::Value Watch::next() {
  while (buffer_.find('\n') == std::string::npos) {
    const auto piece = server_.loop.run_real(response_.stream->read(server_.clock.after(20s)));
    if (!piece || piece->empty()) {
      ended_ = piece.has_value();
      return {};
    }
    buffer_ += *piece;
  }
  const auto end = buffer_.find('\n');
  auto value = json::parse(buffer_.substr(0, end));
  buffer_.erase(0, end + 1);
  if (!value) FAIL(value.error().message());
  return std::move(*value);
}

std::string Watch::line() {
  const json::Value event = next();
  if (event.is_null()) return ended_ ? "end" : "nothing";
  const std::string type = event["type"].str();
  if (type == "BOOKMARK") return line();  // they may come at any time
  if (type == "ERROR") return type + " " + std::to_string(event["object"]["code"].as_int());
  return type + " " + event["object"]["metadata"]["name"].str();
}

void check_equal(const json::Value& body, const json::Value& expected) {
  const bool equal = body == expected;
  INFO("is       " << shorten(json::dump_canonical(body), 3000) << "\nexpected " << shorten(json::dump_canonical(expected), 3000));
  CHECK(equal);
}

void check_status(const Server& server, const Answer& answer, std::string expected) {
  json::Value wanted = server.parse(std::move(expected));
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, const char*>>{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"}})
    if (!wanted.contains(key)) wanted.set(key, value);
  json::Value body = answer.body;
  body.erase("metadata");
  CHECK(answer.status == wanted["code"].as_int(answer.status));
  check_equal(body, wanted);
}

std::string names_of(const json::Value& list) {
  std::string out;
  for (const auto& item : list["items"].array()) out += (out.empty() ? "" : " ") + item["metadata"]["name"].str();
  return out;
}

}  // namespace slipway::contract
