// Local files that flags name: read before anything else happens.
#include <cstdlib>
#include <filesystem>

#include "cmd/slipway/components_flags.h"
#include "pkg/base/time.h"
#include "pkg/log/log.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = 1UL << 20U;
constexpr std::size_t kMaxKeyBytes = 64UL << 10U;
constexpr auto kLongest = std::chrono::hours(24);

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Result<std::string> read(std::string_view flag, const std::string& path, std::size_t limit) {
  if (path.starts_with("https://") || path.starts_with("http://"))
    return fail(Disposition::Invalid, std::string(flag) + " " + path + ": must be a file; download it first, and look at it");
  std::error_code ec;
  const fs::path real = fs::canonical(path, ec);  // files of mounted Secrets are symbolic links
  auto bytes = providers::read_file(ec ? fs::path(path) : real, limit);
  if (!bytes) return fail(std::move(bytes).error().in(flag));
  return bytes;
}

Result<std::string> read_key(std::string_view flag, const std::string& path) {
  if (path.empty()) return std::string();
  auto pem = read(flag, path, kMaxKeyBytes);
  if (!pem) return pem;
  if (Status good = providers::check_public_key(*pem); !good) return fail(std::move(good).error().in(std::string(flag) + " " + path));
  return pem;
}

Result<providers::ClientConfig> read_config(std::string path) {
  const bool is_named = !path.empty();
  std::error_code ec;
  if (!is_named)
    for (const std::string& candidate : providers::default_config_files(environment))
      if (path.empty() && fs::exists(candidate, ec)) path = candidate;
  if (path.empty()) return providers::ClientConfig::parse("", "no config file", environment);
  auto text = read("--config", path, kMaxConfigBytes);
  if (!text) return fail(std::move(text).error());
  return providers::ClientConfig::parse(*text, path, environment);
}

std::string overrides_of(const providers::ClientConfig& config) {
  if (!config.overrides_folder().empty()) return config.overrides_folder();
  std::error_code ec;
  for (const std::string& folder : providers::default_overrides_folders(environment))
    if (fs::is_directory(folder, ec)) return folder;
  return {};
}

// A cache that nobody asked for by name may be missing.
Result<std::shared_ptr<providers::ContentCache>> open_cache(const std::string& folder) {
  if (folder == "none") return nullptr;
  if (!folder.empty()) {
    auto cache = providers::ContentCache::open(folder);
    if (!cache) return fail(std::move(cache).error().in("--cache-dir"));
    return cache;
  }
  const std::string xdg = environment("XDG_CACHE_HOME").value_or("");
  const std::string home = environment("HOME").value_or("");
  if (!xdg.starts_with('/') && !home.starts_with('/')) return nullptr;
  auto cache = providers::ContentCache::open(fs::path(xdg.starts_with('/') ? xdg : home + "/.cache") / "slipway");
  if (cache) return cache;
  log::warn("no cache", {{"error", cache.error().message()}});
  return nullptr;
}

// Where `docker login` keeps what it knows; whoever has none asks registries as nobody.
std::string read_docker_config() {
  const std::string folder = environment("DOCKER_CONFIG").value_or("");
  const std::string home = environment("HOME").value_or("");
  if (folder.empty() && home.empty()) return {};
  return providers::read_file((folder.empty() ? fs::path(home) / ".docker" : fs::path(folder)) / "config.json", kMaxConfigBytes).value_or("");
}

}  // namespace

Result<std::shared_ptr<const providers::Bundle>> open_bundle_flags(const SourceFlags& flags) {
  if (flags.bundle.empty() && !flags.bundle_public_key.empty()) return fail(Disposition::Invalid, "--bundle-public-key: there is no --bundle that it is for");
  if (flags.bundle.empty()) return nullptr;
  auto key = read_key("--bundle-public-key", flags.bundle_public_key);
  if (!key) return fail(std::move(key).error());
  return providers::open_bundle(flags.bundle, *key);
}

Result<std::chrono::milliseconds> duration_flag(std::string_view flag, const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 6 && text.find_first_not_of("0123456789") == std::string::npos;
  const auto parsed = parse_duration(is_number ? text + "s" : text);
  if (parsed && *parsed > std::chrono::milliseconds(0) && *parsed <= kLongest) return *parsed;
  return fail(Disposition::Invalid, std::string(flag) + ": must be a duration of at most a day, such as 5m, 90s or 300 (seconds), not \"" + text + "\"");
}

Result<std::shared_ptr<Sources>> open_sources(const SourceFlags& flags, Process& process) {
  const auto timeout = duration_flag("--timeout", flags.timeout);
  if (!timeout) return fail(timeout.error());
  auto config = read_config(flags.config);
  if (!config) return fail(std::move(config).error());
  auto key = read_key("--public-key", flags.public_key);
  if (!key) return fail(std::move(key).error());
  auto bundle = open_bundle_flags(flags);
  if (!bundle) return fail(std::move(bundle).error());
  auto cache = *bundle ? Result<std::shared_ptr<providers::ContentCache>>(nullptr) : open_cache(flags.cache_dir);
  if (!cache) return fail(std::move(cache).error());
  auto out = std::make_shared<Sources>();
  out->options = {.executor = process.io.get_executor(),
                  .clock = &process.clock,
                  .transports = nullptr,
                  .cache = std::move(*cache),
                  .bundle = std::move(*bundle),
                  .overrides_folder = overrides_of(*config)};
  out->config = std::move(*config);
  out->public_key_pem = std::move(*key);
  out->docker_config = read_docker_config();
  out->deadline = process.clock.after(*timeout);
  return out;
}

}  // namespace slipway::cmd
