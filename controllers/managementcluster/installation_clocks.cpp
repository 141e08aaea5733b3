#include "controllers/managementcluster/installation_clocks.h"

#include <algorithm>
#include <utility>

#include "pkg/base/time.h"

namespace slipway::controllers::managementcluster {

void InstallationClocks::see(async::TimePoint now, std::vector<Waited> waits) {
  std::map<std::string, Running, std::less<>> seen;
  for (Waited& waited : waits) {
    const auto before = running_.find(waited.what);
    const async::TimePoint since = before == running_.end() ? now : before->second.since;
    std::string what = waited.what;
    seen.insert_or_assign(std::move(what), Running{since, std::move(waited)});
  }
  running_ = std::move(seen);
}

async::Deadline InstallationClocks::due() const noexcept {
  async::Deadline first = async::Deadline::never();
  for (const auto& [what, running] : running_) first.at = std::min(first.at, running.end());
  return first;
}

std::optional<std::string> InstallationClocks::over(async::TimePoint now) const {
  std::map<std::string, std::string> sentences;  // by patience: several parts may share one
  for (const auto& [what, running] : running_) {
    if (running.end() > now) continue;
    const Patience& patience = running.waited.patience;
    std::string& text = sentences[patience.name];
    if (text.empty())
      text = patience.name + " of " + human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(patience.limit)) + " is over: ";
    else
      text += "; ";
    text += running.waited.why;
  }
  if (sentences.empty()) return std::nullopt;
  std::string out;
  for (const auto& [name, text] : sentences) out += (out.empty() ? "" : "; ") + text;
  return out;
}

}  // namespace slipway::controllers::managementcluster
