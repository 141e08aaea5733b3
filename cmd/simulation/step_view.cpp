#include "cmd/simulation/step_view.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "pkg/base/strings.h"

namespace slipway::cmd {
namespace {

std::string seconds(async::Duration d) {
  std::array<char, 32> text{};
  const auto n = std::snprintf(text.data(), text.size(), "%.1f s", std::chrono::duration<double>(d).count());
  return {text.data(), static_cast<std::size_t>(n)};
}

std::string pad(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

const json::Value& condition(const json::Value& object, std::string_view type) {
  static const json::Value kNone;
  for (const json::Value& c : object["status"]["conditions"].array())
    if (c["type"].as_string() == type) return c;
  return kNone;
}

}  // namespace

void StepView::clear() {
  if (live_shown_) out_ << "\r\x1b[K";
  live_shown_ = false;
}

void StepView::line(std::string_view mark, std::string_view name, async::Duration took, std::string_view message) {
  std::string text = "  " + std::string(mark) + " " + pad(std::string(name), 28) + pad(seconds(took), 10) + std::string(message);
  out_ << text << "\n";
}

void StepView::heading(std::string_view text, async::TimePoint now) {
  clear();
  began_ = now;
  seen_.clear();
  live_.clear();
  out_ << "\n" << text << "\n";
  out_.flush();
}

void StepView::update(const json::Value& status, async::TimePoint now) {
  clear();
  live_.clear();
  for (const json::Value& step : status["steps"].array()) {
    const std::string name = step["name"].str();
    const std::string state = step["state"].str();
    const std::string message = step["message"].str();
    if (state.empty() || state == "Pending") continue;
    auto [entry, fresh] = seen_.try_emplace(name, Seen{{}, {}, now});
    Seen& seen = entry->second;
    const bool ended = state == "Done" || state == "Skipped";
    if (ended && seen.state != state) {
      if (state == "Done") line(terminal_ ? "\x1b[32m✓\x1b[0m" : "done   ", name, now - seen.started, message);
    } else if (!ended && !terminal_ && (seen.state != state || seen.message != message)) {
      line(state == "Failed" ? "FAILED " : "waiting", name, now - seen.started, message);
    }
    if (!ended && live_.empty()) live_ = name;
    seen.state = state;
    seen.message = message;
  }
  tick(now);
  out_.flush();
}

void StepView::tick(async::TimePoint now) {
  if (!terminal_ || live_.empty()) return;
  const Seen& seen = seen_[live_];
  const bool failed = seen.state == "Failed";
  std::string text = pad(live_, 28) + pad(seconds(now - seen.started), 10) + seen.message;
  out_ << "\r\x1b[K  " << (failed ? "\x1b[31m✗\x1b[0m " : "\x1b[33m…\x1b[0m ") << shorten(text, width_ > 8 ? width_ - 5 : 75);
  out_.flush();
  live_shown_ = true;
}

void StepView::finish() {
  clear();
  out_.flush();
}

ClusterRow cluster_row(const json::Value& object) {
  const json::Value& status = object["status"];
  const bool ready = condition(object, "Ready")["status"].as_string() == "True";
  std::string roles;
  for (const json::Value& role : status["roles"].array()) roles.append(roles.empty() ? "" : ",").append(role.as_string());
  return {object["metadata"]["name"].str(),
          object["metadata"]["namespace"].str(),
          ready ? "running" : to_lower(status["phase"].as_string("unknown")),
          status["controlPlane"].str("-"),
          status["workers"].str("-"),
          status["version"].str("-"),
          roles.empty() ? "<none>" : roles,
          object["spec"]["plan"].str("-"),
          status["release"].str("-")};
}

std::string cluster_table(const std::vector<ClusterRow>& rows) {
  std::vector<std::array<std::string, 9>> cells{{"NAME", "NAMESPACE", "STATUS", "CONTROLPLANE", "WORKERS", "KUBERNETES", "ROLES", "PLAN", "TKR"}};
  for (const ClusterRow& r : rows) cells.push_back({r.name, r.ns, r.status, r.control_plane, r.workers, r.kubernetes, r.roles, r.plan, r.release});
  std::array<std::size_t, 9> widths{};
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (const auto& row : cells) {
    std::string text = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) text += i + 1 < row.size() ? pad(row[i], widths[i] + 2) : row[i];
    out += text + "\n";
  }
  return out;
}

std::string failure_of(const json::Value& object) {
  for (const std::string_view type : {"Stalled", "Ready"}) {
    const json::Value& c = condition(object, type);
    if (c["status"].as_string() != (type == "Stalled" ? "True" : "False")) continue;
    return (type == "Stalled" ? "Stalled: " : "not Ready: ") + c["reason"].str() + ": " + c["message"].str();
  }
  return {};
}

}  // namespace slipway::cmd
