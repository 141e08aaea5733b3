// Command lines of the benchmark's programs: `--key value` and `--key=value`, nothing else. An unknown or broken flag ends the program with a sentence: a
// benchmark that ran with other options than asked for is worse than none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace slipway::bench {

class Flags {
 public:
  Flags(int argc, char** argv);
  [[nodiscard]] std::string text(const std::string& key, std::string fallback = {});
  [[nodiscard]] std::int64_t number(const std::string& key, std::int64_t fallback);  // 0 or more
  [[nodiscard]] std::string required(const std::string& key);
  void end() const;  // refuses what nobody asked for

 private:
  std::map<std::string, std::string> given_;
};

[[noreturn]] void die(std::string_view why);  // to stderr, exit code 2

}  // namespace slipway::bench
