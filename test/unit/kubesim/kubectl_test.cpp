// The kubectls of this machine against a server over TLS: the one on the PATH, Debian's below .cache, and those that $SLIPWAY_KUBECTL lists.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <sys/wait.h>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kubesim/server.h"

namespace slipway::kubesim::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> kubectls() {
  std::vector<std::string> out;
  const auto add = [&](const fs::path& path) {
    std::error_code ec;
    if (fs::is_regular_file(fs::canonical(path, ec), ec)) out.push_back(path.string());
  };
  if (const char* listed = std::getenv("SLIPWAY_KUBECTL"))
    for (const auto& path : split(listed, ':')) add(path);
  if (const char* path = std::getenv("PATH"))
    for (const auto& folder : split(path, ':'))
      if (out.empty()) add(fs::path(folder) / "kubectl");
  for (fs::path at = fs::current_path(); at.has_relative_path(); at = at.parent_path()) add(at / ".cache/kubectl/usr/bin/kubectl");
  return out;
}

// A server on a thread of its own: kubectl is waited for on this one.
class Served {
 public:
  Served() : work_(io_.get_executor()), server_(io_.get_executor(), clock_, {}) {
    const auto port = server_.listen();
    REQUIRE(port.has_value());
    folder_ = fs::temp_directory_path() / ("slipway-kubectl-" + random_suffix(8));
    fs::create_directories(folder_);
    write("kubeconfig", kube::write_kubeconfig(server_.admin_config(), "sim"));
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Served() {
    boost::asio::co_spawn(io_, server_.stop(), [this](const std::exception_ptr&) { work_.reset(); });
    thread_.join();
    std::error_code ec;
    fs::remove_all(folder_, ec);
  }
  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  [[nodiscard]] std::string environment() const { return "HOME=" + folder_.string() + " KUBECONFIG=" + (folder_ / "kubeconfig").string(); }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  async::RealClock clock_;
  ApiServer server_;
  fs::path folder_;
  std::thread thread_;
};

struct Ran {
  int code = 0;
  std::string output;  // both streams
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) ran.output.append(buffer.data(), n);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

constexpr std::string_view kCrd = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.demo.io}
spec:
  group: demo.io
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties: {size: {type: integer, minimum: 1, description: How big it is.}, color: {type: string, default: blue}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
)";
constexpr std::string_view kObjects = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}, {name: side, image: "side:1"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {a: one}
)";
constexpr std::string_view kWidget = R"(
apiVersion: demo.io/v1
kind: Widget
metadata: {name: w, namespace: shop}
spec: {size: 3}
)";

class Session {
 public:
  explicit Session(std::string kubectl) : kubectl_(std::move(kubectl)) {}
  std::string file(const std::string& name, std::string_view text) { return served_.write(name, std::string(text)); }
  Ran operator()(const std::string& arguments) { return run(served_.environment() + " timeout 60 " + kubectl_ + " " + arguments); }
  // The output of a call that must succeed.
  std::string ok(const std::string& arguments) {
    const Ran ran = (*this)(arguments);
    INFO("kubectl " << arguments << "\n" << ran.output);
    CHECK(ran.code == 0);
    return ran.output;
  }

 private:
  std::string kubectl_;
  Served served_;
};

void everyday_use(Session& k) {
  const auto crd = k.file("crd.yaml", kCrd), objects = k.file("objects.yaml", kObjects), widget = k.file("widget.yaml", kWidget);
  CHECK(k.ok("apply -f " + crd).contains("created"));
  CHECK(k.ok("wait --for=condition=Established crd/widgets.demo.io --timeout=20s").contains("condition met"));
  CHECK(k.ok("apply -f " + objects).contains("deployment.apps/web created"));
  const auto again = k.ok("apply -f " + objects);
  CHECK(!again.contains("configured"));
  CHECK(again.contains("deployment.apps/web unchanged"));
  CHECK(k.ok("apply -f " + widget).contains("widget.demo.io/w created"));
  CHECK(k.ok("get wd -n shop").contains("SIZE"));
  CHECK(k.ok("get wd w -n shop -o jsonpath='{.spec.color}'") == "blue");

  const auto changed = k.file("changed.yaml", std::string(kObjects).replace(kObjects.find("web:1"), 5, "web:2"));
  CHECK(k.ok("apply -f " + changed).contains("deployment.apps/web configured"));
  CHECK(k.ok("get deploy web -n shop -o jsonpath='{.spec.template.spec.containers[*].image}'") == "web:2 side:1");
  const auto wrong = k.file("wrong.yaml", std::string(kWidget).replace(kWidget.find("size: 3"), 7, "size: 0"));
  CHECK(k("apply -f " + wrong).output.contains("spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"));
  const auto unknown = k.file("unknown.yaml", std::string(kWidget).replace(kWidget.find("size: 3"), 7, "size: 3, sice: 4"));
  const Ran refused = k("apply -f " + unknown);
  CHECK(refused.code != 0);
  CHECK(refused.output.contains("sice"));

  CHECK(k.ok("-n shop patch wd w --type=merge -p '{\"spec\":{\"size\":5}}'").contains("patched"));
  CHECK(k.ok("-n shop label wd w tier=front").contains("labeled"));
  CHECK(k.ok("-n shop get wd -l tier=front -o name") == "widget.demo.io/w\n");
  CHECK(k.ok("-n shop scale deploy web --replicas=4").contains("scaled"));
  CHECK(k.ok("-n shop describe deploy web").contains("4 desired"));
  CHECK(k.ok("-n shop describe wd w").contains("Size:   5"));
  CHECK(k.ok("explain widget.spec").contains("How big it is."));
  CHECK(k("apply --server-side -f " + widget).output.contains("Apply failed with 1 conflict"));
  CHECK(k.ok("apply --server-side --force-conflicts -f " + widget).contains("serverside-applied"));

  // One watch sees the change that another kubectl makes.
  const auto seen = k.ok("-n shop get cm settings -w --output-watch-events --request-timeout=2s");
  CHECK(seen.contains("ADDED"));
  CHECK(k.ok("create ns other").contains("created"));
  CHECK(k.ok("-n other create secret generic s --from-literal=a=b").contains("created"));
  CHECK(k.ok("-n other get secret s -o jsonpath='{.data.a}'") == "Yg==");
  CHECK(k.ok("auth can-i create pods").contains("yes"));
  CHECK(k.ok("get all -n shop").contains("widget.demo.io/w"));

  CHECK(k.ok("delete ns shop --timeout=30s").contains("deleted"));
  CHECK(k("get ns shop").output.contains("namespaces \"shop\" not found"));
  CHECK(k.ok("delete -f " + crd + " --timeout=30s").contains("deleted"));
}

}  // namespace

TEST_CASE("every kubectl of this machine can work with the server") {
  const auto found = kubectls();
  if (found.empty()) SKIP("no kubectl on this machine");
  for (const auto& path : found) {
    INFO(path);
    Session session(path);
    everyday_use(session);
  }
}

}  // namespace slipway::kubesim::test
