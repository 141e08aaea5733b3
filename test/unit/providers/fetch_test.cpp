#include "pkg/providers/sources/fetch.h"

#include <catch2/catch_test_macros.hpp>

#include "keys.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/memory_repository.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

std::shared_ptr<Repository> shelf(FileSet files) {
  return make_memory_repository({"https://files.test/x", "components.yaml", "latest", {{"v1.2.3", std::move(files)}}});
}

}  // namespace

namespace {

const std::string kComponents = "kind: Namespace\n";
const std::string kMetadata = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: [{major: 1, minor: 2, contract: v1beta1}]\n";

}  // namespace

TEST_CASE("what is fetched says its version, its digest and where it comes from") {
  test::Loop loop;
  const auto got =
      loop.run(fetch(shelf({{"components.yaml", kComponents}, {"metadata.yaml", kMetadata}}), "InfrastructureProvider x", {"v1.2.3", "", "", ""}, {}));
  REQUIRE(got);
  CHECK(got->version == "v1.2.3");
  CHECK(got->components == kComponents);
  CHECK(got->metadata == kMetadata);
  CHECK(got->digest == sha256_digest(kComponents));
  CHECK(got->where == "https://files.test/x");
  CHECK_FALSE(got->is_signed);
}

TEST_CASE("latest is looked for by contract, and only where somebody asks for it") {
  test::Loop loop;
  const FileSet files{{"components.yaml", kComponents}, {"metadata.yaml", kMetadata}};
  CHECK(loop.run(fetch(shelf(files), "InfrastructureProvider x", {"latest", "", "", "v1beta1"}, {}))->version == "v1.2.3");
  const auto none = loop.run(fetch(shelf(files), "cert-manager", {"", "", "", ""}, {}));
  REQUIRE_FALSE(none);
  CHECK(none.error().message() == "cert-manager: https://files.test/x does not say which version is the latest; name one");
}

TEST_CASE("a pinned digest that does not match hands out nothing") {
  test::Loop loop;
  const auto files = FileSet{{"components.yaml", kComponents}};
  CHECK(loop.run(fetch(shelf(files), "InfrastructureProvider x", {"v1.2.3", sha256_digest(kComponents), "", ""}, {})));
  const auto wrong = loop.run(fetch(shelf(files), "InfrastructureProvider x", {"v1.2.3", "sha256:" + std::string(64, '0'), "", ""}, {}));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().is(Disposition::Invalid));
  CHECK(wrong.error().message() == "InfrastructureProvider x v1.2.3: the components have digest " + sha256_digest(kComponents) +
                                       ", but the spec pins sha256:" + std::string(64, '0') + "; nothing was applied");
}

TEST_CASE("where a key is given, only what that key has signed is handed out") {
  test::Loop loop;
  const auto key = test::TestKey::ec("P-256");
  const auto other = test::TestKey::ec("P-256");
  const FileSet good{{"components.yaml", kComponents}, {"components.yaml.sig", key.sign(kComponents)}};
  const auto got = loop.run(fetch(shelf(good), "InfrastructureProvider x", {"v1.2.3", "", key.public_pem(), ""}, {}));
  REQUIRE(got);
  CHECK(got->is_signed);
  for (const FileSet& bad :
       {FileSet{{"components.yaml", kComponents}}, FileSet{{"components.yaml", kComponents}, {"components.yaml.sig", other.sign(kComponents)}},
        FileSet{{"components.yaml", kComponents + "#"}, {"components.yaml.sig", key.sign(kComponents)}}}) {
    const auto refused = loop.run(fetch(shelf(bad), "InfrastructureProvider x", {"v1.2.3", "", key.public_pem(), ""}, {}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(Disposition::Invalid));
    CHECK(refused.error().message().find("InfrastructureProvider x v1.2.3: components.yaml") != std::string::npos);
  }
}

TEST_CASE("a source names one place; a bundle takes the network's place, and nothing else's") {
  test::Loop loop;
  const SetId set = set_of({ProviderType::Infrastructure, "x"});
  SourceOptions options;
  options.executor = loop.executor();
  options.clock = &loop.clock;
  SourceSpec source;
  CHECK(open_source(source, set, options).error().message() ==
        "name exactly one place that infrastructure-x comes from: a URL, an OCI artifact, a path, or objects in the cluster");
  const auto packed = pack_bundle({{{"infrastructure-x", "v1.2.3", "InfrastructureProvider", "x", {{"infrastructure-components.yaml", kComponents}}}}, {}});
  REQUIRE(packed);
  const auto bundle = unpack_bundle(*packed, "bundle x.tgz");
  REQUIRE(bundle);
  options.bundle = *bundle;
  options.transports = [](std::string origin, const Access&) -> Result<std::shared_ptr<net::Transport>> {
    return fail(Disposition::Terminal, "the network was used: " + origin);
  };
  source.url = "https://github.com/o/r/releases/latest/infrastructure-components.yaml";
  const auto opened = open_source(source, set, options);
  REQUIRE(opened);
  const auto got = loop.run(fetch(*opened, "InfrastructureProvider x", {"v1.2.3", "", "", ""}, {}));
  REQUIRE(got);
  CHECK(got->components == kComponents);
  const auto unsigned_ = loop.run(fetch(*opened, "InfrastructureProvider x", {"v1.2.3", "", test::TestKey::ec("P-256").public_pem(), ""}, {}));
  REQUIRE_FALSE(unsigned_);
  CHECK(
      unsigned_.error().message() ==
      "InfrastructureProvider x v1.2.3: infrastructure-components.yaml has no signature, and a public key asks for one: bundle x.tgz, infrastructure-x has no "
      "file infrastructure-components.yaml.sig in version v1.2.3; it has infrastructure-components.yaml");
  CHECK(open_source(source, set_of({ProviderType::Infrastructure, "y"}), options).error().is(Disposition::NotFound));
}
