#include "pkg/providers/catalog.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

#include "pkg/base/semver.h"
#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/providers/substitute.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr yaml::Limits kLimits{.max_bytes = 1UL << 20U, .max_nodes = 50'000, .max_depth = 20};
constexpr std::size_t kMaxSuggestions = 3;

// The variables that the text may refer to, as far as they are set: every run of name characters after "${".
std::map<std::string, std::string> variables_in(std::string_view text, const Environment& environment) {
  std::map<std::string, std::string> out;
  for (auto at = text.find("${"); at != std::string_view::npos && environment; at = text.find("${", at + 1)) {
    auto name = trim(text.substr(at + 2));
    name = name.substr(0, name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"));
    if (auto value = environment(name)) out.insert_or_assign(std::string(name), std::move(*value));
  }
  return out;
}

Result<std::string> expand_url(const Value& url, const std::string& where, const Environment& environment) {
  if (url.as_string().empty()) return fail(Disposition::Invalid, where + ".url: is needed, as text");
  auto expanded = substitute(url.as_string(), variables_in(url.as_string(), environment));
  if (!expanded) return fail(std::move(expanded).error().in(where + ".url"));
  const bool blank = std::ranges::any_of(*expanded, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
  if (expanded->empty() || blank) return fail(Disposition::Invalid, where + ".url: is empty, or holds white space, once its variables are expanded");
  return expanded;
}

Status only_fields(const Value& object, std::initializer_list<std::string_view> known, const std::string& where) {
  if (!object.is_object()) return fail(Disposition::Invalid, where + ": must be a mapping");
  for (const auto& member : object.object())
    if (std::ranges::find(known, member.key) == known.end()) {
      std::string names;
      for (const auto name : known) names.append(names.empty() ? "" : ", ").append(name);
      return fail(Disposition::Invalid, std::string(where).append(".").append(shorten(member.key, 64)).append(": is no field here; there are ").append(names));
    }
  return {};
}

Result<CatalogEntry> parse_entry(const Value& item, const std::string& where, const Environment& environment) {
  if (auto known = only_fields(item, {"name", "type", "url"}, where); !known) return fail(std::move(known).error());
  const auto type = parse_provider_type(item["type"].as_string());
  if (!type) return fail(Disposition::Invalid, where + ".type: must be one of " + provider_types());
  ProviderId id{*type, item["name"].str()};
  if (const auto problem = identity_problem(id)) return fail(Disposition::Invalid, where + ".name: " + *problem);
  auto url = expand_url(item["url"], where, environment);
  if (!url) return fail(std::move(url).error());
  return CatalogEntry{std::move(id), std::move(*url)};
}

Result<std::vector<CatalogEntry>> parse_entries(const Value& list, const std::string& where, const Environment& environment) {
  std::vector<CatalogEntry> entries;
  if (!list.is_null() && !list.is_array()) return fail(Disposition::Invalid, where + ": must be a list");
  for (const Value& item : list.array()) {
    auto entry = parse_entry(item, where + "[" + std::to_string(entries.size()) + "]", environment);
    if (!entry) return fail(std::move(entry).error());
    entries.push_back(std::move(*entry));
  }
  std::ranges::sort(entries, {}, &CatalogEntry::id);
  if (const auto twice = std::ranges::adjacent_find(entries, {}, &CatalogEntry::id); twice != entries.end())
    return fail(Disposition::Invalid, where + ": has " + to_string(twice->id) + " twice; leave one of them out");
  return entries;
}

// clusterctl's configuration holds booleans as text too.
std::optional<bool> boolean(const Value& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.as_string() == "true") return true;
  if (value.as_string() == "false") return false;
  return std::nullopt;
}

Result<CertManagerEntry> parse_cert_manager(const Value& value, const std::string& where, const Environment& environment) {
  CertManagerEntry out;
  if (value.is_null()) return out;
  if (auto known = only_fields(value, {"url", "version", "timeout", "externallyProvisioned"}, where); !known) return fail(std::move(known).error());
  if (value.contains("url")) {
    auto url = expand_url(value["url"], where, environment);
    if (!url) return fail(std::move(url).error());
    out.url = std::move(*url);
  }
  if (value.contains("version")) {
    if (!parse_semver(value["version"].as_string())) return fail(Disposition::Invalid, where + ".version: must be a semantic version such as v1.21.1");
    out.version = value["version"].str();
  }
  if (value.contains("timeout")) {
    out.timeout = parse_duration(value["timeout"].as_string());
    if (!out.timeout) return fail(Disposition::Invalid, where + ".timeout: must be a duration such as 10m or 90s");
  }
  if (value.contains("externallyProvisioned")) {
    out.externally_provisioned = boolean(value["externallyProvisioned"]);
    if (!out.externally_provisioned) return fail(Disposition::Invalid, where + ".externallyProvisioned: must be true or false");
  }
  return out;
}

// Levenshtein's: insertions, deletions and replacements.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t replaced = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

const Catalog& Catalog::builtin() {
  static const Catalog catalog = [] {
    auto parsed = parse(detail::kBuiltinCatalog, "the built-in catalog");
    if (!parsed) throw std::logic_error(parsed.error().message());  // a unit test reads it: this cannot be in a binary that passed
    return std::move(*parsed);
  }();
  return catalog;
}

Result<Catalog> Catalog::parse(std::string_view yaml, std::string_view source, const Environment& environment) {
  auto document = yaml::parse(yaml, source, kLimits);
  if (!document) return fail(std::move(document).error());
  if (!document->is_null() && !document->is_object()) return fail(Disposition::Invalid, std::string(source) + ": must be a mapping with the key providers");
  Catalog catalog;
  const std::string prefix = std::string(source) + ": ";
  auto entries = parse_entries((*document)["providers"], prefix + "providers", environment);
  if (!entries) return fail(std::move(entries).error());
  catalog.entries_ = std::move(*entries);
  auto cert_manager = parse_cert_manager((*document)["cert-manager"], prefix + "cert-manager", environment);
  if (!cert_manager) return fail(std::move(cert_manager).error());
  catalog.cert_manager_ = std::move(*cert_manager);
  return catalog;
}

Catalog Catalog::with(const Catalog& overrides) const {
  Catalog out = overrides;
  for (const CatalogEntry& entry : entries_)
    if (overrides.find(entry.id.type, entry.id.name) == nullptr) out.entries_.push_back(entry);
  std::ranges::sort(out.entries_, {}, &CatalogEntry::id);
  CertManagerEntry& top = out.cert_manager_;
  if (!top.url) top.url = cert_manager_.url;
  if (!top.version) top.version = cert_manager_.version;
  if (!top.timeout) top.timeout = cert_manager_.timeout;
  if (!top.externally_provisioned) top.externally_provisioned = cert_manager_.externally_provisioned;
  return out;
}

const CatalogEntry* Catalog::find(ProviderType type, std::string_view name) const {
  const auto found = std::ranges::find_if(entries_, [&](const CatalogEntry& e) { return e.id.type == type && e.id.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

Result<CatalogEntry> Catalog::get(ProviderType type, std::string_view name) const {
  if (const CatalogEntry* entry = find(type, name)) return *entry;
  std::string message = "the catalog has no " + std::string(to_string(type)) + " " + shorten(name, 63);
  std::string meant;
  for (const ProviderId& id : suggestions(type, name)) meant.append(meant.empty() ? " (did you mean " : " or ").append(to_string(id));
  if (!meant.empty()) meant += "?)";
  return fail(Disposition::NotFound, message + meant + "; give the provider a source of its own, or add it to the catalog");
}

std::vector<ProviderId> Catalog::suggestions(ProviderType type, std::string_view name) const {
  name = name.substr(0, 64);  // no name is longer
  std::vector<std::pair<std::size_t, ProviderId>> close;
  const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
  for (const CatalogEntry& entry : entries_) {
    if (entry.id.name == name)
      close.emplace_back(0, entry.id);
    else if (const auto distance = edit_distance(name, entry.id.name); entry.id.type == type && distance <= limit)
      close.emplace_back(distance, entry.id);
  }
  std::ranges::sort(close);
  std::vector<ProviderId> out;
  for (auto& [distance, id] : close)
    if (out.size() < kMaxSuggestions) out.push_back(std::move(id));
  return out;
}

}  // namespace slipway::providers
