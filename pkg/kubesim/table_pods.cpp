// The status of a pod in one word: printPod of kubernetes pkg/printers/internalversion/printers.go.
#include <algorithm>
#include <string>

#include "pkg/base/strings.h"
#include "pkg/kubesim/table.h"

namespace slipway::kubesim {

namespace {

bool is_ready(const json::Value& container) { return container["ready"].as_bool() && container["state"]["running"].is_object(); }

bool restarts_always(const json::Value& pod, const json::Value& status) {
  return std::ranges::any_of(pod["spec"]["initContainers"].array(),
                             [&](const json::Value& c) { return c["name"] == status["name"] && c["restartPolicy"].as_string() == "Always"; });
}

std::string terminated_text(const json::Value& terminated) {
  if (!terminated["reason"].as_string().empty()) return terminated["reason"].str();
  if (terminated["signal"].as_int() != 0) return "Signal:" + std::to_string(terminated["signal"].as_int());
  return "ExitCode:" + std::to_string(terminated["exitCode"].as_int());
}

// What the first init container that is not done says; empty where all are.
std::string initializing(const json::Value& pod) {
  const json::Array& statuses = pod["status"]["initContainerStatuses"].array();
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const json::Value& state = statuses[i]["state"];
    if (state["terminated"].is_object() && state["terminated"]["exitCode"].as_int() == 0) continue;
    if (restarts_always(pod, statuses[i]) && statuses[i]["started"].as_bool()) continue;
    if (state["terminated"].is_object()) return "Init:" + terminated_text(state["terminated"]);
    const std::string_view waiting = state["waiting"]["reason"].as_string();
    if (!waiting.empty() && waiting != "PodInitializing") return "Init:" + std::string(waiting);
    return "Init:" + std::to_string(i) + "/" + std::to_string(pod["spec"]["initContainers"].size());
  }
  return {};
}

}  // namespace

std::string pod_ready(const json::Value& pod) {
  std::size_t ready = 0;
  std::size_t total = pod["spec"]["containers"].size();
  for (const json::Value& c : pod["status"]["containerStatuses"].array()) ready += is_ready(c) ? 1U : 0U;
  for (const json::Value& c : pod["status"]["initContainerStatuses"].array()) {
    if (!restarts_always(pod, c)) continue;
    ++total;
    ready += is_ready(c) ? 1U : 0U;
  }
  return std::to_string(ready) + "/" + std::to_string(total);
}

std::string pod_status(const json::Value& pod) {
  const json::Value& status = pod["status"];
  std::string reason = status["reason"].as_string().empty() ? status["phase"].str() : status["reason"].str();
  if (const std::string init = initializing(pod); !init.empty()) {
    reason = init;
  } else {
    bool running = false;
    const json::Array& containers = status["containerStatuses"].array();
    for (auto it = containers.rbegin(); it != containers.rend(); ++it) {
      const json::Value& state = (*it)["state"];
      if (!state["waiting"]["reason"].as_string().empty()) {
        reason = state["waiting"]["reason"].str();
      } else if (state["terminated"].is_object()) {
        reason = terminated_text(state["terminated"]);
      } else {
        running |= is_ready(*it);
      }
    }
    if (reason == "Completed" && running) reason = kube::condition_true(pod, "Ready") ? "Running" : "NotReady";
  }
  if (kube::is_deleting(pod)) return status["reason"].as_string() == "NodeLost" ? "Unknown" : "Terminating";
  return reason;
}

std::string pod_restarts(const json::Value& pod, WallTime now) {
  std::int64_t restarts = 0;
  std::string_view last;
  for (const json::Value& c : pod["status"]["containerStatuses"].array()) {
    restarts += c["restartCount"].as_int();
    last = std::max(last, c["lastState"]["terminated"]["finishedAt"].as_string());  // RFC 3339 in UTC sorts by time
  }
  const std::string count = std::to_string(restarts);
  return restarts == 0 || last.empty() ? count : count + " (" + age_of(json::Value(last), now) + " ago)";
}

}  // namespace slipway::kubesim
