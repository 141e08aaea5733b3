// Scenario 29: an exec plugin that hangs, fails, speaks another version or writes without end.
#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/kube/detail/auth_transport.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kVersion = "client.authentication.k8s.io/v1";

std::string credential(std::string_view status, std::string_view version = kVersion) {
  return R"({"kind":"ExecCredential","apiVersion":")" + std::string(version) + R"(","status":)" + std::string(status) + "}";
}
proc::Output output(std::string text, int code = 0) {
  proc::Output out;
  out.exit_code = code;
  out.out = std::move(text);
  return out;
}
kube::ClusterConfig config_of(std::string script) {
  kube::ClusterConfig config;
  config.server = "https://fake:6443";
  config.exec = kube::ExecConfig{.api_version = kVersion,
                                 .command = "sh",
                                 .args = {"-c", std::move(script)},
                                 .env = {},
                                 .install_hint = "Install it from the shop.",
                                 .provide_cluster_info = false,
                                 .interactive_mode = "Never",
                                 .cluster_extension = {}};
  return config;
}

// A plugin in virtual time: each run takes `takes` and ends as told, or with its deadline.
struct PluginWorld {
  Loop loop;
  JumpingClock clock{loop.clock};
  FakeServer server{loop};
  int runs = 0;
  int now_running = 0;
  int most_running = 0;
  async::Duration takes = 1s;
  std::function<Result<proc::Output>()> result = [] { return output(credential(R"({"token":"one"})")); };
  kube::ClusterConfig config = config_of("");
  std::shared_ptr<kube::detail::ExecPlugin> plugin;
  std::shared_ptr<net::Transport> transport;

  PluginWorld() {
    server.answer = [](const net::Request& request) { return net::Response(200, "text/plain", std::string(request.headers.get("Authorization"))); };
    plugin = std::make_shared<kube::detail::ExecPlugin>([this](proc::Command command) { return run(this, std::move(command)); }, clock, config);
    kube::detail::AuthOptions options;
    options.exec = plugin;
    transport = kube::detail::make_auth_transport(server.transport(), clock, std::move(options));
  }
  static async::Awaitable<Result<proc::Output>> run(PluginWorld* world, proc::Command command) {
    ++world->runs;
    world->most_running = std::max(world->most_running, ++world->now_running);
    const auto end = world->clock.now() + world->takes;
    co_await world->clock.sleep_until(std::min(end, command.deadline.at));
    const bool stopped = co_await async::is_cancelled();
    --world->now_running;
    if (stopped) co_return fail(Disposition::Canceled, "stopped");
    if (end > command.deadline.at) co_return fail(Disposition::Timeout, "did not end before its deadline and was stopped");
    co_return world->result();
  }
  static async::Awaitable<void> request(PluginWorld* world, async::Duration patience, std::vector<std::string>* out) {
    auto response = co_await world->transport->send(net::Request("GET", "/"), world->clock.after(patience));
    out->push_back(response ? response->body : response.error().message());
  }
  std::string sent(async::Duration patience = 30s) {
    std::vector<std::string> out;
    loop.run(request(this, patience, &out));
    return out.front();
  }
};

TEST_CASE("29 an exec plugin runs once for all who need it, and again only when its credentials have expired") {
  PluginWorld world;
  world.result = [&] {
    return output(credential(R"({"token":")" + std::to_string(world.runs) + R"(","expirationTimestamp":")" + to_rfc3339(world.clock.wall() + 600s) + "\"}"));
  };
  std::vector<std::string> sent;
  async::TaskGroup group(world.loop.executor());
  for (int i = 0; i < 20; ++i) group.spawn("request", PluginWorld::request(&world, 30s, &sent));
  world.loop.run(group.join());
  CHECK(sent == std::vector<std::string>(20, "Bearer 1"));
  CHECK(world.most_running == 1);
  world.loop.pass(598s);
  CHECK(world.sent() == "Bearer 1");
  world.loop.pass(2s);
  CHECK(world.sent() == "Bearer 2");
  CHECK(world.runs == 2);
}

TEST_CASE("29 a plugin that hangs ends with the request's deadline, and the loop goes on meanwhile") {
  PluginWorld world;
  world.takes = 1h;
  std::vector<std::string> sent;
  async::TaskGroup group(world.loop.executor());
  for (int i = 0; i < 3; ++i) group.spawn("request", PluginWorld::request(&world, 30s, &sent));
  world.loop.pass(29s);
  CHECK(sent.empty());
  CHECK(world.now_running == 1);
  world.loop.pass(1s);
  REQUIRE(sent.size() == 3);
  for (const auto& error : sent) CHECK(has(error, "exec plugin sh"));
  CHECK(world.most_running == 1);
  world.loop.run(group.join());
  world.takes = 1s;
  CHECK(world.sent() == "Bearer one");
}

TEST_CASE("29 a plugin is not given more than a minute, however patient the request is") {
  PluginWorld world;
  world.takes = 1h;
  const auto begun = world.clock.now();
  CHECK(has(world.sent(10min), "did not end before its deadline"));
  CHECK(world.clock.now() - begun == 1min);
}

TEST_CASE("29 the failure of a plugin reaches everybody who waited for it, once") {
  PluginWorld world;
  world.result = [] { return output("secret-on-stdout", 1); };
  std::vector<std::string> sent;
  async::TaskGroup group(world.loop.executor());
  for (int i = 0; i < 5; ++i) group.spawn("request", PluginWorld::request(&world, 30s, &sent));
  world.loop.run(group.join());
  REQUIRE(sent.size() == 5);
  for (const auto& error : sent) {
    CHECK(has(error, "exec plugin sh: it exited with 1"));
    CHECK_FALSE(has(error, "secret"));
  }
  CHECK(world.runs == 1);
  CHECK(world.server.requests.empty());
}

TEST_CASE("29 when the one who ran the plugin is cancelled, the next one runs it") {
  PluginWorld world;
  std::vector<std::string> first;
  std::vector<std::string> second;
  async::TaskGroup one(world.loop.executor());
  async::TaskGroup two(world.loop.executor());
  one.spawn("first", PluginWorld::request(&world, 30s, &first));
  two.spawn("second", PluginWorld::request(&world, 30s, &second));
  world.loop.settle();
  CHECK(world.now_running == 1);
  world.loop.run(one.stop());
  world.loop.run(two.join());
  CHECK(second == std::vector<std::string>{"Bearer one"});
  CHECK(world.runs == 2);
}

TEST_CASE("29 a 401 makes the next request run the plugin again, unless there are new credentials already") {
  PluginWorld world;
  world.result = [&] { return output(credential(R"({"token":")" + std::to_string(world.runs) + "\"}")); };
  world.server.answer = [](const net::Request& request) {
    const std::string sent(request.headers.get("Authorization"));
    return net::Response(sent == "Bearer 1" ? 401 : 200, "text/plain", sent);
  };
  CHECK(world.sent() == "Bearer 1");
  const auto old = world.plugin->current();
  CHECK(world.sent() == "Bearer 2");
  world.plugin->refused(old);
  CHECK(world.sent() == "Bearer 2");
  CHECK(world.runs == 2);
}

TEST_CASE("29 an answer of another version, of another kind or without credentials is refused without a word of it") {
  struct Row {
    std::string text;
    const char* sentence;
  };
  for (const Row& row : {
           Row{credential(R"({"token":"hunter2"})", "client.authentication.k8s.io/v1beta1"), "client.authentication.k8s.io/v1 was asked for"},
           Row{R"({"kind":"Status","token":"hunter2"})", "is no ExecCredential"},
           Row{credential("{}"), "neither a token nor a certificate"},
           Row{credential("null"), "has no status"},
           Row{credential(R"({"clientCertificateData":"hunter2"})"), "a certificate without a key"},
           Row{credential(R"({"clientCertificateData":"hunter2","clientKeyData":"hunter2"})"), "a certificate that cannot be read"},
           Row{credential(R"({"token":"hunter2 x"})"), "a token that cannot be sent"},
           Row{credential(R"({"token":"hunter2","expirationTimestamp":"soon"})"), "is no time"},
           Row{"hunter2", "is no JSON object"},
       }) {
    INFO(row.text);
    PluginWorld world;
    world.result = [&] { return output(row.text); };
    const std::string error = world.sent();
    CHECK(has(error, row.sentence));
    CHECK_FALSE(has(error, "hunter2"));
  }
}

// With programs of this machine.
struct ProgramWorld {
  Loop loop;
  async::RealClock clock;
  FakeServer server{loop};
  ProgramWorld() {
    server.answer = [](const net::Request& request) { return net::Response(200, "text/plain", std::string(request.headers.get("Authorization"))); };
  }
  std::string sent(const kube::ClusterConfig& config) {
    kube::detail::AuthOptions options;
    options.exec = std::make_shared<kube::detail::ExecPlugin>([this](proc::Command command) { return proc::run(loop.executor(), clock, std::move(command)); },
                                                              clock, config);
    const auto transport = kube::detail::make_auth_transport(server.transport(), clock, std::move(options));
    auto response = loop.run_real(transport->send(net::Request("GET", "/"), clock.after(50s)));
    return response ? response->body : response.error().message();
  }
};

TEST_CASE("29 a real plugin gets KUBERNETES_EXEC_INFO with the cluster, its arguments and its environment") {
  ProgramWorld world;
  const Folder folder;
  kube::ClusterConfig config = config_of("printf %s \"$KUBERNETES_EXEC_INFO\" > \"$INFO\"; echo '" + credential(R"({"token":"real"})") + "'");
  config.exec->env["INFO"] = folder.file("info");
  config.exec->provide_cluster_info = true;
  config.exec->cluster_extension = json::Value(json::Object{{"audience", "x"}});
  CHECK(world.sent(config) == "Bearer real");
  std::ifstream in(folder.file("info"));
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto info = json::parse(text);
  REQUIRE(info);
  CHECK((*info)["kind"].as_string() == "ExecCredential");
  CHECK((*info)["apiVersion"].as_string() == kVersion);
  CHECK_FALSE((*info)["spec"]["interactive"].as_bool(true));
  CHECK((*info)["spec"]["cluster"]["server"].as_string() == "https://fake:6443");
  CHECK((*info)["spec"]["cluster"]["config"]["audience"].as_string() == "x");
}

TEST_CASE("29 a real plugin that writes more than 10 MB is stopped") {
  ProgramWorld world;
  CHECK(has(world.sent(config_of("while :; do head -c 1000000 /dev/zero; done")), "wrote more than 10485760 bytes"));
}

TEST_CASE("29 a plugin that is not installed, or wants a terminal, is an error that says what to do") {
  ProgramWorld world;
  kube::ClusterConfig config = config_of("");
  config.exec->command = "no-such-plugin-anywhere";
  CHECK(has(world.sent(config), "exec plugin no-such-plugin-anywhere: there is no such program. Install it from the shop."));
  config = config_of("echo");
  config.exec->interactive_mode = "Always";
  CHECK(has(world.sent(config), "it wants a terminal"));
}

}  // namespace
}  // namespace slipway::test
