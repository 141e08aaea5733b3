#include "pkg/log/log.h"

#include <atomic>
#include <chrono>
#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"

namespace slipway::log {
namespace {

std::atomic<Level> minimum{Level::Info};
std::atomic<Format> format{Format::Text};
std::mutex capture_mutex;
std::string* capture_sink = nullptr;

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("slipway", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%v");
    made.set_level(spdlog::level::trace);
    made.flush_on(spdlog::level::trace);
    return made;
  }();
  return instance;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::Debug: return "debug";
    case Level::Info: return "info";
    case Level::Warn: return "warn";
    case Level::Error: return "error";
  }
  return "info";
}

std::string timestamp() { return to_rfc3339_micro(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())); }

std::string as_json(Level level, std::string_view event, Fields fields) {
  json::Object line{{"ts", timestamp()}, {"level", name(level)}, {"msg", event}};
  for (const auto& [key, value] : fields) line.append(std::string(key), value);
  return json::dump(json::Value(std::move(line)));
}

// One line whatever the values hold: control characters would let an object's name forge log lines.
std::string as_text(Level level, std::string_view event, Fields fields) {
  std::string line = timestamp();
  line.append(" ").append(name(level)).append(level == Level::Info || level == Level::Warn ? "  " : " ").append(event);
  for (const auto& [key, value] : fields) {
    line.append(" ").append(key).append("=");
    const std::string_view text = value.as_string();
    const bool bare = value.is_string() && !text.empty() && text.find_first_of(" \"=\n\r\t\\") == std::string_view::npos && text.front() > ' ';
    line += bare ? std::string(text) : json::dump(value);
  }
  return line;
}

}  // namespace

void configure(Level level, Format chosen) {
  minimum = level;
  format = chosen;
}

bool enabled(Level level) noexcept { return level >= minimum.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const std::string line = format == Format::Json ? as_json(level, event, fields) : as_text(level, event, fields);
  {
    const std::scoped_lock lock(capture_mutex);
    if (capture_sink != nullptr) {
      capture_sink->append(line).append("\n");
      return;
    }
  }
  logger().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

Capture::Capture(std::string& sink) {
  const std::scoped_lock lock(capture_mutex);
  capture_sink = &sink;
}

Capture::~Capture() {
  const std::scoped_lock lock(capture_mutex);
  capture_sink = nullptr;
}

}  // namespace slipway::log
