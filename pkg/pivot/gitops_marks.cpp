#include <algorithm>

#include "pkg/pivot/detail/gitops.h"

namespace slipway::pivot::detail {
namespace {

void add_flux(const kube::Object& object, Tool tool, const std::string& group, std::vector<Mark>& out) {
  const std::string name(kube::label(object, group + "/name")), ns(kube::label(object, group + "/namespace"));
  if (!name.empty() && !ns.empty()) out.push_back({tool, {ns, name}, true});
}

// "name:group/Kind:ns/name"; an Application outside of Argo CD's own namespace is "ns_name".
void add_argo(const kube::Object& object, std::vector<Mark>& out) {
  const std::string_view id = kube::annotation(object, "argocd.argoproj.io/tracking-id");
  const std::string app(id.substr(0, id.find(':')));
  const auto underscore = app.find('_');
  if (!app.empty())
    out.push_back({Tool::Application,
                   underscore == std::string::npos ? kube::ObjectKey{"", app} : kube::ObjectKey{app.substr(0, underscore), app.substr(underscore + 1)}, true});
  const std::string instance(kube::label(object, "app.kubernetes.io/instance"));
  if (app.empty() && !instance.empty()) out.push_back({Tool::Application, {"", instance}, false});
}

json::Value patch_of(const kube::Object& writer) {
  json::Value patch;
  patch.ref("metadata").set("uid", kube::uid_of(writer));
  patch.ref("metadata").set("resourceVersion", kube::resource_version_of(writer));
  return patch;
}

}  // namespace

std::vector<Mark> marks_of(const kube::Object& object) {
  std::vector<Mark> out;
  add_flux(object, Tool::Kustomization, "kustomize.toolkit.fluxcd.io", out);
  add_flux(object, Tool::HelmRelease, "helm.toolkit.fluxcd.io", out);
  add_argo(object, out);
  return out;
}

std::optional<std::string> switched_on(Tool tool, const kube::Object& writer) {
  if (tool == Tool::Application) {
    const json::Value& automated = writer["spec"]["syncPolicy"]["automated"];
    if (!automated.is_object() || !automated["enabled"].as_bool(true)) return std::nullopt;
    return json::dump(automated);
  }
  const json::Value& suspend = writer["spec"]["suspend"];
  if (suspend.as_bool()) return std::nullopt;
  return json::dump(suspend);
}

json::Value suspend_patch(Tool tool, const kube::Object& writer) {
  json::Value patch = patch_of(writer);
  if (tool == Tool::Application)
    patch.ref({"spec", "syncPolicy"}).set("automated", json::Value());
  else
    patch.ref("spec").set("suspend", true);
  return patch;
}

std::optional<json::Value> resume_patch(Tool tool, const kube::Object& writer, const std::string& before) {
  auto value = json::parse(before);
  if (!value) return std::nullopt;
  json::Value patch = patch_of(writer);
  if (tool == Tool::Application) {
    if (!writer["spec"]["syncPolicy"]["automated"].is_null()) return std::nullopt;
    patch.ref({"spec", "syncPolicy"}).set("automated", std::move(*value));
    return patch;
  }
  if (!writer["spec"]["suspend"].as_bool()) return std::nullopt;
  patch.ref("spec").set("suspend", std::move(*value));
  return patch;
}

}  // namespace slipway::pivot::detail
