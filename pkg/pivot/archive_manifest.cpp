#include <algorithm>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/providers/sources/digest.h"

namespace slipway::pivot::detail {
namespace {

// ustar holds 155 bytes of folders and 100 of a name.
constexpr std::size_t kMaxGroup = 48, kMaxKind = 40, kMaxNamespace = 63, kMaxName = 90, kDigestAt = 7, kDigestPart = 16;

std::string part(std::string_view text, std::size_t max) {
  std::string out = percent_encode(text);
  if (out.starts_with('.')) out.replace(0, 1, "%2E");
  if (out.size() <= max) return out;
  return out.substr(0, max - kDigestPart - 1) + "~" + providers::sha256_digest(text).substr(kDigestAt, kDigestPart);
}

// What may stand in the path of a request: Kubernetes' own rule for path segments (apimachinery pkg/api/validation/path).
bool is_segment(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text != "." && text != ".." && text.find_first_of("/%\\") == std::string_view::npos && is_utf8(text) &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

bool is_kind(const Kind& k) {
  const bool core = k.gvr.group.empty();
  if (core && k.gvr != kube::res::kSecrets && k.gvr != kube::res::kConfigMaps) return false;
  if (core) return k.kind == (k.gvr == kube::res::kSecrets ? "Secret" : "ConfigMap");
  return k.gvr.group.contains('.') && is_segment(k.gvr.group) && is_segment(k.gvr.version) && is_segment(k.gvr.resource) && is_segment(k.kind);
}

json::Value encode(const Entry& e) {
  json::Value out =
      json::Object{{"file", e.file}, {"sha256", e.digest}, {"bytes", e.bytes}, {"kind", e.kind}, {"name", e.key.name}, {"uid", e.uid}, {"group", e.group}};
  if (!e.key.ns.empty()) out.set("namespace", e.key.ns);
  if (!e.reason.empty()) out.set("kept", e.reason);
  if (!e.paused.empty()) out.set("paused", e.paused);
  return out;
}

Entry decode_entry(const json::Value& v) {
  Entry e;
  e.file = v["file"].str();
  e.digest = v["sha256"].str();
  e.bytes = v["bytes"].as_int(-1);
  e.kind = static_cast<std::size_t>(v["kind"].as_int(-1));
  e.key = {v["namespace"].str(), v["name"].str()};
  e.uid = v["uid"].str();
  e.reason = v["kept"].str();
  e.group = static_cast<std::size_t>(v["group"].as_int());
  e.paused = v["paused"].str();
  return e;
}

// Empty: sound.
std::string flaw_of(const Manifest& m, const Entry& e) {
  if (e.kind >= m.kinds.size()) return "kind";
  const Kind& kind = m.kinds[e.kind];
  if (!is_segment(e.key.name)) return "name";
  if (kind.gvr.namespaced ? !is_segment(e.key.ns) : !e.key.ns.empty()) return "namespace";
  if (e.file != file_of(kind, e.key)) return "file";
  if (!providers::is_sha256_digest(e.digest)) return "sha256";
  if (e.bytes < 0 || e.bytes > static_cast<std::int64_t>(kMaxBackupFile)) return "bytes";
  if (e.uid.empty() || e.uid.size() > 128 || !is_segment(e.uid)) return "uid";
  if (!e.paused.empty() && e.paused != "true" && e.paused != "false") return "paused";
  return {};
}

std::unexpected<Error> bad(const std::string& where) { return fail(Disposition::Invalid, std::string(kManifestName) + ": " + where); }

Status read_parts(const json::Value& v, Manifest& m) {
  for (const auto& p : v["providers"].array()) m.providers.push_back({p["type"].str(), p["name"].str(), p["version"].str(), p["label"].str()});
  for (const auto& [name, labels] : v["namespaces"].object()) {
    if (!is_segment(name) || !(labels.is_object() || labels.is_null())) return bad("namespaces has an entry of a wrong form");
    m.namespaces.emplace(name, labels);
  }
  for (const auto& [reason, n] : v["excluded"].object()) m.excluded.emplace(reason, n.as_int());
  for (const auto& k : v["kinds"].array()) {
    m.kinds.push_back(decode_kind(k));
    if (!is_kind(m.kinds.back())) return bad("kinds[" + std::to_string(m.kinds.size() - 1) + "] is of no kind that a backup holds");
  }
  return {};
}

}  // namespace

std::string file_of(const Kind& kind, const kube::ObjectKey& key) {
  const std::string group = kind.gvr.group.empty() ? "core" : part(kind.gvr.group, kMaxGroup);
  const std::string ns = key.ns.empty() ? "_cluster" : part(key.ns, kMaxNamespace);
  return group + "/" + part(kind.kind, kMaxKind) + "/" + ns + "/" + part(key.name, kMaxName) + ".json";
}

std::string encode(const Manifest& m) {
  json::Value out;
  out.set("format", kBackupFormat);
  out.set("id", m.id);
  out.set("created", m.created);
  out.set("cluster", m.cluster);
  json::Array& providers = out.ref("providers").make_array();
  for (const auto& p : m.providers) providers.push_back(json::Object{{"type", p.type}, {"name", p.name}, {"version", p.version}, {"label", p.label}});
  json::Object& namespaces = out.ref("namespaces").make_object();
  for (const auto& [name, labels] : m.namespaces) namespaces.append(name, labels);
  json::Array& kinds = out.ref("kinds").make_array();
  for (const auto& kind : m.kinds) kinds.push_back(pivot::encode(kind));
  json::Object& excluded = out.ref("excluded").make_object();
  for (const auto& [reason, n] : m.excluded) excluded.append(reason, n);
  json::Array& objects = out.ref("objects").make_array();
  for (const auto& e : m.entries) objects.push_back(encode(e));
  out.set("sha256", providers::sha256_digest(json::dump_canonical(out)));
  return json::dump_pretty(out) + "\n";
}

Status check_manifest_digest(std::string_view text) {
  auto v = json::parse(text, {.max_bytes = kMaxBackupFile, .max_depth = 16});
  if (!v) return bad("is no JSON (" + v.error().message() + ")");
  const std::string digest = (*v)["sha256"].str();
  v->erase("sha256");
  if (digest == providers::sha256_digest(json::dump_canonical(*v))) return {};
  return bad("was changed since it was saved: its digest is another one than it says");
}

Result<Manifest> decode_manifest(std::string_view text) {
  auto v = json::parse(text, {.max_bytes = kMaxBackupFile, .max_depth = 16});
  if (!v) return bad("is no JSON (" + v.error().message() + ")");
  if ((*v)["format"].as_string() != kBackupFormat)
    return bad("is of another format than " + std::string(kBackupFormat) + ": restore it with the version of Slipway that wrote it");
  if ((*v)["objects"].size() > kMaxBackupFiles) return bad("names more objects than any backup that is accepted");
  Manifest m;
  m.id = (*v)["id"].str();
  m.created = (*v)["created"].str();
  m.cluster = (*v)["cluster"].str();
  if (Status read = read_parts(*v, m); !read) return fail(std::move(read).error());
  std::set<std::string> files, uids;
  for (const auto& o : (*v)["objects"].array()) {
    m.entries.push_back(decode_entry(o));
    const Entry& e = m.entries.back();
    const std::string where = "objects[" + std::to_string(m.entries.size() - 1) + "]";
    const std::string flaw = flaw_of(m, e);
    if (!flaw.empty()) return bad(where + "." + flaw + " is missing or of a wrong form");
    if (!files.insert(e.file).second || !uids.insert(e.uid).second) return bad(where + " is there twice");
  }
  if (m.entries.empty()) return bad("names no object");
  return m;
}

}  // namespace slipway::pivot::detail
