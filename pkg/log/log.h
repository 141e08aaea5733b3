// Structured logs: an event and its fields, as one JSON object or one text line, to stderr. An event, not a story; keys from one list (docs/logging.md). Values
// of Secrets never come here; others are cut at 8 KiB and made UTF-8. A full disk, or a pipe that nobody reads, costs lines and never time: what could not be
// written is counted (lost_lines) and named in the log when it goes on. Thread: any.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// What every line says besides its own fields while a Scope with it is in force, such as the reconcile that it belongs to.
using Context = std::shared_ptr<const std::vector<std::pair<std::string, json::Value>>>;

// On this thread, until it ends; then what was in force before. A coroutine that suspends leaves its scope to whoever runs next: for those there is
// runtime/log_executor.h.
class Scope {
 public:
  explicit Scope(Context context) noexcept;
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Context before_;
};

// Lines that could not be written since the process began, for slipway_log_lines_lost_total.
[[nodiscard]] std::uint64_t lost_lines();

// For tests: lines go to this descriptor until the guard dies. The caller keeps it open.
class Redirect {
 public:
  explicit Redirect(int fd);
  ~Redirect();
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;
};

// For tests and the demo: lines go to the sink instead of stderr until the returned guard dies.
class Capture {
 public:
  explicit Capture(std::string& sink);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

}  // namespace slipway::log
