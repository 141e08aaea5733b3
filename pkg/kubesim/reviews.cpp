// Reviews are answered, not stored: everybody who is authenticated is allowed everything.
#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

json::Value allowed() { return json::Object{{"allowed", true}, {"reason", "kubesim allows everything to everybody who is authenticated"}}; }

json::Value user_info(const User& user) {
  json::Array groups;
  for (const auto& g : user.groups) groups.emplace_back(g);
  return json::Object{{"username", user.name}, {"groups", std::move(groups)}};
}

json::Value all_rules() {
  const json::Array all{json::Value("*")};
  json::Array resources, paths;
  resources.emplace_back(json::Object{{"verbs", all}, {"apiGroups", all}, {"resources", all}});
  paths.emplace_back(json::Object{{"verbs", all}, {"nonResourceURLs", all}});
  return json::Object{{"resourceRules", std::move(resources)}, {"nonResourceRules", std::move(paths)}, {"incomplete", false}};
}

}  // namespace

std::optional<Outcome<net::Response>> handle_review(Call& call) {
  const auto& group = call.def->gvr.group;
  if (group != "authorization.k8s.io" && group != "authentication.k8s.io") return std::nullopt;
  const auto& resource = call.def->gvr.resource;
  json::Value status;
  if (resource.ends_with("accessreviews")) status = allowed();
  if (resource == "selfsubjectrulesreviews") status = all_rules();
  if (resource == "selfsubjectreviews") status = json::Object{{"userInfo", user_info(call.user)}};
  if (status.is_null()) return not_implemented("kubesim does not answer " + qualified(call.def->gvr));
  if (call.info.verb != "create") return method_not_supported(call.def->gvr, call.info.verb);
  auto body = body_of(call);
  if (!body) return Refusal(std::move(body).error());
  if (auto fits = check_body(*call.def, *body); !fits) return Refusal(std::move(fits).error());
  body->set("status", std::move(status));
  OutputFormat plain;
  return ok(201, json::dump(*body) + "\n", plain);
}

}  // namespace slipway::kubesim
