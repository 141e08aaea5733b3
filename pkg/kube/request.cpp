#include "pkg/kube/detail/request.h"

#include <charconv>

#include "pkg/base/strings.h"
#include "pkg/kube/version.h"

namespace slipway::kube {

std::string resource_path(const GroupVersionResource& gvr, std::string_view ns, std::string_view name, std::string_view subresource) {
  std::string path = gvr.group.empty() ? "/api" : "/apis/" + percent_encode(gvr.group);
  const auto segment = [&path](std::string_view s) { path.append("/").append(percent_encode(s)); };
  segment(gvr.version);
  if (gvr.namespaced && !ns.empty()) {
    segment("namespaces");
    segment(ns);
  }
  segment(gvr.resource);
  if (!name.empty()) segment(name);
  if (!subresource.empty()) segment(subresource);
  return path;
}

namespace detail {

Query& Query::add(std::string_view key, std::string_view value) {
  if (value.empty()) return *this;
  text_.push_back(text_.empty() ? '?' : '&');
  text_.append(key).append("=").append(percent_encode(value));
  return *this;
}

Query& Query::add(std::string_view key, std::int64_t value) {
  if (value == 0) return *this;
  return add(key, std::string_view(std::to_string(value)));
}

Query& Query::flag(std::string_view key, bool value) { return value ? add(key, std::string_view("true")) : *this; }

std::string query_of(const ListOptions& o) {
  return Query()
      .add("labelSelector", o.label_selector)
      .add("fieldSelector", o.field_selector)
      .add("limit", o.limit)
      .add("continue", o.continue_token)
      .add("resourceVersion", o.resource_version)
      .add("resourceVersionMatch", o.resource_version_match)
      .str();
}

std::string query_of(const WatchOptions& o) {
  Query q;
  q.flag("watch", true).add("labelSelector", o.label_selector).add("fieldSelector", o.field_selector);
  q.add("resourceVersion", o.resource_version).flag("allowWatchBookmarks", o.allow_bookmarks);
  if (o.send_initial_events) q.flag("sendInitialEvents", true).add("resourceVersionMatch", std::string_view("NotOlderThan"));
  return q.add("timeoutSeconds", o.timeout_seconds).str();
}

namespace {
Query write_query(const WriteOptions& o) {
  Query q;
  q.add("fieldManager", o.field_manager);
  if (o.dry_run) q.add("dryRun", std::string_view("All"));
  if (o.strict) q.add("fieldValidation", std::string_view("Strict"));
  return q;
}
}  // namespace

std::string query_of(const WriteOptions& o) { return write_query(o).str(); }

std::string query_of(const PatchOptions& o, PatchType type) {
  Query q = write_query(o);
  if (type == PatchType::Apply) q.flag("force", o.force);
  return q.str();
}

json::Value body_of(const DeleteOptions& o) {
  json::Value body;
  body.set("apiVersion", "v1");
  body.set("kind", "DeleteOptions");
  if (!o.uid.empty()) body.ref("preconditions").set("uid", o.uid);
  if (!o.resource_version.empty()) body.ref("preconditions").set("resourceVersion", o.resource_version);
  if (!o.propagation.empty()) body.set("propagationPolicy", o.propagation);
  if (o.grace_period_seconds) body.set("gracePeriodSeconds", *o.grace_period_seconds);
  if (o.dry_run) body.ref("dryRun").push_back("All");
  return body;
}

std::string_view content_type_of(PatchType type) noexcept {
  switch (type) {
    case PatchType::Merge: return "application/merge-patch+json";
    case PatchType::Json: return "application/json-patch+json";
    case PatchType::Strategic: return "application/strategic-merge-patch+json";
    case PatchType::Apply: return "application/apply-patch+yaml";  // JSON is YAML
  }
  return "application/json";
}

namespace {
Status check_segment(const GroupVersionResource& gvr, std::string_view what, std::string_view value) {
  const std::string where = gvr.to_string() + ": ";
  if (value.empty()) return fail(Disposition::Invalid, where + std::string(what) + " is empty");
  if (value == "." || value == ".." || value.find_first_of("/%") != std::string_view::npos)
    return fail(Disposition::Invalid, where + std::string(what) + " \"" + shorten(value, 80) + "\" may not be '.' or '..' or contain '/' or '%'");
  return {};
}
}  // namespace

Status check_namespace(const GroupVersionResource& gvr, std::string_view ns) {
  if (!gvr.namespaced) return {};
  return check_segment(gvr, "the namespace", ns);
}

Status check_key(const GroupVersionResource& gvr, const ObjectKey& key) {
  Status ns = check_namespace(gvr, key.ns);
  if (!ns) return ns;
  return check_segment(gvr, "the name", key.name);
}

std::string subject_of(const GroupVersionResource& gvr, const ObjectKey& key) {
  std::string out = gvr.resource;
  if (!gvr.group.empty()) out.append(".").append(gvr.group);
  const std::string name = key.name.empty() ? key.ns : key.to_string();
  if (key.name.empty() && !name.empty()) out.append(" in ").append(name);
  if (!key.name.empty()) out.append(" ").append(name);
  return out;
}

std::string user_agent(std::string_view name) {
  if (name.contains('/')) return std::string(name);
#if defined(__aarch64__)
  constexpr std::string_view kPlatform = " (linux/arm64)";
#else
  constexpr std::string_view kPlatform = " (linux/amd64)";
#endif
  std::string out(name);
  return out.append("/").append(kVersion).append(kPlatform);
}

}  // namespace detail
}  // namespace slipway::kube
