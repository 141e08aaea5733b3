#include "pkg/providers/sources/gzip.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace slipway::providers {
namespace {

constexpr std::size_t kPlenty = 64UL << 20U;

std::string why(const Result<std::string>& result) { return result ? "accepted" : result.error().message(); }
std::string large() {
  std::string out;
  for (int i = 0; i < 200'000; ++i) out += std::to_string(i * 7919 % 100'003) + "\n";
  return out;
}

}  // namespace

TEST_CASE("what gzip packs gunzip gives back, and equal bytes pack equally") {
  for (const std::string& text : {std::string(), std::string("a: b\n"), large()}) {
    const auto packed = gzip(text);
    REQUIRE(packed);
    CHECK(gunzip(*packed, kPlenty, "x") == text);
    CHECK(gzip(text).value() == *packed);
  }
}

TEST_CASE("a gzip file of several members is read to its end") {
  const std::string two = gzip("first ").value() + gzip("second").value();
  CHECK(gunzip(two, kPlenty, "x") == "first second");
}

TEST_CASE("a zip bomb stops at the limit, whatever it would become") {
  const std::string bomb = gzip(std::string(64UL << 20U, '\0')).value();
  CHECK(bomb.size() < 100'000);
  CHECK(why(gunzip(bomb, 32UL << 20U, "ConfigMap a/b: key components.yaml.gz")) == "ConfigMap a/b: key components.yaml.gz is larger than 32 MiB when unpacked");
  const std::string many = gzip("12345").value() + gzip("12345").value() + gzip("12345").value();
  CHECK(why(gunzip(many, 14, "x")) == "x is larger than 14 bytes when unpacked");
  CHECK(why(gunzip(many, 15, "x")) == "accepted");
}

TEST_CASE("a gzip file cut anywhere is refused") {
  const std::string packed = gzip("a text that is not very long, but long enough").value();
  for (std::size_t size = 2; size < packed.size(); ++size) {
    INFO(size);
    CHECK(why(gunzip(std::string_view(packed).substr(0, size), kPlenty, "components.yaml.gz")) ==
          "components.yaml.gz is truncated: its gzip data ends too early");
  }
}

TEST_CASE("a gzip file that changed anywhere within its data or checksum is refused") {
  const std::string packed = gzip(large().substr(0, 2'000)).value();
  for (std::size_t at = 10; at < packed.size(); ++at) {
    INFO(at);
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    const auto text = gunzip(changed, kPlenty, "x");  // the bits that fill the last byte of compressed data mean nothing
    CHECK((!text || *text == large().substr(0, 2'000)));
  }
}

TEST_CASE("what is no gzip is told apart: plain text, zstd, and something after the end") {
  CHECK(why(gunzip("kind: Namespace", kPlenty, "x")) == "x is not gzip");
  CHECK(why(gunzip("", kPlenty, "x")) == "x is not gzip");
  CHECK(why(gunzip("\x28\xb5\x2f\xfd\x04", kPlenty, "layer sha256:1")) == "layer sha256:1 is compressed with zstd: only gzip is read");
  CHECK(why(gunzip(gzip("a").value() + "tail", kPlenty, "x")) == "x goes on after the end of its gzip data");
}

}  // namespace slipway::providers
