#include "pkg/kube/detail/kubeconfig.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kube/detail/auth_transport.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;
using namespace std::chrono_literals;
using test::FakeServer;
using test::Loop;

namespace {

constexpr const char* kPem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

// A kubeconfig with these lines in its cluster and its user.
std::string config(std::string_view cluster, std::string_view user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: team}}]\nclusters:\n- name: k\n  "
         "cluster:\n    " +
         std::string(cluster) + "\nusers:\n- name: u\n  user:\n    " + std::string(user) + "\n";
}
Result<ClusterConfig> parse(std::string_view cluster, std::string_view user) { return parse_kubeconfig(config(cluster, user), "Secret a/b", ""); }

class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / ("slipway-" + random_suffix(10))) { std::filesystem::create_directories(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (old_)
      ::setenv(name_, old_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("a kubeconfig with certificates is read") {
  const std::string pem = base64_encode(kPem);
  const auto c = parse("server: https://h:6443/\n    tls-server-name: kube\n    certificate-authority-data: " + pem,
                       "client-certificate-data: " + pem + "\n    client-key-data: " + pem);
  REQUIRE(c);
  CHECK(c->server == "https://h:6443");
  CHECK(c->ca_pem == kPem);
  CHECK(c->client_cert_pem == kPem);
  CHECK(c->client_key_pem == kPem);
  CHECK(c->tls_server_name == "kube");
  CHECK(c->default_namespace == "team");
}

TEST_CASE("a kubeconfig is also read as JSON") {
  const auto c = parse_kubeconfig(R"({"kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],
    "clusters":[{"name":"k","cluster":{"server":"https://h"}}],"users":[{"name":"u","user":{"token":"abc"}}]})",
                                  "x", "");
  REQUIRE(c);
  CHECK(c->token == "abc");
  CHECK(c->default_namespace == "default");
}

TEST_CASE("what is not supported is refused by a sentence that names the field") {
  struct Row {
    const char* cluster;
    const char* user;
    const char* field;
  };
  for (const Row& row : {
           Row{"insecure-skip-tls-verify: true", "token: t", "clusters[k].cluster.insecure-skip-tls-verify"},
           Row{"proxy-url: socks5://p", "token: t", "clusters[k].cluster.proxy-url"},
           Row{"proxy-url: https://p", "token: t", "clusters[k].cluster.proxy-url"},
           Row{"tls-server-name: a", "exec: {command: aws}", "users[u].user.exec"},
           Row{"tls-server-name: a", "auth-provider: {name: gcp}", "users[u].user.auth-provider"},
           Row{"tls-server-name: a", "password: root", "users[u].user.username"},
           Row{"tls-server-name: a", "{username: a, token: t}", "users[u].user.username"},
           Row{"tls-server-name: a", "as-groups: [root]", "users[u].user.as"},
           Row{"tls-server-name: a", "{as: a, as-groups: 1}", "users[u].user.as-groups"},
           Row{"tls-server-name: a", "{as: a, as-user-extra: {k: v}}", "users[u].user.as-user-extra"},
           Row{"tls-server-name: [a]", "token: t", "clusters[k].cluster.tls-server-name"},
           Row{"certificate-authority: /etc/ca.crt", "token: t", "clusters[k].cluster.certificate-authority"},
           Row{"certificate-authority-data: '!!'", "token: t", "clusters[k].cluster.certificate-authority-data"},
           Row{"certificate-authority-data: aGVsbG8=", "token: t", "clusters[k].cluster.certificate-authority-data"},
           Row{"tls-server-name: a", "tokenFile: /token", "users[u].user.tokenFile"},
           Row{"tls-server-name: a", "token: \"a\\nb\"", "users[u].user.token"},
           Row{"tls-server-name: a", "client-key-data: LS0tLS1CRUdJTiBYCg==", "users[u].user.client-certificate-data"},
       }) {
    INFO(row.field);
    const auto c = parse(std::string("server: https://h\n    ") + row.cluster, row.user);
    REQUIRE_FALSE(c);
    CHECK(c.error().is(Disposition::Invalid));
    CHECK(c.error().message().starts_with("Secret a/b: " + std::string(row.field) + " "));
  }
  CHECK(parse("server: https://h\n    insecure-skip-tls-verify: false\n    proxy-url: ''", "token: t"));
}

TEST_CASE("servers that cannot be right are refused") {
  for (const auto* server :
       {"''", "h:6443", "ftp://h", "https://", "https://u:p@h", "https://h?x=1", "http://10.0.0.1", "http://127.evil.example@x", "https://a b"}) {
    INFO(server);
    CHECK_FALSE(parse(std::string("server: ") + server, "token: t"));
  }
  CHECK(parse("server: http://127.0.0.1:8001", "{}"));
  CHECK(parse("server: http://[::1]:8001", "{}"));
}

TEST_CASE("broken kubeconfigs get one sentence and no secret") {
  for (const auto* text : {"", "[]", "just text", "clusters: {}", "kind: Pod", "{", "a: b: c", "current-context: x",
                           "users: [{name: u, user: {token: hunter2}}]\ncontexts: 3", "token: hunter2\n\tbad"}) {
    INFO(text);
    const auto c = parse_kubeconfig(text, "Secret a/b", "");
    REQUIRE_FALSE(c);
    CHECK(c.error().is(Disposition::Invalid));
    CHECK(c.error().message().contains("Secret a/b"));
    CHECK_FALSE(c.error().message().contains("hunter2"));
  }
  CHECK_FALSE(parse_kubeconfig(std::string(2 << 20, ' '), "x", ""));
}

TEST_CASE("the context is the one asked for, or the current one, and a wrong one lists the others") {
  const std::string two = config("server: https://h", "token: t") + "";
  CHECK(parse_kubeconfig(two, "x", "", "c"));
  const auto wrong = parse_kubeconfig(two, "x", "", "nope");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message() == "x: contexts has no entry \"nope\" (there are: c)");
  const auto none = parse_kubeconfig("contexts: [{name: a, context: {}}, {name: b, context: {}}]", "x", "");
  CHECK(none.error().message() == "x: current-context is not set: name a context (there are: a, b)");
}

TEST_CASE("relative paths start at the kubeconfig's folder") {
  Directory dir;
  dir.write("ca.pem", kPem);
  dir.write("token", "abc\n");
  const std::string path = dir.write("config", config("server: https://h\n    certificate-authority: ca.pem", "tokenFile: ./token"));
  const auto c = load_config(path);
  REQUIRE(c);
  CHECK(c->ca_pem == kPem);
  CHECK(c->token_file == dir.str() + "/token");
  const auto missing = parse_kubeconfig(config("server: https://h\n    certificate-authority: nope.pem", "{}"), "x", dir.str());
  CHECK(missing.error().message().contains("clusters[k].cluster.certificate-authority"));
  CHECK(missing.error().message().contains("nope.pem"));
}

TEST_CASE("KUBECONFIG is a list: the first file with an entry wins, and files that do not exist are passed over") {
  Directory dir;
  const std::string a = dir.write("a", "current-context: c\nclusters: [{name: k, cluster: {server: 'https://first'}}]\n");
  const std::string b = dir.write("b", config("server: https://second", "token: t"));
  const Environment list("KUBECONFIG", dir.str() + "/none:" + a + ":" + b);
  const auto c = load_config("");
  REQUIRE(c);
  CHECK(c->server == "https://first");
  CHECK(c->token == "t");
  const Environment nothing("KUBECONFIG", dir.str() + "/none");
  CHECK(load_config("").error().is(Disposition::NotFound));
  CHECK_FALSE(load_config(dir.str() + "/none"));
  CHECK_FALSE(load_config(dir.str()));
}

TEST_CASE("the service account of a pod is a configuration") {
  Directory dir;
  dir.write("token", "abc\n");
  dir.write("ca.crt", kPem);
  dir.write("namespace", "tkg-system\n");
  const auto c = detail::in_cluster_config("10.96.0.1", "443", dir.str());
  REQUIRE(c);
  CHECK(c->server == "https://10.96.0.1:443");
  CHECK(c->default_namespace == "tkg-system");
  CHECK(detail::in_cluster_config("fd00::1", "443", dir.str())->server == "https://[fd00::1]:443");
  dir.write("token", " ");
  CHECK_FALSE(detail::in_cluster_config("10.96.0.1", "443", dir.str()));
}

TEST_CASE("a written kubeconfig reads back as it was") {
  ClusterConfig c;
  c.server = "https://127.0.0.1:6443";
  c.ca_pem = c.client_cert_pem = c.client_key_pem = kPem;
  c.tls_server_name = "kube";
  c.token = "abc";
  c.default_namespace = "x";
  const auto back = parse_kubeconfig(write_kubeconfig(c, "tkg-mgmt-vc"), "x", "");
  REQUIRE(back);
  CHECK(back->server == c.server);
  CHECK(back->ca_pem == kPem);
  CHECK(back->client_key_pem == kPem);
  CHECK(back->tls_server_name == "kube");
  CHECK(back->token == "abc");
  CHECK(back->default_namespace == "x");
  ClusterConfig bare;
  bare.server = "https://h";
  CHECK(parse_kubeconfig(write_kubeconfig(bare, "k"), "x", ""));
}

TEST_CASE("a token file is read again after 50 s and after a 401, and the old token stays where that fails") {
  test::Loop loop;
  test::FakeServer server(loop);
  int status = 200;
  server.answer = [&](const net::Request&) { return net::Response(status, "text/plain", ""); };
  Directory dir;
  const std::string file = dir.write("token", "one");
  const auto transport = detail::make_auth_transport(server.transport(), loop.clock, "", file);
  const auto token_sent = [&] {
    REQUIRE(loop.run(transport->send(net::Request("GET", "/"), async::Deadline::never())));
    return std::string(server.last().headers.get("authorization"));
  };
  CHECK(token_sent() == "Bearer one");
  dir.write("token", "two");
  loop.clock.advance(49s);
  CHECK(token_sent() == "Bearer one");
  loop.clock.advance(1s);
  CHECK(token_sent() == "Bearer two");
  dir.write("token", "three");
  status = 401;
  CHECK(token_sent() == "Bearer two");
  CHECK(token_sent() == "Bearer three");
  dir.write("token", "");
  CHECK(token_sent() == "Bearer three");
  const auto hopeless = detail::make_auth_transport(server.transport(), loop.clock, "", dir.str() + "/none");
  const auto sent = loop.run(hopeless->send(net::Request("GET", "/"), async::Deadline::never()));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().is(Disposition::Unauthorized));
}

TEST_CASE("exec, proxy, basic auth and impersonation are read from a kubeconfig file") {
  const auto c =
      parse_kubeconfig(config("server: https://h\n    proxy-url: http://jane:pw@proxy:3128\n    extensions: [{name: client.authentication.k8s.io/exec, "
                              "extension: {audience: a}}]",
                              "exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: ./bin/login\n      args: [a, b]\n"
                              "      env: [{name: A, value: \"1\"}]\n      installHint: get it\n      provideClusterInfo: true\n"
                              "    as: jane\n    as-uid: \"7\"\n    as-groups: [g, h]\n    as-user-extra: {k: [v, w]}"),
                       "/home/x/config", "/home/x");
  REQUIRE(c);
  CHECK(c->proxy_url == "http://jane:pw@proxy:3128");
  REQUIRE(c->exec);
  CHECK(c->exec->command == "/home/x/bin/login");
  CHECK(c->exec->args == std::vector<std::string>{"a", "b"});
  CHECK(c->exec->env == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(c->exec->interactive_mode == "IfAvailable");
  CHECK(c->exec->provide_cluster_info);
  CHECK(c->exec->cluster_extension["audience"].as_string() == "a");
  CHECK(c->impersonate.user == "jane");
  CHECK(c->impersonate.groups == std::vector<std::string>{"g", "h"});
  const auto basic = parse("server: https://h", "{username: jane, password: pw}");
  REQUIRE(basic);
  CHECK(basic->username == "jane");
  CHECK(basic->password == "pw");
}

TEST_CASE("an exec section that is incomplete, or stands where no program may be run, is refused by field") {
  const auto with = [](std::string_view exec) { return parse_kubeconfig(config("server: https://h", exec), "f", "/home/x"); };
  for (const auto& [exec, field] : std::vector<std::pair<std::string, std::string>>{
           {"exec: {command: a}", "exec.apiVersion"},
           {"exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}", "exec.apiVersion"},
           {"exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}", "exec.command"},
           {"exec: {apiVersion: client.authentication.k8s.io/v1, command: a}", "exec.interactiveMode"},
           {"exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Never, env: [{value: x}]}", "exec.env"},
           {"exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Never, args: a}", "exec.args"},
           {"{token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Never}}", "users[u].user.exec"},
           {"exec: [a]", "users[u].user.exec"},
       }) {
    INFO(exec);
    const auto c = with(exec);
    REQUIRE_FALSE(c);
    CHECK(c.error().message().contains(field));
  }
  const auto secret = parse("server: https://h", "exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Never}");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().message().contains("may not run its programs"));
}

TEST_CASE("requests carry the user and password, and whom they are made as") {
  Loop loop;
  FakeServer server(loop);
  server.answer = [](const net::Request&) { return net::Response(200, "text/plain", ""); };
  detail::AuthOptions options;
  options.username = "jane";
  options.password = "pw";
  options.impersonate = {.user = "joe", .uid = "7", .groups = {"g", "h"}, .extra = {{"Example.com/Scope", {"a", "b"}}}};
  const auto transport = detail::make_auth_transport(server.transport(), loop.clock, std::move(options));
  REQUIRE(loop.run(transport->send(net::Request("GET", "/"), async::Deadline::never())));
  const net::Headers& headers = server.last().headers;
  CHECK(headers.get("Authorization") == "Basic " + base64_encode("jane:pw"));
  CHECK(headers.get("Impersonate-User") == "joe");
  CHECK(headers.get("Impersonate-Uid") == "7");
  std::vector<std::string> several;
  for (const auto& [name, value] : headers.all())
    if (name == "Impersonate-Group" || name.starts_with("Impersonate-Extra-")) several.push_back(name + "=" + value);
  CHECK(several == std::vector<std::string>{"Impersonate-Group=g", "Impersonate-Group=h", "Impersonate-Extra-example.com%2Fscope=a",
                                            "Impersonate-Extra-example.com%2Fscope=b"});
}
