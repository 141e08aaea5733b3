#include "pkg/providers/sources/tar.h"

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace slipway::providers {
namespace {

std::string why(const Result<std::vector<TarFile>>& result) { return result ? "accepted" : result.error().message(); }
std::string block_of(std::string content) {
  content.resize((content.size() + 511) / 512 * 512, '\0');
  return content;
}
// One entry as any program may write it, good or bad.
std::string entry(const std::string& name, char type, const std::string& content, std::string size = {}) {
  std::string h(512, '\0');
  const auto put = [&h](std::size_t at, const std::string& text) { h.replace(at, text.size(), text); };
  std::array<char, 16> number{};
  put(0, name.substr(0, 100));
  std::snprintf(number.data(), number.size(), "%011zo", content.size());
  put(124, size.empty() ? std::string(number.data()) : size);
  h[156] = type;
  put(257, std::string("ustar\0"
                       "00",
                       8));
  unsigned sum = 8 * ' ';
  for (const char c : h) sum += static_cast<unsigned char>(c);
  std::snprintf(number.data(), number.size(), "%06o", sum);
  put(148, std::string(number.data()) + std::string("\0 ", 2));
  return h + block_of(content);
}
const std::string kEnd(1024, '\0');

// Every block as if it were a header: what looks at names must stand without the help of checksums.
void mend_checksums(std::string& tar) {
  for (std::size_t at = 0; at + 512 <= tar.size(); at += 512) {
    if (tar.compare(at + 257, 5, "ustar") != 0) continue;
    tar.replace(at + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char c : tar.substr(at, 512)) sum += static_cast<unsigned char>(c);
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "%06o", sum);
    tar.replace(at + 148, 8, std::string(number.data()) + std::string("\0 ", 2));
  }
}

std::string pax(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t size = rest + 1;
  while (rest + std::to_string(size).size() != size) ++size;
  return entry("pax", 'x', std::to_string(size) + " " + key + "=" + value + "\n");
}

}  // namespace

TEST_CASE("what is written is read back, and equal files give equal bytes") {
  const std::string deep = std::string(60, 'a') + "/" + std::string(60, 'b') + "/components.yaml";
  const std::vector<TarFile> files{
      {"metadata.yaml", "m"}, {"infrastructure-vsphere/v1.5.1/infrastructure-components.yaml", std::string(1024, 'x')}, {deep, ""}};
  const auto tar = write_tar(files);
  REQUIRE(tar);
  CHECK(tar->size() % 512 == 0);
  CHECK(read_tar(*tar, "t") == files);
  CHECK(write_tar(files).value() == *tar);
}

TEST_CASE("long names are read in the ways of pax and of GNU, and pax sizes override the header's") {
  const std::string name = "folder/" + std::string(150, 'n') + ".yaml";
  CHECK(read_tar(pax("path", name) + entry("short", '0', "c") + kEnd, "t") == std::vector<TarFile>{{name, "c"}});
  CHECK(read_tar(entry("././@LongLink", 'L', name + '\0') + entry("short", '0', "c") + kEnd, "t") == std::vector<TarFile>{{name, "c"}});
  CHECK(read_tar(pax("size", "3") + entry("a", '0', "abc", "00000000000") + kEnd, "t") == std::vector<TarFile>{{"a", "abc"}});
  CHECK(read_tar(pax("path", name) + entry("a", '0', "1") + entry("b", '0', "2") + kEnd, "t") == std::vector<TarFile>{{name, "1"}, {"b", "2"}});
}

TEST_CASE("folders are skipped and a leading ./ is dropped, as tar -c . writes them") {
  const std::string tar = entry("./", '5', "") + entry("./v1.0.0/", '5', "") + entry("./v1.0.0/metadata.yaml", '0', "m") + entry("old", '\0', "o") + kEnd;
  CHECK(read_tar(tar, "t") == std::vector<TarFile>{{"v1.0.0/metadata.yaml", "m"}, {"old", "o"}});
}

TEST_CASE("names that leave the folder are refused, however they are written") {
  const std::string tail = ": names must be relative paths without \"..\"";
  for (const std::string name : {"../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "..", "a\\b", "a\nb", "\xff"}) {
    INFO(name);
    CHECK(why(read_tar(entry(name, '0', "x") + kEnd, "the bundle")).ends_with(tail));
    CHECK(why(read_tar(pax("path", name) + entry("fine", '0', "x") + kEnd, "the bundle")).ends_with(tail));
    CHECK(why(read_tar(entry("l", 'L', name + '\0') + entry("fine", '0', "x") + kEnd, "the bundle")).ends_with(tail));
    CHECK_FALSE(write_tar(std::vector<TarFile>{{name, ""}}));
  }
  CHECK(why(read_tar(entry("../x", '0', "x") + kEnd, "the bundle")) ==
        "the bundle holds a file with the name \"../x\": names must be relative paths without \"..\"");
  CHECK(why(read_tar(entry("../d/", '5', "") + kEnd, "the bundle")).starts_with("the bundle holds a folder with the name \"../d\""));
}

TEST_CASE("links, devices and sparse files are refused by name") {
  for (const char type : {'1', '2', '3', '4', '6', 'S'}) {
    INFO(type);
    CHECK(why(read_tar(entry("metadata.yaml", type, "") + kEnd, "t")) ==
          std::string("t holds \"metadata.yaml\", which is no regular file (type '") + type + "')");
  }
  CHECK(why(read_tar(pax("GNU.sparse.major", "1") + entry("a", '0', "x") + kEnd, "t")) == "t has an extended header that is broken, or of a sparse file");
}

TEST_CASE("the same name twice is refused, also where one has a leading ./") {
  CHECK(why(read_tar(entry("a", '0', "1") + entry("./a", '0', "2") + kEnd, "t")) == "t holds \"a\" twice");
}

TEST_CASE("a tar cut anywhere before its end is refused") {
  const std::string tar = entry("a", '0', "content") + entry("b", '0', std::string(600, 'b')) + kEnd;
  for (std::size_t size = 0; size < tar.size() - 512; size += 64) {
    INFO(size);
    CHECK(why(read_tar(std::string_view(tar).substr(0, size), "components.tar")).starts_with("components.tar is truncated"));
  }
  CHECK(why(read_tar(std::string_view(tar).substr(0, 700), "components.tar")) == "components.tar is truncated: it ends within \"a\"");
}

TEST_CASE("sizes and numbers of files are limited, before anything is copied") {
  const TarLimits small{.max_file = 10, .max_files = 2};
  CHECK(why(read_tar(entry("a", '0', std::string(11, 'x')) + kEnd, "t", small)) == "t holds \"a\" of 11 bytes: at most 10 are accepted");
  CHECK(why(read_tar(entry("a", '0', "") + entry("b", '0', "") + entry("c", '0', "") + kEnd, "t", small)) == "t holds over 2 files");
  CHECK(why(read_tar(entry("a", '0', "", "77777777777") + kEnd, "t")).contains("of 8589934591 bytes: at most 33554432 are accepted"));
  CHECK(why(read_tar(entry("a", '0', "", std::string("\x80\0\0\0\0\0\0\xff\0\0\0\0", 12)) + kEnd, "t")) ==
        "t holds \"a\", whose size is no number, or over 8 GiB");
  CHECK(why(read_tar(entry("x", 'x', "", "00010000000") + kEnd, "t")) == "t has an extended header over 1 MiB");
  std::string endless;
  for (int i = 0; i < 6; ++i) endless += pax("comment", "x");
  CHECK(why(read_tar(endless + kEnd, "t", small)) == "t has too many extended headers");
}

TEST_CASE("damage is refused: a header's checksum, a pax record's length, something after the end") {
  std::string damaged = entry("a", '0', "x") + kEnd;
  damaged[5] = 'q';
  CHECK(why(read_tar(damaged, "t")) == "t is damaged, or no tar: the checksum of a header does not fit");
  CHECK(why(read_tar(std::string(2048, 'x'), "t")) == "t is damaged, or no tar: the checksum of a header does not fit");
  for (const std::string record : {"5 a=b\n", "99 a=b\n", "6 a=b", "x a=b\n", "4 ab\n", " a=b\n", "9 size=x\n", "0 a=b\n"}) {
    INFO(record);
    CHECK(why(read_tar(entry("x", 'x', record) + entry("a", '0', "") + kEnd, "t")) == "t has an extended header that is broken, or of a sparse file");
  }
  CHECK(why(read_tar(entry("a", '0', "x") + kEnd + "tail", "t")) == "t goes on after the end of the archive");
}

TEST_CASE("whatever happens to the bytes of a tar, no name is given out that leaves the folder") {
  const std::string whole = pax("path", "a/b") + entry("x", '0', "1") + entry("l", 'L', std::string("c/d\0", 4)) + entry("y", '0', "2") + kEnd;
  std::mt19937 chance(1);
  std::size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = whole;
    for (int n = 0; n < 3; ++n) changed[chance() % changed.size()] = "./\0 9\xff"[chance() % 6];
    if (round % 2 == 0) mend_checksums(changed);
    const auto files = read_tar(changed, "t");
    if (!files) continue;
    ++read;
    for (const TarFile& file : *files) CHECK(is_plain_path(file.name));
  }
  CHECK(read > 100);  // enough get past the checksums to mean something
}

}  // namespace slipway::providers
