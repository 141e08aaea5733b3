#include "pkg/kubesim/housekeeper.h"

#include <boost/asio/post.hpp>

#include "pkg/kubesim/definitions.h"
#include "pkg/kubesim/namespaces.h"

namespace slipway::kubesim {
namespace {

const GroupResource kNamespaces{"", "namespaces"};
const GroupResource kDefinitions{"apiextensions.k8s.io", "customresourcedefinitions"};

}  // namespace

Housekeeper::Housekeeper(async::Executor executor, Backend& backend, WatchHub& watches)
    : backend_(backend), watches_(watches), collector_(backend), tasks_(std::move(executor)) {}

async::Awaitable<void> Housekeeper::stop() { return tasks_.stop(); }

void Housekeeper::changed(const GroupResource& gr, const Change& change) {
  for (auto& ref : collector_.observe(gr, change)) note(Note::Kind::Object, std::move(ref));
  if (gr == kNamespaces) note(Note::Kind::Namespace, {gr, change.key});
  if (gr == kDefinitions) note(Note::Kind::Definition, {gr, change.key});
  if (change.type != ChangeType::Deleted) return;
  if (!change.key.ns.empty()) note(Note::Kind::Namespace, {kNamespaces, {"", change.key.ns}});
  if (!gr.group.empty()) note(Note::Kind::Definition, {kDefinitions, {"", gr.resource + "." + gr.group}});
}

void Housekeeper::note(Note::Kind kind, ObjectRef ref) {
  Note n{kind, std::move(ref)};
  if (tasks_.cancelled() || !queued_.insert(n).second) return;
  queue_.push_back(std::move(n));
  if (std::exchange(working_, true)) return;
  tasks_.spawn("housekeeping", work(this));
}

void Housekeeper::perform(const Note& n) {
  switch (n.kind) {
    case Note::Kind::Object:
      for (auto& ref : collector_.collect(n.ref)) note(Note::Kind::Object, std::move(ref));
      break;
    case Note::Kind::Namespace: tend_namespace(backend_, n.ref.key.name); break;
    case Note::Kind::Definition: tend_definition(backend_, watches_, n.ref.key.name); break;
  }
}

async::Awaitable<void> Housekeeper::work(Housekeeper* self) {
  co_await async::no_throw_on_cancel();
  const auto executor = co_await async::asio::this_coro::executor;
  for (;;) {
    co_await async::asio::post(executor, async::asio::use_awaitable);  // writes come first, their consequences after the answer
    const bool stop = co_await async::is_cancelled();
    if (stop || self->queue_.empty()) break;
    const Note n = std::move(self->queue_.front());
    self->queue_.pop_front();
    self->queued_.erase(n);
    self->perform(n);
  }
  self->working_ = false;
}

}  // namespace slipway::kubesim
