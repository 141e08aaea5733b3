// The exposition of a running manager against what controller-runtime and client-go expose: names, types, labels and bounds, to the byte. Dashboards and
// recording rules made for them read ours.
#include <map>
#include <set>
#include <sstream>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/server.h"
#include "pkg/runtime/manager.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

constexpr const char* kReconcile =
    "0.005 0.01 0.025 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6 0.7 0.8 0.9 1 1.25 1.5 1.75 2 2.5 3 3.5 4 4.5 5 6 7 8 9 10 15 20 25 30 40 50 60 +Inf";
constexpr const char* kQueue = "1e-08 1e-07 1e-06 9.999999999999999e-06 9.999999999999999e-05 0.001 0.01 0.1 1 10 100 1000 +Inf";
constexpr const char* kLatency = "0.005 0.025 0.1 0.25 0.5 1 2 4 8 15 30 60 +Inf";
constexpr const char* kBytes = "64 256 512 1024 4096 16384 65536 262144 1.048576e+06 4.194304e+06 1.6777216e+07 +Inf";
constexpr const char* kInformer = "0.001 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf";

struct Row {
  const char* name;
  const char* type;
  const char* labels;  // sorted
  const char* bounds = "";
  bool always = true;  // false: only where what it counts has happened
};
constexpr bool kSometimes = false;
constexpr Row kTable[] = {
    {"controller_runtime_reconcile_total", "counter", "controller result"},
    {"controller_runtime_reconcile_errors_total", "counter", "controller"},
    {"controller_runtime_terminal_reconcile_errors_total", "counter", "controller"},
    {"controller_runtime_reconcile_panics_total", "counter", "controller"},
    {"controller_runtime_reconcile_timeouts_total", "counter", "controller"},
    {"controller_runtime_reconcile_time_seconds", "histogram", "controller", kReconcile},
    {"controller_runtime_max_concurrent_reconciles", "gauge", "controller"},
    {"controller_runtime_active_workers", "gauge", "controller"},
    {"workqueue_depth", "gauge", "controller name priority"},
    {"workqueue_adds_total", "counter", "controller name"},
    {"workqueue_queue_duration_seconds", "histogram", "controller name", kQueue},
    {"workqueue_work_duration_seconds", "histogram", "controller name", kQueue},
    {"workqueue_unfinished_work_seconds", "gauge", "controller name"},
    {"workqueue_longest_running_processor_seconds", "gauge", "controller name"},
    {"workqueue_retries_total", "counter", "controller name"},
    {"rest_client_requests_total", "counter", "code host method"},
    {"rest_client_request_duration_seconds", "histogram", "host verb", kLatency},
    {"rest_client_rate_limiter_duration_seconds", "histogram", "host verb", kLatency, kSometimes},
    {"rest_client_dns_resolution_duration_seconds", "histogram", "host", kLatency, kSometimes},
    {"rest_client_request_size_bytes", "histogram", "host verb", kBytes},
    {"rest_client_response_size_bytes", "histogram", "host verb", kBytes},
    {"rest_client_request_retries_total", "counter", "code host verb", "", kSometimes},
    {"rest_client_exec_plugin_ttl_seconds", "gauge", "", "", kSometimes},
    {"rest_client_exec_plugin_call_total", "counter", "call_status code", "", kSometimes},
    {"rest_client_transport_cache_entries", "gauge", "", "", kSometimes},
    {"rest_client_transport_create_calls_total", "counter", "result", "", kSometimes},
    {"rest_client_transport_ca_reload_total", "counter", "reason result", "", kSometimes},
    {"leader_election_master_status", "gauge", "name"},
    {"leader_election_slowpath_total", "counter", "name", "", kSometimes},
    {"informer_queued_items", "gauge", "group name resource version"},
    {"informer_processing_latency_seconds", "histogram", "group name resource version", kInformer},
    {"informer_store_resource_version", "gauge", "group name resource version"},
    {"certwatcher_read_certificate_total", "counter", "", "", kSometimes},
    {"certwatcher_read_certificate_errors_total", "counter", "", "", kSometimes},
    {"process_cpu_seconds_total", "counter", ""},
    {"process_resident_memory_bytes", "gauge", ""},
    {"process_virtual_memory_bytes", "gauge", ""},
    {"process_virtual_memory_max_bytes", "gauge", ""},
    {"process_open_fds", "gauge", ""},
    {"process_max_fds", "gauge", ""},
    {"process_start_time_seconds", "gauge", ""},
};

struct Family {
  std::string type;
  std::set<std::string> labels;               // every set of label names that a series has
  std::map<std::string, std::string> bounds;  // of each series, in their order
};

// Reads our own text, whose label values hold no braces or commas here.
std::map<std::string, Family> read(const std::string& text) {
  std::map<std::string, Family> out;
  std::istringstream lines(text);
  Family* family = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name;
      words >> name;
      CHECK_FALSE(out.contains(name));
      family = &out[name];
      words >> family->type;
      continue;
    }
    if (line.starts_with('#') || family == nullptr) continue;
    const auto open = line.find('{');
    std::string names;
    std::string series;
    std::string le;
    std::istringstream labels(open == std::string::npos ? "" : line.substr(open + 1, line.rfind('}') - open - 1));
    for (std::string label; std::getline(labels, label, ',');) {
      if (label.starts_with("le=\"")) {
        le = label.substr(4, label.size() - 5);
        continue;
      }
      names += (names.empty() ? "" : " ") + label.substr(0, label.find('='));
      series += label + ",";
    }
    family->labels.insert(names);
    if (!le.empty()) family->bounds[series] += (family->bounds[series].empty() ? "" : " ") + le;
  }
  return out;
}

struct Running {
  test::Loop loop;
  kubesim::ApiServer server{loop.executor(), loop.clock, open_to_all()};
  std::shared_ptr<kube::Client> client = server.local_client();
  std::unique_ptr<Manager> manager;
  std::optional<Status> ended;
  async::TaskGroup group{loop.executor()};
  static kubesim::Options open_to_all() {
    kubesim::Options o;
    o.anonymous = true;
    return o;
  }
  Running() {
    REQUIRE(loop.run(client->create(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"default", "one"}), {})));
    ManagerOptions options;
    options.metrics_address = options.health_address = "0";
    options.leader_election = LeaderElectionOptions{.name = "table", .ns = "default", .identity = "me"};
    options.lease_client = client;
    manager = std::make_unique<Manager>(loop.executor(), loop.clock, std::move(options));
    auto cache = std::make_shared<ClusterCache>(client, loop.executor(), "table");
    auto controller = std::make_shared<Controller>("table", loop.executor(), loop.clock, [this](const ObjectKey& key) { return reconcile(client, key); });
    controller->watch_self(cache->informer(kube::res::kConfigMaps));
    manager->add(cache);
    manager->add(controller);
    group.spawn("manager", run(this));
    loop.pass(10s);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    manager->stop();
    loop.pass(1min);
    loop.run(group.stop());
    loop.run(server.stop());
  }
  static async::Awaitable<void> run(Running* r) { r->ended = co_await r->manager->run(); }
  static async::Awaitable<Result<ReconcileOutcome>> reconcile(std::shared_ptr<kube::Client> client, ObjectKey key) {
    auto read = co_await client->get(kube::res::kConfigMaps, key);
    if (!read) co_return fail(read.error());
    co_return ReconcileOutcome{};
  }
  [[nodiscard]] std::string scrape() { return manager->health().respond(net::Request("GET", "/metrics")).body; }
};

}  // namespace

TEST_CASE_METHOD(Running, "54 what a running manager exposes has the names, types, labels and bounds of controller-runtime and client-go") {
  kubesim::Fault reset;
  reset.verb = "get";
  reset.resource = "configmaps";
  reset.times = 1;
  reset.action = kubesim::Fault::Action::Reset;
  server.inject(reset);
  static_cast<void>(loop.run(client->get(kube::res::kConfigMaps, {"default", "one"})));
  loop.pass(5s);
  const std::string text = scrape();
  const auto families = read(text);
  for (const Row& row : kTable) {
    INFO(row.name);
    const auto found = families.find(row.name);
    if (found == families.end()) {
      CHECK_FALSE(row.always);
      continue;
    }
    CHECK(found->second.type == row.type);
    CHECK(found->second.labels == std::set<std::string>{row.labels});
    for (const auto& [series, bounds] : found->second.bounds) CHECK(bounds == row.bounds);
    CHECK(found->second.bounds.empty() == (std::string_view(row.type) != "histogram"));
  }
  for (const char* result : {"success", "error", "requeue", "requeue_after"})
    CHECK(text.contains("\ncontroller_runtime_reconcile_total{controller=\"table\",result=\"" + std::string(result) + "\"} "));
  CHECK(text.contains("\nleader_election_master_status{name=\"table\"} 1\n"));
  CHECK(text.contains("rest_client_requests_total{code=\"<error>\","));
  CHECK(text.contains("controller_runtime_reconcile_errors_total{controller=\"table\"} 0\n"));
  CHECK(text.contains("workqueue_depth{controller=\"table\",name=\"table\",priority=\"0\"} 0\n"));
}

TEST_CASE_METHOD(Running, "54 families of others' names that they do not have are not among ours") {
  std::set<std::string> known;
  for (const Row& row : kTable) known.insert(row.name);
  for (const auto& [name, family] : read(scrape())) {
    INFO(name);
    if (name.starts_with("slipway_")) continue;
    CHECK(known.contains(name));
  }
}
