#include "pkg/providers/client_config.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/providers/substitute.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr yaml::Limits kLimits{.max_bytes = 1UL << 20U, .max_nodes = 50'000, .max_depth = 20};

// As Go prints it: the shortest digits that mean the number, without an exponent.
std::string decimal(double number) {
  char text[400];
  const auto end = std::to_chars(std::begin(text), std::end(text), number, std::chars_format::fixed);
  return end.ec == std::errc() ? std::string(std::begin(text), end.ptr) : std::string();
}

std::optional<std::string> text_of(const Value& value) {
  if (value.is_string()) return value.str();
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.as_int());
  if (value.is_number()) return decimal(value.as_double());
  return std::nullopt;
}

Result<std::string> image_field(const Value& rule, std::string_view field, const std::string& where) {
  const Value& value = rule[field];
  if (value.is_null() || value.is_string()) return value.str();
  return fail(Disposition::Invalid, where + "." + std::string(field) + ": must be text; put it in quotes");
}

Result<ImageRule> parse_rule(const json::Member& entry, const std::string& where) {
  if (!entry.value.is_object()) return fail(Disposition::Invalid, where + ": must be a mapping with repository, name or tag");
  for (const json::Member& member : entry.value.object())
    if (member.key != "repository" && member.key != "name" && member.key != "tag")
      return fail(Disposition::Invalid, where + "." + shorten(member.key, 64) + ": is no field here; there are repository, name and tag");
  const auto slash = entry.key.find('/');
  ImageRule rule;
  rule.component = to_lower(entry.key.substr(0, slash));
  if (slash != std::string::npos) rule.image = entry.key.substr(slash + 1);
  if (rule.component.empty() || (slash != std::string::npos && rule.image.empty()))
    return fail(Disposition::Invalid, where + ": must be all, a component such as infrastructure-vsphere, or component/image");
  for (const auto& [field, into] : {std::pair("repository", &rule.repository), std::pair("name", &rule.name), std::pair("tag", &rule.tag)}) {
    auto text = image_field(entry.value, field, where);
    if (!text) return fail(std::move(text).error());
    *into = std::move(*text);
  }
  return rule;
}

Result<std::vector<ImageRule>> parse_images(const Value& images, const std::string& where) {
  std::vector<ImageRule> rules;
  if (!images.is_null() && !images.is_object()) return fail(Disposition::Invalid, where + ": must be a mapping of components to repository, name and tag");
  for (const json::Member& entry : images.object()) {
    auto rule = parse_rule(entry, where + "." + shorten(entry.key, 100));
    if (!rule) return fail(std::move(rule).error());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

// Every run of name characters after "${": more than variables_of() lists, which leaves out what stands inside of defaults.
std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> names;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    auto rest = text.substr(at + 2);
    rest.remove_prefix(std::min(rest.find_first_not_of(" #"), rest.size()));  // "${ V }", "${#V}"
    const auto end = std::ranges::find_if(rest, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x80 && c != '_' && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
    });
    if (end != rest.begin()) names.emplace(rest.begin(), end);
  }
  return names;
}

Result<std::string> expand(std::string_view text, const Environment& environment, const std::string& where) {
  std::map<std::string, std::string> values;
  for (const std::string& name : names_in(text))
    if (auto value = environment ? environment(name) : std::nullopt) values.emplace(name, std::move(*value));
  auto expanded = substitute(text, values);
  if (!expanded) return fail(std::move(expanded).error().in(where));
  return expanded;
}

std::string environment_name(std::string_view variable) {
  std::string out(variable);
  for (char& c : out) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::vector<std::string> default_places(const Environment& environment, std::string_view name) {
  const auto folder = [&](std::string_view variable) { return environment ? environment(variable).value_or("") : std::string(); };
  const std::string home = folder("HOME");
  const std::string xdg = folder("XDG_CONFIG_HOME");
  std::vector<std::string> out;
  if (xdg.starts_with('/'))
    out.push_back(xdg + "/cluster-api/" + std::string(name));  // a relative one is to be ignored (XDG Base Directory)
  else if (!home.empty())
    out.push_back(home + "/.config/cluster-api/" + std::string(name));
  if (!home.empty()) out.push_back(home + "/.cluster-api/" + std::string(name));
  return out;
}

}  // namespace

Result<ClientConfig> ClientConfig::parse(std::string_view yaml, std::string_view source, Environment environment) {
  auto document = yaml::parse(yaml, source, kLimits);
  if (!document) return fail(std::move(document).error());
  const std::string prefix = std::string(source) + ": ";
  if (!document->is_null() && !document->is_object()) return fail(Disposition::Invalid, prefix + "must be a mapping, such as a clusterctl.yaml is");
  auto catalog = Catalog::parse(yaml, source, environment);
  if (!catalog) return fail(std::move(catalog).error());
  auto images = parse_images((*document)["images"], prefix + "images");
  if (!images) return fail(std::move(images).error());
  ClientConfig config;
  config.catalog_ = Catalog::builtin().with(*catalog);
  config.images_ = std::move(*images);
  for (const json::Member& member : document->object()) {
    auto text = text_of(member.value);
    if (!text) continue;
    if (!config.variables_.emplace(to_lower(member.key), std::move(*text)).second)
      return fail(Disposition::Invalid,
                  prefix + shorten(member.key, 100) + ": is there twice but for case, which names of variables do not know; leave out one");
  }
  auto folder = expand(trim((*document)["overridesFolder"].as_string()), environment, prefix + "overridesFolder");
  if (!folder) return fail(std::move(folder).error());
  config.overrides_folder_ = std::move(*folder);
  config.environment_ = std::move(environment);
  return config;
}

std::optional<std::string> ClientConfig::value(std::string_view variable) const {
  if (environment_)
    if (auto set = environment_(environment_name(variable))) return set;
  const auto found = variables_.find(to_lower(variable));
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::map<std::string, std::string> ClientConfig::values_for(std::string_view components_yaml) const {
  std::map<std::string, std::string> out;
  for (const std::string& name : names_in(components_yaml))
    if (auto found = value(name)) out.emplace(name, std::move(*found));
  return out;
}

std::vector<std::string> default_config_files(const Environment& environment) {
  std::vector<std::string> out;
  for (const std::string& file : default_places(environment, "clusterctl.yaml")) out.insert(out.end(), {file, file.substr(0, file.size() - 4) + "yml"});
  return out;
}

std::vector<std::string> default_overrides_folders(const Environment& environment) { return default_places(environment, "overrides"); }

}  // namespace slipway::providers
