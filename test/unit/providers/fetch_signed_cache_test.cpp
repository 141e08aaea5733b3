#include <filesystem>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "pkg/providers/sources/fetch.h"
#include "test/unit/providers/keys.h"
#include "test/unit/providers/oci_world.h"

using namespace slipway;
using namespace slipway::providers;

TEST_CASE("an artifact that was cached before anybody asked for signatures is not handed out as a signed one") {
  test::OciWorld world;
  world.push();
  const auto folder = std::filesystem::temp_directory_path() / ("slipway-signed-cache-" + std::to_string(::getpid()));
  SourceOptions options{.executor = world.loop.executor(),
                        .clock = &world.loop.clock,
                        .transports = world.registry.options(world.loop, world.access).transports,
                        .cache = ContentCache::open(folder).value(),
                        .bundle = nullptr,
                        .overrides_folder = {}};
  const auto get = [&](const std::string& key) {
    SourceSpec source;
    source.oci = test::kVsphere;
    source.public_key_pem = key;
    auto repository = open_source(source, {"infrastructure-vsphere", "components.yaml"}, options);
    REQUIRE(repository);
    return world.get(*repository, "v1.0.0", "components.yaml");
  };
  CHECK(get(""));
  const auto refused = get(test::TestKey::ec("P-256").public_pem());
  std::filesystem::remove_all(folder);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().contains("is not signed, and a public key asks for it"));
}
