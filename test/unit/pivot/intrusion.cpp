// What happens to a move from outside: changes by others, faults of servers.
#include <catch2/catch_test_macros.hpp>

#include "test/unit/pivot/two_sides.h"

namespace slipway::test {
namespace {

using ClientPtr = std::shared_ptr<kube::Client>;
using kube::GroupVersionResource;
using kube::ObjectKey;

struct Intrusion {
  std::weak_ptr<Budget> budget;  // which owns this
  std::string write;
  Change change;
  bool done = false;
};

async::Awaitable<void> intrude(std::shared_ptr<Intrusion> intrusion) {
  const auto budget = intrusion->budget.lock();
  if (intrusion->done || !budget || !budget->by_verb.contains(intrusion->write)) co_return;
  intrusion->done = true;
  co_await intrusion->change();
}

async::Awaitable<void> patch_it(ClientPtr client, GroupVersionResource gvr, ObjectKey key, json::Value body) {
  auto patched = co_await client->patch(gvr, key, kube::PatchType::Merge, std::move(body), {});
  CHECK(patched.has_value());
}

async::Awaitable<void> create_it(ClientPtr client, GroupVersionResource gvr, Object object) {
  auto created = co_await client->create(gvr, std::move(object), {});
  CHECK(created.has_value());
}

async::Awaitable<void> remove_it(ClientPtr client, GroupVersionResource gvr, ObjectKey key) {
  auto removed = co_await client->remove(gvr, key, {});
  CHECK(removed.has_value());
}

async::Awaitable<void> move_it(ClientPtr source, ClientPtr target, pivot::Options options) {
  auto done = co_await pivot::run(std::move(source), std::move(target), std::move(options));
  CHECK(done.has_value());
}

}  // namespace

std::string error_of(const Result<pivot::Progress>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().message();
}

std::size_t writes_on(const TwoSides& sides, std::string_view side) {
  std::size_t n = 0;
  for (const auto& [what, count] : sides.budget->by_verb)
    if (what.starts_with(side)) n += count;
  return n;
}

void after_first(TwoSides& sides, std::string write, Change change) {
  const auto intrusion = std::make_shared<Intrusion>(sides.budget, std::move(write), std::move(change));
  sides.budget->after_each = [intrusion] { return intrude(intrusion); };
}

Change patching(ClientPtr client, GroupVersionResource gvr, ObjectKey key, json::Value merge_patch) {
  return [=] { return patch_it(client, gvr, key, merge_patch); };
}
Change creating(ClientPtr client, GroupVersionResource gvr, Object object) {
  return [=] { return create_it(client, gvr, object); };
}
Change removing(ClientPtr client, GroupVersionResource gvr, ObjectKey key) {
  return [=] { return remove_it(client, gvr, key); };
}
Change moving(ClientPtr source, ClientPtr target, pivot::Options options) {
  return [=] { return move_it(source, target, options); };
}

kubesim::Fault answering(const std::string& verb, const std::string& resource, int status, const std::string& reason, std::uint64_t nth, std::uint64_t times) {
  kubesim::Fault fault;
  fault.verb = verb;
  fault.resource = resource;
  fault.nth = nth;
  fault.times = times;
  fault.status = status;
  fault.reason = reason;
  return fault;
}

kubesim::Fault breaking(const std::string& verb, const std::string& resource, FaultAction action, std::uint64_t nth) {
  kubesim::Fault fault;
  fault.verb = verb;
  fault.resource = resource;
  fault.nth = nth;
  fault.action = action;
  return fault;
}

}  // namespace slipway::test
