#include <cstdint>
#include <fstream>
#include <iterator>

#include "cmd/slipway/commands.h"
#include "pkg/kube/version.h"
#include "pkg/log/log.h"
#include "pkg/yaml/yaml.h"

namespace slipway::cmd {

static_assert(kVersion == SLIPWAY_VERSION, "pkg/kube/version.h and CMakeLists.txt name different versions");
std::string_view version() noexcept { return kVersion; }

Result<std::vector<std::string>> flags_of_config_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Disposition::Invalid, "--config " + path + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto parsed = yaml::parse(text, path, {.max_bytes = 1UL << 20U});
  if (!parsed) return fail(std::move(parsed).error().in("--config"));
  if (!parsed->is_object() && !parsed->is_null())
    return fail(Disposition::Invalid, "--config " + path + ": must be a mapping of flag names to values, such as \"log-format: json\"");
  std::vector<std::string> flags;
  for (const json::Member& member : parsed->object()) {
    if (member.key == "config") return fail(Disposition::Invalid, "--config " + path + ": \"config\" cannot stand in a config file");
    if (member.value.is_array() || member.value.is_object())
      return fail(Disposition::Invalid, "--config " + path + ": " + member.key + " must be a single value");
    if (member.value.is_bool()) {
      flags.push_back("--" + member.key + (member.value.as_bool() ? "=true" : "=false"));
    } else {
      flags.push_back("--" + member.key + "=" + (member.value.is_string() ? member.value.str() : json::dump(member.value)));
    }
  }
  return flags;
}

Status configure_logs(const LogFlags& flags) {
  log::Level level{};
  if (flags.level == "debug") {
    level = log::Level::Debug;
  } else if (flags.level == "info") {
    level = log::Level::Info;
  } else if (flags.level == "warn") {
    level = log::Level::Warn;
  } else if (flags.level == "error") {
    level = log::Level::Error;
  } else {
    return fail(Disposition::Invalid, "--log-level must be debug, info, warn or error, not \"" + flags.level + "\"");
  }
  if (flags.format != "text" && flags.format != "json") return fail(Disposition::Invalid, "--log-format must be text or json, not \"" + flags.format + "\"");
  log::configure(level, flags.format == "json" ? log::Format::Json : log::Format::Text);
  return {};
}

}  // namespace slipway::cmd
