// What must not be said is not said, whatever fails: tokens, passwords and the values of Secrets, in logs, errors, metrics and Events.
#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/config.h"
#include "pkg/kubesim/server.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/runtime/cache.h"
#include "pkg/runtime/events.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kSecret = "s3cr3t-value-that-nobody-may-see";
constexpr std::string_view kEncoded = "czNjcjN0LXZhbHVlLXRoYXQtbm9ib2R5LW1heS1zZWU";  // its base64, without the end

void check_silent(const std::string& text) {
  CHECK_FALSE(text.contains(kSecret));
  CHECK_FALSE(text.contains(kEncoded));
}

kube::Object secret() {
  kube::Object o = kube::make_object("v1", "Secret", {"default", "credentials"});
  o.ref("stringData").set("password", kSecret);
  return o;
}

}  // namespace

TEST_CASE("values of Secrets show in no log, error, metric or Event, though watching and writing them fails in every way") {
  test::Loop loop;
  std::string lines;
  const log::Capture capture(lines);
  log::configure(log::Level::Debug, log::Format::Text);
  kubesim::Options open_to_all;
  open_to_all.anonymous = true;
  kubesim::ApiServer server(loop.executor(), loop.clock, open_to_all);
  const auto client = server.local_client();
  std::string errors;
  const auto note = [&](const auto& result) {
    if (!result) errors += result.error().message() + "\n";
  };
  const auto created = loop.run(client->create(kube::res::kSecrets, secret(), {}));
  REQUIRE(created);
  ClusterCache cache(client, loop.executor(), "secrets");
  EventRecorder recorder(client, loop.executor());
  Store& store = cache.informer(kube::res::kSecrets);
  loop.pass(1s);
  REQUIRE(store.size() == 1);
  for (const auto action : {kubesim::Fault::Action::Truncate, kubesim::Fault::Action::Reset, kubesim::Fault::Action::Drop, kubesim::Fault::Action::Status}) {
    kubesim::Fault fault;
    fault.resource = "secrets";
    fault.times = 3;
    fault.action = action;
    server.inject(fault);
    server.close_watches();
    note(loop.run(client->get(kube::res::kSecrets, {"default", "credentials"})));
    kube::Object changed = *created;
    changed.ref("data").set("more", kEncoded);
    note(loop.run(client->update(kube::res::kSecrets, changed, {})));
    loop.pass(1min);
  }
  server.clear_faults();
  note(loop.run(client->create(kube::res::kSecrets, secret(), {})));  // is there already
  kube::Object broken = secret();
  broken.ref("metadata").set("name", "Not A Name");
  note(loop.run(client->create(kube::res::kSecrets, broken, {})));
  kube::Object wrong = secret();
  wrong.set("data", std::string(kSecret));
  wrong.ref("metadata").set("name", "wrong");
  note(loop.run(client->create(kube::res::kSecrets, wrong, {})));
  recorder.warning(*created, "Changed", errors);
  REQUIRE(loop.run(recorder.flush(loop.clock.after(5s))));
  const auto events = loop.run(client->list(kube::res::kEvents, "default", {}));
  REQUIRE(events);
  REQUIRE(events->items.size() == 1);
  loop.run(cache.stop());
  loop.run(server.stop());
  log::configure(log::Level::Info, log::Format::Text);
  CHECK_FALSE(errors.empty());
  check_silent(lines);
  check_silent(errors);
  check_silent(json::dump(events->items.front()));
  check_silent(metrics::registry().expose());
}
