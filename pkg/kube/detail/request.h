// Requests to a Kubernetes API server as plain values, without I/O: so that the rules for paths and queries are tested byte by byte.
#pragma once

#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::kube::detail {

// "?a=1&b=2", percent-encoded; empty values are left out.
class Query {
 public:
  Query& add(std::string_view key, std::string_view value);
  Query& add(std::string_view key, std::int64_t value);  // 0 is left out
  Query& flag(std::string_view key, bool value);         // false is left out
  [[nodiscard]] const std::string& str() const noexcept { return text_; }

 private:
  std::string text_;
};

[[nodiscard]] std::string query_of(const ListOptions& options);
[[nodiscard]] std::string query_of(const WatchOptions& options);
[[nodiscard]] std::string query_of(const WriteOptions& options);
[[nodiscard]] std::string query_of(const PatchOptions& options, PatchType type);
[[nodiscard]] json::Value body_of(const DeleteOptions& options);
[[nodiscard]] std::string_view content_type_of(PatchType type) noexcept;

// Refuses what would address something else: an empty name (DELETE of a collection), ".", "..", names with '/' or '%' (apimachinery
// pkg/api/validation/path), and a namespaced resource without a namespace. Errors: Invalid.
[[nodiscard]] Status check_namespace(const GroupVersionResource& gvr, std::string_view ns);
[[nodiscard]] Status check_key(const GroupVersionResource& gvr, const ObjectKey& key);

// "clusters.cluster.x-k8s.io tkg-system/x", for messages.
[[nodiscard]] std::string subject_of(const GroupVersionResource& gvr, const ObjectKey& key);

// "slipway/0.1.0 (linux/amd64)"
[[nodiscard]] std::string user_agent(std::string_view name);

}  // namespace slipway::kube::detail
