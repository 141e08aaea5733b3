// kube::Client against a server: what its calls become, and what answers become to callers.
#include "test/contract/server.h"

using namespace slipway;
using namespace std::chrono_literals;

namespace {

struct Called : contract::Server {
  static constexpr std::string_view kData = R"({"k":"v"})";
  [[nodiscard]] kube::Object map(const std::string& name, std::string_view data = kData) const {
    kube::Object object = kube::make_object("v1", "ConfigMap", {ns, name});
    object.set("data", parse(std::string(data)));
    return object;
  }
  Result<kube::Object> create(const kube::Object& object) { return loop.run_real(client->create(maps, object, {})); }
  Result<kube::Object> patched(kube::PatchType type, std::string_view body, kube::PatchOptions options = {}) {
    return loop.run_real(client->patch(maps, {ns, "a"}, type, parse(std::string(body)), std::move(options)));
  }
  const kube::GroupVersionResource maps = kube::res::kConfigMaps;
};

}  // namespace

TEST_CASE_METHOD(Called, "a client creates, gets, updates and removes, and says what was in the way") {
  const auto created = create(map("a"));
  REQUIRE(created);
  const auto twice = create(map("a"));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().is(Disposition::AlreadyExists));
  CHECK(twice.error().status()->message == "configmaps \"a\" already exists");
  CHECK(loop.run_real(client->get(maps, {ns, "a"})).value() == *created);
  const auto missing = loop.run_real(client->get(maps, {ns, "b"}));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().is(Disposition::NotFound));
  kube::Object next = *created;
  next.ref("data").set("k", "w");
  REQUIRE(loop.run_real(client->update(maps, next, {})));
  const auto stale = loop.run_real(client->update(maps, next, {}));
  REQUIRE_FALSE(stale);
  CHECK(stale.error().is(Disposition::Conflict));
  kube::DeleteOptions options;
  options.uid = "00000000-0000-0000-0000-000000000000";
  const auto stranger = loop.run_real(client->remove(maps, {ns, "a"}, options));
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().is(Disposition::Conflict));
  options.uid = kube::uid_of(*created);
  CHECK(loop.run_real(client->remove(maps, {ns, "a"}, options)));
}

TEST_CASE_METHOD(Called, "a client's patches of all types arrive as what they are") {
  REQUIRE(create(map("a")));
  CHECK((*patched(kube::PatchType::Merge, R"({"data":{"m":"1"}})"))["data"]["m"].as_string() == "1");
  CHECK((*patched(kube::PatchType::Json, R"([{"op":"add","path":"/data/j","value":"2"}])"))["data"]["j"].as_string() == "2");
  CHECK((*patched(kube::PatchType::Strategic, R"({"data":{"s":"3"}})"))["data"]["s"].as_string() == "3");
  kube::PatchOptions polite;
  polite.force = false;
  const std::string config = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"x"}})";
  polite.field_manager = "applier";
  const auto refused = patched(kube::PatchType::Apply, config, polite);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Conflict));
  REQUIRE(refused.error().status()->causes.size() == 1);
  CHECK(refused.error().status()->causes.front().reason == "FieldManagerConflict");
  CHECK(refused.error().status()->causes.front().field == ".data.k");
  kube::WriteOptions options;
  options.field_manager = "applier";
  const auto applied = loop.run_real(kube::apply(client, maps, map("a", R"({"k":"x"})"), options));
  REQUIRE(applied);
  CHECK((*applied)["data"]["k"].as_string() == "x");
  CHECK((*applied)["data"]["m"].as_string() == "1");
}

TEST_CASE_METHOD(Called, "what is invalid comes with its causes") {
  serve_widgets(R"({"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}}})");
  const kube::GroupVersionResource gvr{group, "v1", "widgets", true};
  kube::Object widget = kube::make_object(group + "/v1", "Widget", {ns, "a"});
  widget.set("spec", parse(R"({"n":0})"));
  const auto refused = loop.run_real(client->create(gvr, widget, {}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Invalid));
  REQUIRE(refused.error().status()->causes.size() == 1);
  CHECK(refused.error().status()->causes.front().field == "spec.n");
  CHECK(refused.error().status()->code == 422);
}

TEST_CASE_METHOD(Called, "a list of all pages has every item, with its kind") {
  for (int i = 0; i < 7; ++i)
    REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s)" + std::to_string(i) + "\"}}").status == 201);
  kube::ListOptions options;
  options.limit = 3;
  const auto page = loop.run_real(client->list(kube::res::kSecrets, ns, options));
  REQUIRE(page);
  CHECK(page->items.size() == 3);
  CHECK_FALSE(page->continue_token.empty());
  const auto all = loop.run_real(kube::list_all(client, kube::res::kSecrets, ns, {}));
  REQUIRE(all);
  CHECK(all->items.size() == 7);
  CHECK(kube::kind_of(all->items.at(0)) == "Secret");
  options = {};
  options.resource_version = "999999999";
  const auto future = loop.run_real(client->list(kube::res::kSecrets, ns, options), 60s);
  REQUIRE_FALSE(future);
  CHECK(kube::is_resource_version_too_large(future.error()));
}

TEST_CASE_METHOD(Called, "a client's watch with initial events tells where they end") {
  REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})").status == 201);
  kube::WatchOptions options;
  options.send_initial_events = true;
  auto stream = loop.run_real(client->watch(kube::res::kSecrets, ns, options));
  REQUIRE(stream);
  const auto next = [&] { return loop.run_real((*stream)->next(clock.after(20s)), 30s).value().value(); };
  const auto added = next();
  CHECK(added.type == kube::EventType::Added);
  CHECK(kube::name_of(added.object) == "a");
  const auto mark = next();
  CHECK(mark.type == kube::EventType::Bookmark);
  CHECK(kube::annotation(mark.object, "k8s.io/initial-events-end") == "true");
}
