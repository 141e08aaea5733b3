#include "pkg/providers/sources/oci_repository.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "pkg/providers/sources/tar.h"
#include "test/unit/providers/oci_world.h"

namespace slipway::providers {
namespace {

using test::OciWorld;
using test::why;

std::string archive(const std::vector<TarFile>& files) { return gzip(write_tar(files).value()).value(); }

}  // namespace

TEST_CASE("an artifact of files, as oras push makes it, serves each by its title") {
  OciWorld w;
  w.push();
  const auto r = w.open();
  CHECK(w.get(r, "v1.0.0", "components.yaml") == "kind: Namespace\n");
  CHECK(w.get(r, "v1.0.0", "metadata.yaml") == "kind: Metadata\n");
  CHECK(w.get(r, "v1.0.0", "infrastructure-components.yaml") == "kind: Namespace\n");
  CHECK(r->where() == "oci://registry.example/capi/vsphere");
  CHECK(r->default_version() == "latest");
  CHECK(std::ranges::count(w.registry.log, "GET registry.example/v2/capi/vsphere/manifests/v1.0.0") == 1);
}

TEST_CASE("components are found under the names that the Cluster API operator publishes") {
  const auto served = [](const test::TestRegistry::Files& files, const std::string& name) {
    OciWorld w;
    w.registry.push("v1.0.0", files);
    return w.get(test::kVsphere, name);
  };
  CHECK(served({{"infrastructure-vsphere-v1.0.0-components.yaml", "long"}, {"components.yaml", "short"}}, "infrastructure-components.yaml") == "long");
  CHECK(served({{"infrastructure-components.yaml", "typed"}, {"components.yaml", "short"}}, "infrastructure-components.yaml") == "typed");
  CHECK(served({{"core-components.yaml", "only"}}, "components.yaml") == "only");
  CHECK(served({{"infrastructure-vsphere-v1.0.0-metadata.yaml", "m"}}, "metadata.yaml") == "m");
  CHECK(served({{"manifests/metadata.yaml", "m"}}, "metadata.yaml") == "m");
  CHECK(why(served({{"core-components.yaml", "x"}}, "infrastructure-components.yaml")) ==
        "oci://registry.example/capi/vsphere:v1.0.0 has no file infrastructure-components.yaml; it has core-components.yaml");
}

TEST_CASE("an artifact of one archive serves the files in it") {
  OciWorld w;
  w.registry.push_archive("v1.0.0", archive({{"infrastructure-vsphere/v1.0.0/components.yaml", "c"}, {"infrastructure-vsphere/v1.0.0/metadata.yaml", "m"}}));
  const auto r = w.open();
  CHECK(w.get(r, "v1.0.0", "components.yaml") == "c");
  CHECK(w.get(r, "v1.0.0", "metadata.yaml") == "m");
  CHECK(w.registry.log.size() == 2);  // the archive is fetched once
  OciWorld folder;                    // oras push of a folder
  const std::string packed = archive({{"vsphere/components.yaml", "c"}});
  folder.registry.put_manifest(
      "v1.0.0", test::TestRegistry::image({folder.registry.layer(packed, "application/vnd.oci.image.layer.v1.tar+gzip",
                                                                 {{"org.opencontainers.image.title", "vsphere"}, {"io.deis.oras.content.unpack", "true"}})}));
  CHECK(folder.get() == "c");
}

TEST_CASE("every tag that is a version is on offer, page by page, and nothing else") {
  OciWorld w;
  for (const std::string tag : {"v1.0.0", "latest", "v1.1.0-rc.1", "sha-1234", "v1.2.0_vmware.1"}) w.registry.push(tag, {{"components.yaml", tag}});
  w.registry.page_size = 2;
  const auto r = w.open();
  CHECK(w.loop.run(r->versions(Deadline::never())).value() == std::vector<std::string>{"v1.0.0", "v1.1.0-rc.1", "v1.2.0+vmware.1"});
  CHECK(w.registry.log.size() == 3);
  CHECK(w.get(r, "v1.2.0+vmware.1", "components.yaml") == "v1.2.0_vmware.1");
}

TEST_CASE("a reference with a tag offers that version only, one with a digest serves the version that the spec names") {
  OciWorld w;
  const std::string digest = w.push();
  w.registry.push("v2.0.0", {{"components.yaml", "other"}});
  const auto tagged = w.open("oci://registry.example/capi/vsphere:v1.0.0");
  CHECK(tagged->default_version() == "v1.0.0");
  CHECK(w.loop.run(tagged->versions(Deadline::never())).value() == std::vector<std::string>{"v1.0.0"});
  CHECK(w.get(tagged, "v1.0.0", "components.yaml") == "kind: Namespace\n");
  const auto other = w.get(tagged, "v2.0.0", "components.yaml");
  CHECK(other.error().is(Disposition::NotFound));
  CHECK(why(other) == "oci://registry.example/capi/vsphere:v1.0.0 is version v1.0.0, not v2.0.0: give the reference another tag, or none");
  const auto pinned = w.open(std::string(test::kVsphere) + "@" + digest);
  CHECK(pinned->default_version().empty());
  CHECK(w.loop.run(pinned->versions(Deadline::never())).value().empty());
  CHECK(w.get(pinned, "v7.0.0", "components.yaml") == "kind: Namespace\n");
}

TEST_CASE("components and metadata come from one manifest, also where the tag moves between the two") {
  OciWorld w;
  w.push();
  const auto r = w.open();
  CHECK(w.get(r, "v1.0.0", "components.yaml") == "kind: Namespace\n");
  w.registry.push("v1.0.0", {{"components.yaml", "other"}, {"metadata.yaml", "other"}});
  CHECK(w.get(r, "v1.0.0", "metadata.yaml") == "kind: Metadata\n");
}

TEST_CASE("an index that points to one manifest without a platform serves it; any other is refused") {
  OciWorld w;
  const std::string inner = w.push();
  const auto index = [&](json::Array manifests) {
    w.registry.put_manifest("v1.0.0",
                            json::Object{{"schemaVersion", 2}, {"mediaType", "application/vnd.oci.image.index.v1+json"}, {"manifests", std::move(manifests)}});
    return w.get();
  };
  const json::Value plain = json::Object{{"digest", inner}, {"size", 1}};
  const json::Value amd64 = json::Object{{"digest", inner}, {"size", 1}, {"platform", json::Object{{"architecture", "amd64"}}}};
  CHECK(index({plain, amd64}) == "kind: Namespace\n");
  CHECK(why(index({amd64, amd64})) ==
        "oci://registry.example/capi/vsphere:v1.0.0 is an index of 2 manifests, as container images for several platforms have: "
        "provider components are one artifact, as `oras push` makes it");
  CHECK(why(index({plain, plain})).contains("is an index of 2 manifests"));
  CHECK(why(index({})).contains("is an index of 0 manifests"));
}

TEST_CASE("a tag that is not there is named, with what the registry says") {
  OciWorld w;
  const auto absent = w.get();
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is(Disposition::NotFound));
  CHECK(why(absent) ==
        "oci://registry.example/capi/vsphere:v1.0.0 is not there: GET https://registry.example/v2/capi/vsphere/manifests/v1.0.0: 404 Not Found "
        "(MANIFEST_UNKNOWN says the registry)");
  CHECK(why(w.get(w.open(), "latest", "components.yaml")) ==
        "oci://registry.example/capi/vsphere: \"latest\" is no version as v1.2.3, and the reference has no tag");
}

TEST_CASE("bytes that do not match their digest are refused: a blob, a manifest asked for by digest, one whose digest the registry tells") {
  OciWorld w;
  const std::string digest = w.push();
  const std::string blob = sha256_digest("kind: Namespace\n");
  w.registry.blobs[blob] = "kind: Other\n";
  CHECK(why(w.get()) == "oci://registry.example/capi/vsphere:v1.0.0, file components.yaml has digest " + sha256_digest("kind: Other\n") + ", but " + blob +
                            " was asked for: it was changed or damaged on the way, or the digest belongs to another version");
  w.registry.manifests[digest] += " ";
  CHECK(why(w.get(std::string(test::kVsphere) + "@" + digest)).starts_with("oci://registry.example/capi/vsphere@" + digest + " has digest sha256:"));
  w.registry.fault = [&](const std::string&, const net::Request&) {
    net::Response response(200, "application/json", w.registry.manifests["v1.0.0"]);
    response.headers.set("Docker-Content-Digest", "sha256:" + std::string(64, '0'));
    return std::optional(std::move(response));
  };
  CHECK(why(w.get()) == "oci://registry.example/capi/vsphere:v1.0.0 was damaged on the way: its digest is not the one that the registry tells");
}

TEST_CASE("artifacts that are none are refused, each with its reason") {
  const std::string what = "oci://registry.example/capi/vsphere:v1.0.0";
  const auto refused = [](const json::Value& manifest) {
    OciWorld w;
    w.registry.put_manifest("v1.0.0", manifest);
    return why(w.get());
  };
  test::TestRegistry maker;
  const auto titled = [&](const std::string& title) { return maker.layer("x", "text/yaml", {{"org.opencontainers.image.title", title}}); };
  const auto tar = maker.layer("x", "application/vnd.oci.image.layer.v1.tar+gzip");
  const auto image = [](json::Array layers) { return test::TestRegistry::image(std::move(layers)); };
  CHECK(refused(image({})) == what +
                                  " has no files: layers need the annotation org.opencontainers.image.title (oras push sets it), or one layer must be a "
                                  "gzip'd tar");
  CHECK(refused(image({tar, tar})) == what + " has 2 archives as layers, as a container image: one is read");
  CHECK(refused(image({maker.layer("x", "application/vnd.oci.image.layer.v1.tar+zstd")})) ==
        what + " has a layer that is compressed with zstd: only gzip is read");
  CHECK(refused(image({titled("a/metadata.yaml"), titled("b/metadata.yaml")})) == what + " has metadata.yaml twice");
  CHECK(refused(image({titled("../components.yaml")})) == what + " has a file with the title \"components.yaml\", which is no relative path");
  CHECK(refused(image({json::Object{{"mediaType", "x"}, {"digest", "sha512:ab"}, {"size", 1}}})) ==
        what + " has a layer with digest \"sha512:ab\": only sha256 digests are read");
  CHECK(refused(image({json::Object{{"mediaType", "x"}, {"digest", "sha256:" + std::string(64, 'a')}}})) == what + " has a layer without a size");
  CHECK(refused(json::Object{{"schemaVersion", 1}}) == what + " is no manifest of OCI or of Docker's second schema");
  CHECK(refused(json::Object{{"schemaVersion", 2}, {"layers", json::Array{}}, {"manifests", json::Array{}}}) == what + " is a manifest and an index at once");
}

TEST_CASE("an archive that is hostile or damaged is refused: a zip bomb, a name that leaves the folder, one that is cut") {
  const std::string what = "oci://registry.example/capi/vsphere:v1.0.0, the archive";
  const auto refused = [](const std::string& bytes) {
    OciWorld w;
    w.registry.push_archive("v1.0.0", bytes);
    return why(w.get());
  };
  const std::string good = archive({{"components.yaml", "kind: Namespace\n"}});
  CHECK(refused(gzip(std::string((256UL << 20U) + 1, '\0')).value()) == what + " is larger than 256 MiB when unpacked");
  CHECK(refused(good.substr(0, good.size() / 2)) == what + " is truncated: its gzip data ends too early");
  CHECK(refused(gzip(gunzip(good, kMaxFileBytes, "x").value().substr(0, 600)).value()) == what + " is truncated: it ends within \"components.yaml\"");
  CHECK(refused(archive({{"a/components.yaml", "1"}, {"b/components.yaml", "2"}})) ==
        what + " has components.yaml in two folders: make an artifact of each version");
  CHECK(refused("kind: Namespace\n").starts_with(what + " is truncated"));
}

TEST_CASE("a blob that says it is too large is not asked for, and one that lies about it is cut off") {
  OciWorld w;
  json::Value layer = w.registry.layer("x", "text/yaml", {{"org.opencontainers.image.title", "components.yaml"}});
  layer.set("size", kMaxFileBytes + 1);
  w.registry.put_manifest("v1.0.0", test::TestRegistry::image({layer}));
  CHECK(why(w.get()) == "oci://registry.example/capi/vsphere:v1.0.0, file components.yaml has 33554433 bytes: at most 33554432 are accepted");
  CHECK(w.registry.log.size() == 1);
  OciWorld liar;
  liar.push();
  liar.registry.blobs[sha256_digest("kind: Namespace\n")] = std::string(kMaxFileBytes + 1, 'x');
  CHECK(why(liar.get()).contains("larger than 33554432 bytes"));
}

}  // namespace slipway::providers
