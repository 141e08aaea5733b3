#include "pkg/providers/resolve_version.h"

#include <map>

#include <catch2/catch_test_macros.hpp>

#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::providers;

namespace {

// What it lists, and the metadata.yaml of the versions that have one.
class MemoryRepository final : public Repository {
 public:
  std::vector<std::string> tags;
  std::map<std::string, std::string> metadata;
  std::map<std::string, Disposition> broken;  // versions whose file cannot be fetched
  std::string default_is = "latest";
  std::vector<std::string> asked;

  [[nodiscard]] const std::string& where() const noexcept override { return where_; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return file_; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return default_is; }
  Awaitable<Result<std::vector<std::string>>> versions(Deadline) override { co_return tags; }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline) override {
    asked.push_back(version);
    if (const auto b = broken.find(version); b != broken.end()) co_return fail(b->second, version + ": cannot be fetched");
    const auto found = metadata.find(version);
    if (name != kMetadataFile || found == metadata.end()) co_return fail(Disposition::NotFound, version + "/" + name + ": 404");
    co_return found->second;
  }

 private:
  std::string where_ = "memory://aws";
  std::string file_ = "infrastructure-components.yaml";
};

std::string series(std::string_view list) { return "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: " + std::string(list); }

const std::string kBeta1 = series("[{major: 1, minor: 1, contract: v1beta1}, {major: 1, minor: 2, contract: v1beta1}]");
const std::string kBoth = series("[{major: 1, minor: 1, contract: v1beta1}, {major: 1, minor: 2, contract: v1beta1}, {major: 2, minor: 0, contract: v1beta2}]");

std::string latest(const std::shared_ptr<MemoryRepository>& repository, std::string contract = "v1beta2") {
  test::Loop loop;
  const auto version = loop.run(resolve_latest(repository, Deadline::never(), std::move(contract)));
  return version ? *version : "!" + version.error().message();
}

std::shared_ptr<MemoryRepository> repository_of(std::vector<std::string> tags, const std::string& metadata) {
  auto repository = std::make_shared<MemoryRepository>();
  for (const std::string& tag : tags) repository->metadata[tag] = metadata;
  repository->tags = std::move(tags);
  return repository;
}

}  // namespace

TEST_CASE("latest is the newest final release, and pre-releases count only where there is no other") {
  CHECK(latest(repository_of({"v1.2.0", "v1.2.10", "v1.3.0-rc.1", "v1.2.9", "nightly", "v1.1.99"}, kBeta1)) == "v1.2.10");
  CHECK(latest(repository_of({"v1.2.0-alpha.1", "v1.2.0-rc.0", "v1.2.0-beta.9"}, kBeta1)) == "v1.2.0-rc.0");
}

TEST_CASE("a tag without metadata is passed over, five times at most") {
  auto repository = repository_of({"v1.2.1", "v1.2.2", "v1.2.3", "v1.2.4", "v1.2.5", "v1.2.6"}, kBeta1);
  repository->metadata.erase("v1.2.6");
  repository->metadata.erase("v1.2.5");
  CHECK(latest(repository) == "v1.2.4");
  CHECK(repository->asked == std::vector<std::string>{"v1.2.6", "v1.2.5", "v1.2.4"});
  repository->metadata = {{"v1.2.1", kBeta1}};
  repository->asked.clear();
  CHECK(latest(repository) ==
        "!memory://aws: no release has a metadata.yaml; tried v1.2.6, v1.2.5, v1.2.4, v1.2.3, v1.2.2; name a version, or fix the location");
  CHECK(repository->asked.size() == 5);
}

TEST_CASE("a metadata file that cannot be fetched ends the search with its error") {
  auto repository = repository_of({"v1.2.1", "v1.2.2"}, kBeta1);
  repository->broken["v1.2.2"] = Disposition::Transient;
  CHECK(latest(repository) == "!v1.2.2: cannot be fetched");
}

TEST_CASE("a repository without versions says so") {
  CHECK(latest(repository_of({}, kBeta1)) == "!memory://aws: has no release with a semantic version; name a version, or fix the location");
  CHECK(latest(repository_of({"nightly"}, kBeta1)) == "!memory://aws: has no release with a semantic version; name a version, or fix the location");
}

TEST_CASE("a provider that has moved to a newer contract is found in the newest series of the contract that is wanted") {
  auto repository = repository_of({"v2.0.3", "v1.1.9", "v1.2.4", "v1.2.5"}, kBoth);
  CHECK(latest(repository, "v1beta1") == "v1.2.5");
  CHECK(latest(repository, "v1beta2") == "v2.0.3");
  repository->metadata.erase("v1.2.5");
  CHECK(latest(repository, "v1beta1") == "v1.2.4");
  repository->metadata.erase("v1.2.4");
  CHECK(latest(repository, "v1beta1").contains("looking for a release of contract v1beta1: memory://aws: no release 1.2.x has a metadata.yaml"));
}

TEST_CASE("a pre-release of the contract's newest series is taken where that series has no final release") {
  const std::string ahead = series("[{major: 1, minor: 2, contract: v1beta1}, {major: 2, minor: 1, contract: v1beta2}]");
  CHECK(latest(repository_of({"v1.2.5", "v2.1.0-beta.0", "v2.1.0-beta.1"}, ahead), "v1beta2") == "v2.1.0-beta.1");
}

TEST_CASE("without a series of the contract, or with metadata that cannot be read, the newest release stays") {
  CHECK(latest(repository_of({"v1.1.0", "v1.2.0"}, kBeta1), "v1beta2") == "v1.2.0");
  CHECK(latest(repository_of({"v1.1.0", "v1.2.0"}, "<html>"), "v1beta1") == "v1.2.0");
}

TEST_CASE("the tag is answered as the repository has it") { CHECK(latest(repository_of({"1.1.0", "1.2.0+k"}, kBeta1)) == "1.2.0+k"); }

TEST_CASE("a version that is named must be semantic, and none means the location's own") {
  auto repository = repository_of({"v1.1.0", "v1.2.0"}, kBeta1);
  test::Loop loop;
  const auto resolved = [&](std::string requested) {
    const auto version = loop.run(resolve_version(repository, Deadline::never(), "v1beta2", std::move(requested)));
    return version ? *version : "!" + version.error().message();
  };
  CHECK(resolved("v1.1.0") == "v1.1.0");
  CHECK(resolved("v9.9.9") == "v9.9.9");
  CHECK(resolved("") == "v1.2.0");
  CHECK(resolved("main").starts_with("!version \"main\" is no semantic version"));
  repository->default_is = "v1.1.0";
  CHECK(resolved("") == "v1.1.0");
  CHECK(resolved("latest") == "v1.2.0");
  repository->default_is = "";
  CHECK(resolved("") == "v1.2.0");
}
