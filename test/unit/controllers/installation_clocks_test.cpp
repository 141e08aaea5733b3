#include "controllers/managementcluster/installation_clocks.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::controllers::managementcluster;
using namespace std::chrono_literals;

namespace {

const async::TimePoint kStart{1h};
const Patience kProvider{5min, "--wait-provider-timeout"};
const Patience kCertManager{10min, "cert-manager's timeout"};

}  // namespace

TEST_CASE("a part's clock starts when it is waited for, whatever others have taken") {
  InstallationClocks clocks;
  clocks.see(kStart, {{"cert-manager", "its Pod is pending", kCertManager}});
  CHECK(clocks.due().at == kStart + 10min);
  clocks.see(kStart + 9min, {{"core", "core's Pod is pending", kProvider}});
  CHECK(clocks.due().at == kStart + 14min);
  CHECK_FALSE(clocks.over(kStart + 13min));
  CHECK(clocks.over(kStart + 14min) == "--wait-provider-timeout of 5m is over: core's Pod is pending");
}

TEST_CASE("clocks run side by side, and the one that is over is named with the last reason") {
  InstallationClocks clocks;
  clocks.see(kStart, {{"core", "no Pod", kProvider}});
  clocks.see(kStart + 2min, {{"core", "core's image cannot be pulled", kProvider}, {"vsphere", "vsphere has no Pod", kProvider}});
  CHECK(clocks.due().at == kStart + 5min);
  CHECK(clocks.over(kStart + 5min) == "--wait-provider-timeout of 5m is over: core's image cannot be pulled");
  CHECK(clocks.over(kStart + 7min) == "--wait-provider-timeout of 5m is over: core's image cannot be pulled; vsphere has no Pod");
}

TEST_CASE("what is not waited for any more has no clock, and a new one when it is waited for again") {
  InstallationClocks clocks;
  clocks.see(kStart, {{"core", "no Pod", kProvider}});
  clocks.see(kStart + 4min, {});
  CHECK(clocks.due().is_never());
  CHECK_FALSE(clocks.over(kStart + 1h));
  clocks.see(kStart + 4min, {{"core", "no Pod", kProvider}});
  CHECK(clocks.due().at == kStart + 9min);
}
