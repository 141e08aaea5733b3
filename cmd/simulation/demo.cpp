// `slipway demo`: hub, simulated world and operator in this process; the samples applied; every step shown as it happens.
#include <iostream>
#include <unistd.h>

#include <sys/ioctl.h>

#include "cmd/simulation/files.h"
#include "cmd/simulation/manifests.h"
#include "cmd/simulation/step_view.h"
#include "cmd/simulation/world.h"
#include "controllers/operator.h"
#include "pkg/base/strings.h"
#include "pkg/runtime/cache.h"

namespace slipway::cmd {
namespace {

struct Followed {
  kube::GroupVersionResource gvr;
  std::string title;
};

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 120;
}

bool is_ready(const kube::Object& object) {
  return kube::condition_true(object, "Ready") && object["status"]["observedGeneration"].as_int(-1) == kube::generation_of(object);
}

// Wakes the follower now and then, so that the live line's clock moves; ends with its group.
async::Awaitable<void> animate(async::Clock* clock, async::Event* changed) {
  for (;;) {
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    co_await clock->sleep_until(clock->now() + std::chrono::milliseconds(100));
    changed->notify_all();
  }
}

// Follows one object until it is Ready or has failed. Errors: what failed, in the object's own words; Canceled when the user stops.
async::Awaitable<Status> follow(Process* process, runtime::Store* store, async::Event* changed, StepView* view, kube::ObjectKey key, std::string title) {
  view->heading(title, process->clock.now());
  std::string last;
  for (;;) {
    const runtime::ObjectPtr object = store->get(key);
    if (object) {
      const std::string rv(kube::resource_version_of(*object));
      if (rv != last) view->update((*object)["status"], process->clock.now());
      last = rv;
      if (is_ready(*object)) break;
      if (const std::string failure = failure_of(*object); !failure.empty()) {
        view->finish();
        co_return fail(Disposition::Terminal, failure);
      }
    }
    view->tick(process->clock.now());
    if (process->stop.is_set()) {
      view->finish();
      co_return fail(Disposition::Canceled, "stopped");
    }
    const auto woken = co_await changed->wait(process->clock);
    static_cast<void>(woken);
  }
  view->finish();
  co_return Status{};
}

// The admin kubeconfig of a cluster that came up, from the Secret that its status names.
async::Awaitable<Result<std::string>> save_kubeconfig(std::shared_ptr<kube::Client> hub, kube::Object object, std::string path) {
  const json::Value& reference = object["status"]["kubeconfigSecretRef"];
  const kube::ObjectKey key{std::string(kube::namespace_of(object)), reference["name"].str()};
  auto secret = co_await hub->get(kube::res::kSecrets, key);
  if (!secret) co_return fail(std::move(secret).error());
  std::string yaml;
  if (!kube::secret_value(*secret, reference["key"].as_string("value"), yaml))
    co_return fail(Disposition::Invalid, "Secret " + key.to_string() + " holds no kubeconfig");
  auto written = write_private_file(path, yaml);
  if (!written) co_return fail(std::move(written).error());
  co_return path;
}

// With a failing step nobody wants to wait for the sample's generous deadlines.
async::Awaitable<Status> shorten_deadlines(std::shared_ptr<kube::Client> hub, kube::ObjectKey key) {
  const json::Value patch = json::Object{
      {"spec",
       json::Object{
           {"deadlines",
            json::Object{{"bootstrap", "8s"}, {"providers", "15s"}, {"packages", "15s"}, {"controlPlane", "20s"}, {"nodes", "20s"}, {"pivot", "15s"}}}}}};
  auto patched = co_await hub->patch(kube::res::kManagementClusterRequests, key, kube::PatchType::Merge, patch, kube::PatchOptions{});
  if (!patched) co_return fail(std::move(patched).error());
  co_return Status{};
}

struct Demo {
  Process& process;
  DemoFlags flags;
  WorldSetup setup;
  std::unique_ptr<controllers::Operator> op;
  std::unique_ptr<runtime::ClusterCache> cache;
  async::TaskGroup tasks{process.io.get_executor()};
  async::Event changed{process.io.get_executor()};
};

const Followed kRequest{kube::res::kManagementClusterRequests, "ManagementClusterRequest"};
const Followed kWorkload{kube::res::kWorkloadClusters, "WorkloadCluster"};

void show_failure(const Error& error, const WorldSetup& setup) {
  std::cout << "\n"
            << error.message() << "\n\nThis is what a user sees too:\n"
            << "  kubectl --kubeconfig " << setup.kubeconfig << " get mcr -A -o wide\n"
            << "  kubectl --kubeconfig " << setup.kubeconfig << " describe mcr -n tkg-system tkg-mgmt-vc\n";
}

async::Awaitable<Status> show_end(Demo* demo, std::vector<kube::Object> objects, async::TimePoint began) {
  std::vector<ClusterRow> rows;
  for (auto at = objects.rbegin(); at != objects.rend(); ++at) rows.push_back(cluster_row(*at));
  const double took = std::chrono::duration<double>(demo->process.clock.now() - began).count();
  std::cout << "\nBoth clusters are ready after " << static_cast<int>(took * 10) / 10.0
            << " s. As `tanzu cluster list --include-management-cluster` prints them:\n\n"
            << cluster_table(rows) << "\n";
  std::cout << "kubectl for the hub, where your resources live:\n  kubectl --kubeconfig " << demo->setup.kubeconfig << " get mcr,wlc -A -o wide\n";
  for (kube::Object& object : objects) {
    const std::string name(kube::name_of(object));
    const std::string path = demo->flags.dir + "/" + name + ".kubeconfig";
    auto saved = co_await save_kubeconfig(demo->setup.client, object, path);
    if (!saved) co_return fail(std::move(saved).error().in("the kubeconfig of " + name));
    std::cout << "kubectl for cluster " << name << ":\n  kubectl --kubeconfig " << *saved << " get "
              << (kube::kind_of(object) == "ManagementClusterRequest" ? "nodes,clusters,machines" : "nodes,deployments") << " -A\n";
  }
  std::cout.flush();
  co_return Status{};
}

async::Awaitable<Status> play(Demo* demo) {
  Process& process = demo->process;
  const auto began = process.clock.now();
  std::cout << "Slipway " << version() << ": a management cluster, from one `kubectl apply`, in a simulated world (--speed=" << demo->flags.speed << ")\n"
            << "  hub API server " << demo->setup.client->server() << "; look on with: kubectl --kubeconfig " << demo->setup.kubeconfig << " get mcr -A -w\n";
  auto applied = co_await apply_folder(demo->setup.client, demo->setup.config_dir + "/samples/demo");
  if (!applied) co_return fail(std::move(applied).error());
  if (!demo->flags.fail.empty()) {
    auto shortened = co_await shorten_deadlines(demo->setup.client, {"tkg-system", "tkg-mgmt-vc"});
    if (!shortened) co_return fail(std::move(shortened).error());
  }
  auto started = co_await demo->op->start();
  if (!started) co_return fail(std::move(started).error().in("starting the operator"));

  StepView view(std::cout, isatty(STDOUT_FILENO) == 1, terminal_width());
  demo->cache = std::make_unique<runtime::ClusterCache>(demo->setup.client, process.io.get_executor(), "demo");
  std::vector<kube::Object> objects;
  for (const Followed& followed : {kRequest, kWorkload}) {
    runtime::Store& store = demo->cache->informer(followed.gvr);
    store.subscribe([event = &demo->changed](const runtime::Change&) { event->notify_all(); });
    const auto synced = co_await demo->cache->wait_synced(process.clock.after(std::chrono::seconds(30)));
    if (!synced) co_return fail(synced.error());
    for (const runtime::ObjectPtr& object : store.list()) {
      const kube::ObjectKey key = kube::key_of(*object);
      auto followed_to_end = co_await follow(&process, &store, &demo->changed, &view, key, followed.title + " " + key.to_string());
      if (!followed_to_end) co_return fail(std::move(followed_to_end).error().in(followed.title + " " + key.to_string()));
      objects.push_back(*store.get(key));
    }
  }
  co_return co_await show_end(demo, std::move(objects), began);
}

async::Awaitable<int> demo_main(Process& process, DemoFlags flags) {
  auto setup = co_await start_world(process, flags);
  if (!setup) {
    std::cerr << "slipway demo: " << setup.error().message() << "\n";
    co_return 2;
  }
  Demo demo{process, flags, std::move(*setup), {}, {}};
  controllers::OperatorOptions options;
  options.version = version();
  demo.op = std::make_unique<controllers::Operator>(process.io.get_executor(), process.clock, demo.setup.client, options);
  demo.tasks.spawn("animation", animate(&process.clock, &demo.changed));
  auto played = co_await play(&demo);
  int code = 0;
  if (!played && !played.error().is(Disposition::Canceled)) {
    show_failure(played.error(), demo.setup);
    code = flags.fail.empty() ? 1 : 0;  // a failure that was asked for is a demo that worked
  }
  if (flags.keep && !process.stop.is_set()) {
    std::cout << "\nStaying up (--keep); Ctrl-C ends it." << std::endl;
    const auto stopped = co_await process.stop.wait(process.clock);
    static_cast<void>(stopped);
  }
  co_await demo.tasks.stop();
  co_await demo.op->stop();
  if (demo.cache) co_await demo.cache->stop();
  demo.setup.client->close();
  co_await demo.setup.world->stop();
  co_return code;
}

}  // namespace

int run_demo(const DemoFlags& flags) {
  if (auto logs = configure_logs(flags.log); !logs) {
    std::cerr << "slipway demo: " << logs.error().message() << "\n";
    return 2;
  }
  Process process;
  return process.run(demo_main(process, flags));
}

}  // namespace slipway::cmd
