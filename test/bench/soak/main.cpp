// soak: see README.md beside this file.
#include <csignal>
#include <fstream>
#include <iostream>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kube/config.h"
#include "pkg/kubesim/server.h"
#include "pkg/log/log.h"
#include "test/bench/soak/fault_proxy.h"
#include "test/bench/soak/worker.h"

namespace slipway::soak {
namespace {

using async::Awaitable;
using namespace std::chrono_literals;

struct Flags {
  double minutes = 10;
  std::uint64_t seed = random_seed();
  std::size_t objects = 300;
  int writes_per_second = 50;
  std::string kubeconfig;
};

struct Site {
  std::string host;
  std::uint16_t port = 0;
};
// "https://host:port" -> host, port.
Result<Site> site_of(const std::string& url) {
  const auto start = url.find("://");
  const auto colon = url.rfind(':');
  if (start == std::string::npos || colon <= start) return fail(Disposition::Invalid, "the server's address \"" + url + "\" has no port");
  return Site{url.substr(start + 3, colon - start - 3), static_cast<std::uint16_t>(std::stoul(url.substr(colon + 1)))};
}

double rss_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  return 0;
}

// Least squares, in MiB an hour, of the last two thirds.
double slope(const std::vector<std::pair<double, double>>& samples) {
  const std::size_t from = samples.size() / 3;
  const auto n = static_cast<double>(samples.size() - from);
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = from; i < samples.size(); ++i) {
    x += samples[i].first;
    y += samples[i].second;
    xx += samples[i].first * samples[i].first;
    xy += samples[i].first * samples[i].second;
  }
  const double spread = n * xx - x * x;
  return spread == 0 ? 0 : (n * xy - x * y) / spread * 60;
}

class Soak {
 public:
  Soak(async::Executor executor, Flags flags) : executor_(executor), flags_(std::move(flags)), random_(flags_.seed), tasks_(executor) {}

  Awaitable<int> run() {
    Status ready = co_await prepare();
    if (!ready) {
      std::cerr << "soak: " << ready.error().message() << "\n";
      co_return 2;
    }
    worker_->start(tasks_);
    tasks_.spawn("churn", churn(this));
    const auto begun = clock_.now();
    bool well = true;
    while (well && clock_.now() - begun < std::chrono::duration<double>(flags_.minutes * 60)) {
      faulty(true);
      co_await clock_.sleep_until(
          clock_.now() + std::min<async::Duration>(50s, std::chrono::duration_cast<async::Duration>(std::chrono::duration<double>(flags_.minutes * 60))));
      faulty(false);
      std::string difference = co_await quiet();
      const double minute = std::chrono::duration<double>(clock_.now() - begun).count() / 60;
      samples_.emplace_back(minute, rss_mib());
      std::cout << "minute " << static_cast<int>(minute * 10) / 10.0 << ": " << worker_->size() << " objects, " << writes_ << " writes, "
                << worker_->reconciles() << " reconciles, " << proxy_->faults() << " faults, RSS " << static_cast<int>(samples_.back().second * 10) / 10.0
                << " MiB: " << (difference.empty() ? "cache equals LIST" : difference) << std::endl;
      well = difference.empty();
    }
    co_await finish();
    constexpr std::size_t kEnough = 6;  // samples for a slope
    if (samples_.size() >= kEnough)
      std::cout << "RSS slope " << static_cast<int>(slope(samples_) * 100) / 100.0 << " MiB/h over the last two thirds"
                << (simulated_ ? ", with the simulated server in the same process" : "") << "\n";
    std::cout << "SOAK " << (well ? "ok" : "FAILED") << " seed " << flags_.seed << std::endl;
    co_return well ? 0 : 1;
  }

 private:
  Awaitable<Status> prepare() {
    kube::ClusterConfig config;
    if (flags_.kubeconfig.empty()) {
      simulated_ = std::make_unique<kubesim::ApiServer>(executor_, clock_);
      auto port = simulated_->listen();
      if (!port) co_return fail(port.error());
      config = simulated_->admin_config();
    } else {
      auto loaded = kube::load_config(flags_.kubeconfig);
      if (!loaded) co_return fail(loaded.error());
      config = std::move(*loaded);
    }
    auto direct = kube::connect(executor_, clock_, config);
    auto site = site_of(config.server);
    if (!direct) co_return fail(direct.error());
    if (!site) co_return fail(site.error());
    direct_ = std::move(*direct);
    auto proxy = FaultProxy::listen(executor_, clock_, site->host, site->port, flags_.seed);
    if (!proxy) co_return fail(proxy.error());
    proxy_ = std::move(*proxy);
    config.server = "https://127.0.0.1:" + std::to_string(proxy_->port());
    if (config.tls_server_name.empty()) config.tls_server_name = site->host;
    auto faulty_client = kube::connect(executor_, clock_, config);
    if (!faulty_client) co_return fail(faulty_client.error());
    through_proxy_ = std::move(*faulty_client);
    ns_ = "soak-" + random_suffix(5);
    auto made = co_await direct_->create(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", ns_}), {});
    if (!made) co_return fail(made.error());
    worker_ = std::make_unique<Worker>(through_proxy_, executor_, clock_, ns_);
    co_return Status();
  }

  void faulty(bool on) {
    busy_ = on;
    proxy_->set_faulty(on);
    if (!on) proxy_->cut_all();  // silent connections would take minutes to be noticed
  }

  static Awaitable<void> churn(Soak* s) {
    co_await async::no_throw_on_cancel();
    kube::WriteOptions churner;
    churner.field_manager = "churn";
    const auto pause = std::chrono::microseconds(1'000'000 / s->flags_.writes_per_second);
    for (;;) {
      co_await s->clock_.sleep_until(s->clock_.now() + pause);
      const bool stop = co_await async::is_cancelled();
      if (stop) co_return;
      if (!s->busy_) continue;
      const kube::ObjectKey key{s->ns_, "o" + std::to_string(s->random_() % s->flags_.objects)};
      if (s->random_() % 5 == 0) {
        Result<kube::Object> removed = co_await s->direct_->remove(kube::res::kConfigMaps, key, {});
        s->writes_ += removed ? 1 : 0;
        continue;
      }
      kube::Object object = kube::make_object("v1", "ConfigMap", key);
      object.ref({"metadata", "labels", "soak"}) = s->random_() % 20 == 0 ? "no" : "yes";  // some leave the selection
      object.ref("data").set("value", std::to_string(s->random_() % 1000));
      object.ref("data").set("padding", std::string(s->random_() % 4096, 'x'));
      Result<kube::Object> applied = co_await kube::apply(s->direct_, kube::res::kConfigMaps, std::move(object), churner);
      s->writes_ += applied ? 1 : 0;
    }
  }

  // Half a minute for everything to arrive; what differs then.
  Awaitable<std::string> quiet() {
    kube::ListOptions selected;
    selected.label_selector = kSelected;
    std::string difference;
    const auto until = clock_.now() + 30s;
    while (clock_.now() < until) {
      co_await clock_.sleep_until(clock_.now() + 1s);
      Result<kube::ListResult> listed = co_await kube::list_all(direct_, kube::res::kConfigMaps, ns_, selected);
      difference = listed ? worker_->difference(listed->items) : listed.error().message();
      if (difference.empty()) co_return difference;
    }
    co_return difference;
  }

  Awaitable<void> finish() {
    co_await tasks_.stop();
    co_await worker_->stop();
    Result<kube::Object> removed = co_await direct_->remove(kube::res::kNamespaces, {"", ns_}, {});
    if (!removed) std::cerr << "soak: namespace " << ns_ << " stays: " << removed.error().message() << "\n";
    through_proxy_->close();
    direct_->close();
    co_await proxy_->stop();
    if (simulated_) co_await simulated_->stop();
  }

  async::Executor executor_;
  Flags flags_;
  async::RealClock clock_;
  std::mt19937_64 random_;
  async::TaskGroup tasks_;
  std::unique_ptr<kubesim::ApiServer> simulated_;
  std::shared_ptr<kube::Client> direct_;
  std::shared_ptr<kube::Client> through_proxy_;
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<Worker> worker_;
  std::string ns_;
  bool busy_ = false;
  std::uint64_t writes_ = 0;
  std::vector<std::pair<double, double>> samples_;
};

}  // namespace
}  // namespace slipway::soak

int main(int argc, char** argv) {
  using namespace slipway;
  std::signal(SIGPIPE, SIG_IGN);
  soak::Flags flags;
  if (const char* path = std::getenv("SLIPWAY_REAL_KUBECONFIG"); path != nullptr) flags.kubeconfig = path;
  CLI::App app("Churn against an API server through a faulty network; see README.md.");
  app.add_option("--minutes", flags.minutes, "how long")->capture_default_str();
  app.add_option("--seed", flags.seed, "of churn and faults")->envname("SLIPWAY_SEED");
  app.add_option("--objects", flags.objects, "how many at most")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--writes", flags.writes_per_second, "writes a second")->capture_default_str()->check(CLI::Range(1, 10000));
  app.add_option("--kubeconfig", flags.kubeconfig, "of a real server; also $SLIPWAY_REAL_KUBECONFIG; none: a simulated one");
  CLI11_PARSE(app, argc, argv);
  log::configure(log::Level::Error, log::Format::Text);
  std::cout << "seed " << flags.seed << ", server " << (flags.kubeconfig.empty() ? "simulated" : "of " + flags.kubeconfig) << std::endl;
  boost::asio::io_context io{1};
  int code = 1;
  soak::Soak soak(io.get_executor(), flags);
  boost::asio::co_spawn(io, soak.run(), [&](std::exception_ptr failure, int value) {
    code = failure ? 1 : value;
    if (failure) std::cerr << "soak: ended by an exception\n";
  });
  io.run();
  return code;
}
