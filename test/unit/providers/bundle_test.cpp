#include "pkg/providers/sources/bundle.h"

#include <fstream>
#include <iterator>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/random.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/tar.h"
#include "test/support/loop.h"
#include "test/unit/providers/keys.h"

namespace slipway::providers {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("slipway-bundle-" + random_suffix(10));
  Folder() { fs::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] fs::path file() const { return path / "air-gap.tgz"; }
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

BundleContents contents() {
  BundleContents c;
  c.sets.push_back({.label = "infrastructure-vsphere",
                    .version = "v1.5.1",
                    .type = "InfrastructureProvider",
                    .name = "vsphere",
                    .files = {{"infrastructure-components.yaml", "kind: Namespace\n"}, {"metadata.yaml", "kind: Metadata\n"}}});
  c.sets.push_back({.label = "cert-manager", .version = "v1.16.0", .type = "", .name = "cert-manager", .files = {{"cert-manager.yaml", "kind: List\n"}}});
  c.sets.push_back({.label = "catalog", .version = "", .type = "", .name = "", .files = {{"providers.yaml", "providers: []\n"}}});
  c.images = {"registry.example/b:1", "registry.example/a:1", "registry.example/b:1"};
  return c;
}

template <class T>
std::string why(const Result<T>& result) {
  return result ? "accepted" : result.error().message();
}

const std::string kDamaged = "bundle b is damaged or was altered: ";
const std::string kFix = "; fetch it again, or make a new one with slipway bundle create";

// The bundle's files with one of them changed by `change`, packed again without a word to the index.
template <class Change>
std::string altered(Change change) {
  auto files = read_tar(gunzip(pack_bundle(contents()).value(), kMaxUnpackedBytes, "b").value(), "b").value();
  change(files);
  return gzip(write_tar(files).value()).value();
}

}  // namespace

TEST_CASE("a bundle is written and opened again with all that it holds, and its bytes depend on nothing else") {
  const Folder folder;
  REQUIRE(write_bundle(folder.file(), contents()));
  const std::string first = read(folder.file());
  BundleContents turned = contents();
  std::swap(turned.sets.front(), turned.sets.back());
  REQUIRE(write_bundle(folder.file(), turned));
  CHECK(read(folder.file()) == first);
  const auto bundle = open_bundle(folder.file());
  REQUIRE(bundle);
  const BundleContents& c = (*bundle)->contents();
  REQUIRE(c.sets.size() == 3);
  CHECK(c.sets[0].label == "catalog");
  CHECK(c.sets[2].files == contents().sets[0].files);
  CHECK(c.sets[2].type == "InfrastructureProvider");
  CHECK(c.images == std::vector<std::string>{"registry.example/a:1", "registry.example/b:1"});
  CHECK((*bundle)->digest().starts_with("sha256:"));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);  // no temporary file is left
}

TEST_CASE("a bundle's files lie in clusterctl's layout, behind the index") {
  std::vector<std::string> names;
  for (const TarFile& file : read_tar(gunzip(pack_bundle(contents()).value(), kMaxUnpackedBytes, "b").value(), "b").value()) names.push_back(file.name);
  CHECK(names == std::vector<std::string>{"slipway-bundle.json", "catalog/providers.yaml", "cert-manager/v1.16.0/cert-manager.yaml",
                                          "infrastructure-vsphere/v1.5.1/infrastructure-components.yaml", "infrastructure-vsphere/v1.5.1/metadata.yaml"});
}

TEST_CASE("a bundle serves as the repository of each of its labels") {
  test::Loop loop;
  BundleContents two = contents();
  two.sets.push_back(two.sets.front());
  two.sets.back().version = "v1.6.0";
  const auto bundle = unpack_bundle(pack_bundle(two).value(), "bundle b").value();
  const auto vsphere = bundle->repository("infrastructure-vsphere").value();
  CHECK(vsphere->components_file() == "infrastructure-components.yaml");
  CHECK(vsphere->default_version() == "latest");
  CHECK(loop.run(vsphere->versions(Deadline::never())).value() == std::vector<std::string>{"v1.5.1", "v1.6.0"});
  CHECK(loop.run(vsphere->file("v1.5.1", "metadata.yaml", Deadline::never())) == "kind: Metadata\n");
  const auto cert_manager = bundle->repository("cert-manager").value();
  CHECK(cert_manager->components_file() == "cert-manager.yaml");
  CHECK(cert_manager->default_version() == "v1.16.0");
  const auto absent = bundle->repository("infrastructure-aws");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is(Disposition::NotFound));
  CHECK(why(absent).starts_with("bundle b has no infrastructure-aws; it has cert-manager, infrastructure-vsphere"));
  const auto newer = loop.run(vsphere->file("1.6.0", "metadata.yaml", Deadline::never()));
  CHECK(why(newer) == "bundle b, infrastructure-vsphere has no version 1.6.0; it has v1.6.0, v1.5.1: write v1.6.0");
}

TEST_CASE("a bundle whose files are not what its index says is refused before any of it is used") {
  const auto open = [](const std::string& bytes) { return why(unpack_bundle(bytes, "bundle b")); };
  CHECK(open(altered([](auto&) {})) == "accepted");
  const std::string changed = open(altered([](auto& files) { files[3].content += "# one more line\n"; }));
  CHECK(changed.starts_with(kDamaged + "infrastructure-vsphere/v1.5.1/infrastructure-components.yaml has digest sha256:"));
  CHECK(changed.ends_with(kFix));
  CHECK(open(altered([](auto& files) { files.erase(files.begin() + 2); })) ==
        kDamaged + "its index names cert-manager/v1.16.0/cert-manager.yaml, which is not there" + kFix);
  CHECK(open(altered([](auto& files) { files.push_back({"extra.yaml", "x"}); })) == kDamaged + "it holds extra.yaml, which its index does not name" + kFix);
  CHECK(open(altered([](auto& files) { files[0].content = "{"; })).starts_with(kDamaged + "slipway-bundle.json: "));
  CHECK(open(altered([](auto& files) { files[0].content = "{}"; })) == kDamaged + "slipway-bundle.json has no format" + kFix);
  CHECK(open(altered([](auto& files) { files.erase(files.begin()); })) ==
        "bundle b is no bundle of Slipway: it has no slipway-bundle.json (make one with slipway bundle create)");
  CHECK(open(altered([](auto& files) { files[0].content = "{\"format\": 2}"; })) ==
        "bundle b has format 2: this Slipway reads up to format 1; use a newer one");
}

TEST_CASE("a truncated bundle, and one that is none, are refused with the reason") {
  const std::string whole = pack_bundle(contents()).value();
  CHECK(why(unpack_bundle(whole.substr(0, whole.size() / 2), "bundle b")) == "bundle b is truncated: its gzip data ends too early");
  CHECK(why(unpack_bundle("kind: Namespace", "bundle b")) == "bundle b is not gzip");
  const std::string tar = gunzip(whole, kMaxUnpackedBytes, "b").value();
  CHECK(why(unpack_bundle(gzip(tar.substr(0, 2000)).value(), "bundle b")).starts_with("bundle b is truncated: it ends "));
  for (std::size_t at = 10; at < whole.size(); at += 3) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 8);
    INFO(at);
    const auto opened = unpack_bundle(changed, "bundle b");  // the bits that fill the last byte of compressed data mean nothing
    CHECK((!opened || pack_bundle((*opened)->contents()).value() == whole));
  }
}

TEST_CASE("what cannot be a bundle is refused while it is made, and the old file stays") {
  const Folder folder;
  write(folder.file(), "the old one");
  const auto with = [](auto change) {
    BundleContents c = contents();
    change(c.sets.front());
    return c;
  };
  CHECK(why(write_bundle(folder.file(), with([](BundleSet& s) { s.label = "../x"; }))).contains("label"));
  CHECK(why(write_bundle(folder.file(), with([](BundleSet& s) { s.version = "latest"; }))) ==
        "making a bundle: infrastructure-vsphere: \"latest\" is no version as v1.2.3");
  CHECK(why(write_bundle(folder.file(), with([](BundleSet& s) { s.files.clear(); }))) == "making a bundle: infrastructure-vsphere/v1.5.1 has no files");
  CHECK_FALSE(write_bundle(folder.file(), with([](BundleSet& s) { s.files.emplace("a/b", "x"); })));
  BundleContents twice = contents();
  twice.sets.push_back(twice.sets.front());
  CHECK(why(write_bundle(folder.file(), twice)) == "making a bundle: infrastructure-vsphere/v1.5.1 is there twice");
  CHECK_FALSE(write_bundle(folder.path / "no" / "such" / "folder", contents()));
  CHECK(read(folder.file()) == "the old one");
}

TEST_CASE("with a public key, a bundle needs the signature that lies beside it") {
  const Folder folder;
  const test::TestKey key = test::TestKey::ec("P-256");
  REQUIRE(write_bundle(folder.file(), contents()));
  const std::string file = folder.file().string();
  CHECK(why(open_bundle(folder.file(), key.public_pem())) ==
        "bundle " + file + " has no signature, and a public key asks for one: it belongs into " + file + ".sig");
  write(file + ".sig", key.sign(read(folder.file())) + "\n");
  CHECK(why(open_bundle(folder.file(), key.public_pem())) == "accepted");
  CHECK(why(open_bundle(folder.file(), test::TestKey::ec("P-256").public_pem())).contains("does not match the public key"));
  write(folder.file(), altered([](auto& files) { files[0].content += " "; }));
  CHECK(why(open_bundle(folder.file())) == "accepted");
  CHECK(why(open_bundle(folder.file(), key.public_pem())).starts_with("the signature of bundle " + file + " does not match the public key"));
}

TEST_CASE("a bundle that is not there, or a folder, is refused by name, and a link to one is followed") {
  const Folder folder;
  const auto absent = open_bundle(folder.file());
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is(Disposition::NotFound));
  CHECK(why(absent) == folder.file().string() + ": No such file or directory");
  REQUIRE(write_bundle(folder.file(), contents()));
  fs::create_symlink("air-gap.tgz", folder.path / "current");
  CHECK(why(open_bundle(folder.path / "current")) == "accepted");
  CHECK(why(open_bundle(folder.path)) == folder.path.string() + ": is no regular file");
}

}  // namespace slipway::providers
