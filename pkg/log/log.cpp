#include "pkg/log/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <unistd.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/log/detail/line_writer.h"

namespace slipway::log {
namespace {

std::atomic<Level> minimum{Level::Info};
std::atomic<Format> format{Format::Text};
std::mutex capture_mutex;
std::string* capture_sink = nullptr;
thread_local Context in_force;

// What may be said of one value: a log line is no place for a whole document.
constexpr std::size_t kMaxValue = 8 * 1024;

std::string make_line(Level level, std::string_view event, Fields fields);

std::string lost_notice(std::uint64_t lost) { return make_line(Level::Warn, "log lines were lost", {{"count", static_cast<std::int64_t>(lost)}}); }

class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void redirect(int fd) {
    const std::scoped_lock lock(mutex_);
    writer_.redirect(fd);
  }
  std::uint64_t lost() {
    const std::scoped_lock lock(mutex_);
    return writer_.lost();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override { writer_.write(std::string_view(message.payload.data(), message.payload.size())); }
  void flush_() override {}

 private:
  detail::LineWriter writer_{STDERR_FILENO, lost_notice};
};

const std::shared_ptr<DescriptorSink>& sink() {
  static const auto instance = std::make_shared<DescriptorSink>();
  return instance;
}

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("slipway", sink());
    made.set_level(spdlog::level::trace);
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

json::Value shown(const json::Value& value) {
  const std::string_view text = value.as_string();
  if (value.is_string() && is_utf8(text) && text.size() <= kMaxValue) return value;
  if (!value.is_string()) return value;
  std::string out(text.substr(0, kMaxValue));
  if (!is_utf8(text)) std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) > 127; }, '?');
  return json::Value(shorten(out, kMaxValue));
}

// The line's own fields, then those of its context that it has not.
template <class Each>
void each_field(Fields fields, Each each) {
  for (const auto& [key, value] : fields) each(key, value);
  if (!in_force) return;
  for (const auto& [key, value] : *in_force)
    if (std::ranges::none_of(fields, [&](const Field& own) { return own.first == key; })) each(std::string_view(key), value);
}

std::string as_json(Level level, std::string_view event, Fields fields) {
  json::Object line{{"ts", timestamp()}, {"level", name(level)}, {"msg", event}};
  each_field(fields, [&](std::string_view key, const json::Value& value) { line.append(std::string(key), shown(value)); });
  return json::dump(json::Value(std::move(line)));
}

// Nothing that could end the line, move a terminal's cursor, or be read as another field.
bool is_bare(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; });
}

// One line whatever the values hold: control characters would let an object's name forge log lines.
std::string as_text(Level level, std::string_view event, Fields fields) {
  std::string line = timestamp();
  line.append(" ").append(name(level)).append(level == Level::Info || level == Level::Warn ? "  " : " ").append(event);
  each_field(fields, [&](std::string_view key, const json::Value& value) {
    line.append(" ").append(key).append("=");
    const json::Value safe = shown(value);
    line += safe.is_string() && is_bare(safe.as_string()) ? std::string(safe.as_string()) : json::dump(safe);
  });
  return line;
}

std::string make_line(Level level, std::string_view event, Fields fields) {
  return format == Format::Json ? as_json(level, event, fields) : as_text(level, event, fields);
}

}  // namespace

void configure(Level level, Format chosen) {
  minimum = level;
  format = chosen;
}

bool enabled(Level level) noexcept { return level >= minimum.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const std::string line = make_line(level, event, fields);
  {
    const std::scoped_lock lock(capture_mutex);
    if (capture_sink != nullptr) {
      capture_sink->append(line).append("\n");
      return;
    }
  }
  logger().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

Scope::Scope(Context context) noexcept : before_(std::exchange(in_force, std::move(context))) {}
Scope::~Scope() { in_force = std::move(before_); }

std::uint64_t lost_lines() { return sink()->lost(); }

Redirect::Redirect(int fd) { sink()->redirect(fd); }
Redirect::~Redirect() { sink()->redirect(STDERR_FILENO); }

Capture::Capture(std::string& sink) {
  const std::scoped_lock lock(capture_mutex);
  capture_sink = &sink;
}

Capture::~Capture() {
  const std::scoped_lock lock(capture_mutex);
  capture_sink = nullptr;
}

}  // namespace slipway::log
