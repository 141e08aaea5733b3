#include "pkg/pivot/journal.h"

#include <algorithm>
#include <array>

#include "pkg/pivot/names.h"

namespace slipway::pivot {
namespace {

constexpr std::array<std::string_view, 12> kPhases{"Planned",   "Locked",   "Pausing",    "Frozen",    "Creating",    "Verified",
                                                   "Committed", "Deleting", "Finalizing", "Completed", "RollingBack", "RolledBack"};

json::Value counts(const std::map<std::string, std::int64_t>& map) {
  json::Object out;
  for (const auto& [key, n] : map) out.append(key, n);
  return out;
}

json::Value encode_scope(const Scope& scope) {
  json::Value out = json::Object{{"namespace", scope.ns}, {"targetNamespace", scope.target_namespace}};
  json::Value& clusters = out.ref("clusters");
  clusters.make_array();
  for (const auto& cluster : scope.clusters) clusters.push_back(json::Object{{"namespace", cluster.ns}, {"name", cluster.name}});
  return out;
}

std::optional<Scope> decode_scope(const json::Value& v) {
  if (!v.is_object()) return std::nullopt;
  Scope scope{.ns = v["namespace"].str(), .target_namespace = v["targetNamespace"].str()};
  for (const auto& cluster : v["clusters"].array()) scope.clusters.push_back({cluster["namespace"].str(), cluster["name"].str()});
  return scope;
}

std::map<std::string, std::int64_t> read_counts(const json::Value& v, bool& sound) {
  std::map<std::string, std::int64_t> out;
  for (const auto& member : v.object()) {
    sound = sound && member.value.is_integer();
    out[member.key] = member.value.as_int();
  }
  return out;
}

bool read_body(const json::Value& v, Journal& j) {
  bool sound = v["id"].is_string() && v["writer"].is_string() && v["counts"].is_object() && v["kinds"].is_array();
  j.id = v["id"].str();
  j.purpose = v["purpose"].str();
  j.writer = v["writer"].str();
  j.digest = v["digest"].str();
  j.scope = decode_scope(v["scope"]);
  j.quiesced = v["quiesced"].as_bool();
  const json::Value& n = v["counts"];
  j.planned = n["planned"].as_int();
  j.created = n["created"].as_int();
  j.verified = n["verified"].as_int();
  j.deleted = n["deleted"].as_int();
  j.kept = n["kept"].as_int();
  j.excluded = read_counts(v["excluded"], sound);
  j.replicas = read_counts(v["replicas"], sound);
  for (const auto& member : v["pauses"].object()) {
    sound = sound && member.value.is_string();
    j.pauses[member.key] = member.value.str();
  }
  for (const auto& member : v["writers"].object()) {
    sound = sound && member.value.is_string();
    j.writers[member.key] = member.value.str();
  }
  for (const auto& member : v["policies"].object())
    for (const auto& webhook : member.value.array()) j.policies[member.key].push_back(webhook.str());
  for (const auto& kind : v["kinds"].array()) j.kinds.push_back(decode_kind(kind));
  return sound && std::ranges::none_of(j.kinds, [](const Kind& k) { return k.gvr.resource.empty() || k.gvr.version.empty(); });
}

}  // namespace

json::Value encode(const Kind& k) {
  return json::Object{{"group", k.gvr.group}, {"version", k.gvr.version}, {"resource", k.gvr.resource}, {"namespaced", k.gvr.namespaced},
                      {"kind", k.kind},       {"move", k.move},           {"hierarchy", k.hierarchy},   {"status", k.has_status}};
}

Kind decode_kind(const json::Value& v) {
  Kind k;
  k.gvr = {v["group"].str(), v["version"].str(), v["resource"].str(), v["namespaced"].as_bool()};
  k.kind = v["kind"].str();
  k.move = v["move"].as_bool();
  k.hierarchy = v["hierarchy"].as_bool();
  k.has_status = v["status"].as_bool();
  return k;
}

std::string_view to_string(Phase phase) noexcept { return kPhases.at(static_cast<std::size_t>(phase)); }

std::optional<Phase> phase_from(std::string_view text) noexcept {
  const auto* it = std::ranges::find(kPhases, text);
  if (it == kPhases.end()) return std::nullopt;
  return static_cast<Phase>(it - kPhases.begin());
}

std::string journal_name(std::string_view id) { return std::string(kJournalPrefix).append(id); }

std::string pause_key(const Kind& kind, const kube::ObjectKey& key) { return kind.kind + " " + key.to_string(); }

bool is_committed(Phase phase) noexcept {
  return phase == Phase::Committed || phase == Phase::Deleting || phase == Phase::Finalizing || phase == Phase::Completed;
}

Result<kube::Object> encode(const Journal& j, std::string_view ns) {
  json::Value body;
  body.set("version", kJournalVersion);
  body.set("id", j.id);
  if (!j.purpose.empty()) body.set("purpose", j.purpose);
  body.set("writer", j.writer);
  body.set("digest", j.digest);
  if (j.scope) body.set("scope", encode_scope(*j.scope));
  body.set("quiesced", j.quiesced);
  body.set("counts", json::Object{{"planned", j.planned}, {"created", j.created}, {"verified", j.verified}, {"deleted", j.deleted}, {"kept", j.kept}});
  body.set("excluded", counts(j.excluded));
  body.set("replicas", counts(j.replicas));
  json::Object& pauses = body.ref("pauses").make_object();
  for (const auto& [key, state] : j.pauses) pauses.append(key, state);
  json::Object& writers = body.ref("writers").make_object();
  for (const auto& [name, before] : j.writers) writers.append(name, before);
  json::Value& policies = body.ref("policies");
  policies.make_object();
  for (const auto& [key, webhooks] : j.policies)
    for (const auto& webhook : webhooks) policies.ref(key).push_back(webhook);
  json::Value& kinds = body.ref("kinds");
  kinds.make_array();
  for (const auto& kind : j.kinds) kinds.push_back(encode(kind));
  std::string text = json::dump(body);
  if (text.size() > kMaxJournalBytes)
    return fail(Disposition::Terminal, "the journal of move " + j.id + " would have " + std::to_string(text.size()) +
                                           " bytes, more than a ConfigMap holds: move fewer clusters at once, namespace by namespace");
  kube::Object config_map = kube::make_object("v1", "ConfigMap", {std::string(ns), journal_name(j.id)});
  config_map.ref({"metadata", "labels"}).set(kMoveLabel, "journal");
  config_map.ref("data").set("phase", to_string(j.phase));
  config_map.ref("data").set("journal", std::move(text));
  return config_map;
}

Result<Journal> decode(const kube::Object& config_map) {
  const std::string what = "ConfigMap " + kube::key_of(config_map).to_string();
  const auto phase = phase_from(config_map["data"]["phase"].as_string());
  const auto body = json::parse(config_map["data"]["journal"].as_string(), {.max_bytes = 2UL << 20U, .max_depth = 16});
  if (!phase || !body) return fail(Disposition::Terminal, what + " is no journal of a move: its data must have phase and journal, as Slipway writes them");
  if ((*body)["version"].as_int() != kJournalVersion)
    return fail(Disposition::Terminal, what + " was written by another version of Slipway (journal version " + std::to_string((*body)["version"].as_int()) +
                                           "; this one reads " + std::to_string(kJournalVersion) + "): finish the move with that version");
  Journal journal;
  journal.phase = *phase;
  if (!read_body(*body, journal)) return fail(Disposition::Terminal, what + ": data.journal has fields of a wrong type");
  return journal;
}

Progress progress_of(const Journal& j) {
  std::vector<std::string> suspended;
  if (j.phase != Phase::RolledBack)
    for (const auto& [name, before] : j.writers) suspended.push_back(name);
  return {.id = j.id,
          .phase = j.phase,
          .planned = j.planned,
          .created = j.created,
          .verified = j.verified,
          .deleted = j.deleted,
          .kept = j.kept,
          .excluded = j.excluded,
          .suspended = std::move(suspended),
          .scope = j.scope ? j.scope->describe() : std::string()};
}

void count(Journal& journal, const Plan& plan) {
  journal.planned = journal.kept = 0;
  journal.excluded.clear();
  for (const auto& object : plan.objects) {
    if (object.fate == Fate::Move) ++journal.planned;
    if (object.fate == Fate::Keep) ++journal.kept;
    if (object.fate == Fate::Exclude) ++journal.excluded[object.reason];
  }
}

Phase reconcile(std::optional<Phase> source, std::optional<Phase> target) noexcept {
  const bool source_committed = source && is_committed(*source);
  const bool target_committed = target && is_committed(*target);
  if (source_committed && target_committed) return std::max(*source, *target);
  if (target_committed) return *target;
  if (source_committed) return *source;  // the target's was taken away by hand: it had been written first
  const auto is_undoing = [](std::optional<Phase> p) { return p == Phase::RollingBack || p == Phase::RolledBack; };
  if (source == Phase::RolledBack) return Phase::RolledBack;  // written last
  if (is_undoing(source) || is_undoing(target)) return Phase::RollingBack;
  // Only one of them at Locked: locking was cut short, and nothing was touched yet.
  if (!source || (!target && *source == Phase::Locked)) return Phase::Planned;
  return *source;
}

}  // namespace slipway::pivot
