// Structured logs: an event and its fields, as one JSON object or one text line, to stderr. An event, not a story; keys from one list (docs/logging.md). Values
// of Secrets never come here. Thread: any.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "pkg/json/value.h"

namespace slipway::log {

enum class Level : std::uint8_t { Debug, Info, Warn, Error };
enum class Format : std::uint8_t { Text, Json };
using Field = std::pair<std::string_view, json::Value>;
using Fields = std::initializer_list<Field>;

void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level) noexcept;
void write(Level level, std::string_view event, Fields fields);

// log::info("object created", {{"kind", "Machine"}, {"name", name}});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::Debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::Info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::Warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::Error, event, fields); }

// For tests and the demo: lines go to the sink instead of stderr until the returned guard dies.
class Capture {
 public:
  explicit Capture(std::string& sink);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

}  // namespace slipway::log
