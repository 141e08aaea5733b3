// From fetched bytes to objects: variables, images, namespaces.
#include <algorithm>
#include <map>

#include "cmd/slipway/resolve_sets.h"
#include "pkg/base/strings.h"
#include "pkg/providers/substitute.h"

namespace slipway::cmd {
namespace {

constexpr std::string_view kUnset = "slipway-variable-without-a-value";  // stands in images for what has no value
constexpr std::string_view kFix = "set them in the environment or in the config file";

// What is installed stays where it is, unless somebody says otherwise.
std::string namespace_of(const providers::ProviderId& id, const SetRequest& all) {
  const auto installed = std::ranges::find(all.installed, id, &providers::InstalledProvider::id);
  return !all.target_namespace.empty() || installed == all.installed.end() ? all.target_namespace : installed->ns;
}

Result<std::vector<std::string>> missing_variables(const ResolvedSet& one, const std::map<std::string, std::string>& values) {
  auto variables = providers::variables_of(one.fetched.components);
  if (!variables) return fail(std::move(variables).error().in(providers::to_string(*one.id) + " " + one.fetched.version));
  std::vector<std::string> out;
  for (const providers::Variable& variable : *variables)
    if (!variable.has_default && !values.contains(variable.name)) out.push_back(variable.name);
  return out;
}

bool is_made_of_nothing(const Result<providers::Components>& components) {
  if (!components) return components.error().message().contains(kUnset);
  return std::ranges::any_of(providers::images_of(components->objects), [](const std::string& image) { return image.contains(kUnset); });
}

// Lacks nothing, or nothing that matters here.
Status process_provider(ResolvedSet& one, const Sources& sources, const SetRequest& request, std::map<std::string, std::string> values,
                        const std::vector<std::string>& missing) {
  for (const std::string& name : missing) values.emplace(name, kUnset);
  const providers::Recipe recipe{.type = std::string(providers::to_string(one.id->type)),
                                 .name = one.id->name,
                                 .version = one.fetched.version,
                                 .ns = namespace_of(*one.id, request),
                                 .variables = std::move(values),
                                 .images = sources.config.images(),
                                 .patches = {}};
  auto components = providers::process(recipe, one.fetched.components);
  if (!missing.empty() && is_made_of_nothing(components))
    return fail(Disposition::Invalid, providers::to_string(*one.id) + ": its images are made of variables, of which these have no value: " +
                                          join(missing, ", ") + "; " + std::string(kFix));
  if (!components) return fail(std::move(components).error());
  one.components = std::move(*components);
  return {};
}

Status process_cert_manager(ResolvedSet& one, const Sources& sources) {
  auto components = providers::process_plain(one.label, one.fetched.version, one.fetched.components, sources.config.images());
  if (!components) return fail(std::move(components).error());
  one.components = std::move(*components);
  return {};
}

}  // namespace

Status process_sets(const Sources& sources, const SetRequest& request, ResolvedSets& sets) {
  std::vector<Error> errors;
  std::vector<std::string> without_value;  // "A, B (InfrastructureProvider vsphere)"
  const auto keep = [&](Status done) {
    if (!done) errors.push_back(std::move(done).error());
  };
  for (ResolvedSet& one : sets.providers) {
    auto values = sources.config.values_for(one.fetched.components);
    auto missing = missing_variables(one, values);
    if (!missing)
      errors.push_back(std::move(missing).error());
    else if (request.to_install && !missing->empty())
      without_value.push_back(join(*missing, ", ") + " (" + providers::to_string(*one.id) + ")");
    else
      keep(process_provider(one, sources, request, std::move(values), *missing));
  }
  if (sets.cert_manager) keep(process_cert_manager(*sets.cert_manager, sources));
  if (!without_value.empty())
    errors.insert(errors.begin(), Error(Disposition::Invalid, "variables without a value: " + join(without_value, "; ") + "; " + std::string(kFix)));
  if (!errors.empty()) return fail(joined("the components cannot be used", errors));
  return {};
}

}  // namespace slipway::cmd
