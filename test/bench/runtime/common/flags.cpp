#include "test/bench/runtime/common/flags.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace slipway::bench {

void die(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(2);
}

Flags::Flags(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    if (!arg.starts_with("--")) die("not a flag: " + std::string(arg));
    arg.remove_prefix(2);
    const std::size_t equals = arg.find('=');
    if (equals != std::string_view::npos) {
      given_[std::string(arg.substr(0, equals))] = arg.substr(equals + 1);
    } else if (i + 1 < argc) {
      given_[std::string(arg)] = argv[++i];
    } else {
      die("--" + std::string(arg) + " wants a value");
    }
  }
}

std::string Flags::text(const std::string& key, std::string fallback) {
  const auto node = given_.extract(key);
  return node.empty() ? std::move(fallback) : std::move(node.mapped());
}

std::int64_t Flags::number(const std::string& key, std::int64_t fallback) {
  const auto node = given_.extract(key);
  if (node.empty()) return fallback;
  const std::string& value = node.mapped();
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (ec != std::errc() || end != value.data() + value.size() || n < 0) die("--" + key + " wants a number, not " + value);
  return n;
}

std::string Flags::required(const std::string& key) {
  std::string value = text(key);
  if (value.empty()) die("--" + key + " is missing");
  return value;
}

void Flags::end() const {
  if (!given_.empty()) die("unknown flag --" + given_.begin()->first);
}

}  // namespace slipway::bench
