// pivot_mover run|rollback SOURCE-KUBECONFIG TARGET-KUBECONFIG ID [--kill-after-writes N] [--kill-at PHASE]
// One run of a move in a process of its own, which ends itself by SIGKILL where it is told to: once its N-th write is answered (and before anybody hears of the
// answer), or as soon as a phase is in the journal. Prints "<phase> after N writes", or "failed after N writes: ..." and exits with 1.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>

#include "pkg/base/strings.h"
#include "pkg/kube/config.h"
#include "pkg/pivot/pivot.h"
#include "test/support/loop.h"

namespace slipway {
namespace {

using kube::GroupVersionResource;
using kube::Object;
using kube::ObjectKey;
template <class T>
using Task = async::Awaitable<T>;

struct Fuse {
  std::optional<std::size_t> limit;
  std::size_t sent = 0, answered = 0;

  void check(std::size_t n) const {
    if (limit && n >= *limit) std::raise(SIGKILL);
  }
  void light(bool dry_run) {
    if (dry_run) return;
    if (limit == 0U) std::raise(SIGKILL);
    ++sent;
  }
  void answer(bool dry_run) {
    if (!dry_run) check(++answered);
  }
};

class FusedClient final : public kube::Client {
 public:
  FusedClient(std::shared_ptr<kube::Client> inner, std::shared_ptr<Fuse> fuse) : inner_(std::move(inner)), fuse_(std::move(fuse)) {}
  Task<Result<Object>> get(GroupVersionResource gvr, ObjectKey key) override { return inner_->get(std::move(gvr), std::move(key)); }
  Task<Result<kube::ListResult>> list(GroupVersionResource gvr, std::string ns, kube::ListOptions options) override {
    return inner_->list(std::move(gvr), std::move(ns), std::move(options));
  }
  Task<Result<kube::ListResult>> list_each(GroupVersionResource gvr, std::string ns, kube::ListOptions options, kube::ListItem each) override {
    return inner_->list_each(std::move(gvr), std::move(ns), std::move(options), std::move(each));
  }
  Task<Result<std::unique_ptr<kube::WatchStream>>> watch(GroupVersionResource gvr, std::string ns, kube::WatchOptions options) override {
    return inner_->watch(std::move(gvr), std::move(ns), std::move(options));
  }
  Task<Result<Object>> create(GroupVersionResource gvr, Object object, kube::WriteOptions options) override {
    return fused(inner_->create(std::move(gvr), std::move(object), options), fuse_, options.dry_run);
  }
  Task<Result<Object>> update(GroupVersionResource gvr, Object object, kube::WriteOptions options) override {
    return fused(inner_->update(std::move(gvr), std::move(object), options), fuse_, options.dry_run);
  }
  Task<Result<Object>> patch(GroupVersionResource gvr, ObjectKey key, kube::PatchType type, json::Value body, kube::PatchOptions options) override {
    return fused(inner_->patch(std::move(gvr), std::move(key), type, std::move(body), options), fuse_, options.dry_run);
  }
  Task<Result<Object>> remove(GroupVersionResource gvr, ObjectKey key, kube::DeleteOptions options) override {
    if (options.uid.empty()) std::abort();  // deletes name what they mean
    return fused(inner_->remove(std::move(gvr), std::move(key), options), fuse_, options.dry_run);
  }
  Task<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    return inner_->raw(std::move(method), std::move(path), std::move(body));
  }
  [[nodiscard]] const std::string& server() const noexcept override { return inner_->server(); }
  [[nodiscard]] async::Clock& clock() noexcept override { return inner_->clock(); }
  void close() override { inner_->close(); }

 private:
  static Task<Result<Object>> fused(Task<Result<Object>> call, std::shared_ptr<Fuse> fuse, bool dry_run) {
    fuse->light(dry_run);
    Result<Object> answer = co_await std::move(call);
    fuse->answer(dry_run);
    co_return answer;
  }
  std::shared_ptr<kube::Client> inner_;
  std::shared_ptr<Fuse> fuse_;
};

struct Order {
  bool undo = false;
  std::string source, target;
  pivot::Options options;
  std::optional<pivot::Phase> kill_at;
  std::shared_ptr<Fuse> fuse = std::make_shared<Fuse>();
};

bool read_flag(Order& order, std::string_view flag, std::string_view value) {
  if (flag == "--kill-after-writes") order.fuse->limit = std::strtoul(std::string(value).c_str(), nullptr, 10);
  if (flag == "--kill-at") order.kill_at = pivot::phase_from(value);
  return order.fuse->limit || order.kill_at;
}

std::optional<Order> read_order(std::span<char*> args) {
  if (args.size() < 5) return std::nullopt;
  Order order;
  order.undo = std::string_view(args[1]) == "rollback";
  order.source = args[2];
  order.target = args[3];
  order.options.id = args[4];
  order.options.journal_namespace = "slipway-system";
  for (std::size_t i = 5; i + 1 < args.size(); i += 2)
    if (!read_flag(order, args[i], args[i + 1])) return std::nullopt;
  order.options.on_progress = [kill_at = order.kill_at](const pivot::Progress& progress) {
    if (progress.phase == kill_at) std::raise(SIGKILL);
  };
  return order;
}

Result<std::shared_ptr<kube::Client>> connect(test::Loop& loop, async::Clock& clock, const std::string& kubeconfig) {
  auto config = kube::load_config(kubeconfig);
  if (!config) return fail(std::move(config).error());
  return kube::connect(loop.executor(), clock, *config);
}

int obey(Order order) {
  test::Loop loop;
  async::RealClock clock;
  auto source = connect(loop, clock, order.source), target = connect(loop, clock, order.target);
  if (!source || !target) {
    std::cout << "failed: no connection\n";
    return 1;
  }
  const auto from = std::make_shared<FusedClient>(*source, order.fuse), to = std::make_shared<FusedClient>(*target, order.fuse);
  const auto progress = loop.run_real((order.undo ? pivot::rollback : pivot::run)(from, to, order.options), std::chrono::minutes(15));
  if (progress)
    std::cout << to_string(progress->phase) << " after " << order.fuse->sent << " writes\n";
  else
    std::cout << "failed after " << order.fuse->sent << " writes: " << progress.error().message() << "\n";
  from->close();
  to->close();
  return progress ? 0 : 1;
}

}  // namespace
}  // namespace slipway

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  auto order = slipway::read_order({argv, static_cast<std::size_t>(argc)});
  if (!order) {
    std::cerr << "usage: pivot_mover run|rollback SOURCE-KUBECONFIG TARGET-KUBECONFIG ID [--kill-after-writes N] [--kill-at PHASE]\n";
    return 2;
  }
  return slipway::obey(std::move(*order));
}
