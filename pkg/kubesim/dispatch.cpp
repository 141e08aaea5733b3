// The way of a request: authentication, faults, routing, the audit hook.
#include <algorithm>
#include <array>

#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

// Paths that probes ask without credentials.
constexpr auto kOpenPaths = std::to_array<std::string_view>({"/healthz", "/livez", "/readyz", "/version"});

net::Response page_not_found() { return {404, "text/plain; charset=utf-8", "404 page not found\n"}; }
net::Response hang_up() { return {0, {}, {}}; }  // net closes the connection without an answer

bool serves_verb(const ResourceDef& def, std::string_view verb) { return def.verbs.empty() || std::ranges::find(def.verbs, verb) != def.verbs.end(); }

// A subresource that exists but that kubesim does not act out.
bool unplayed(const ResourceDef& def, std::string_view subresource) {
  constexpr auto kPods =
      std::to_array<std::string_view>({"log", "exec", "attach", "portforward", "proxy", "eviction", "binding", "ephemeralcontainers", "resize"});
  if (def.is_crd) return subresource == "scale" && def.has_scale;
  if (def.gvr.group.empty() && def.gvr.resource == "pods") return std::ranges::find(kPods, subresource) != kPods.end();
  const bool proxied = def.gvr.group.empty() && (def.gvr.resource == "services" || def.gvr.resource == "nodes");
  return (proxied && subresource == "proxy") || (def.gvr.resource == "serviceaccounts" && subresource == "token");
}

Outcome<net::Response> call_verb(Call& call) {
  const std::string& verb = call.info.verb;
  if (verb == "get") return handle_get(call);
  if (verb == "list") return handle_list(call);
  if (verb == "watch") return handle_watch(call);
  if (verb == "create") return handle_create(call);
  if (verb == "update") return handle_update(call);
  if (verb == "patch") return handle_patch(call);
  if (verb == "delete") return handle_delete(call);
  if (verb == "deletecollection") return handle_delete_collection(call);
  return method_not_supported(call.def->gvr, verb);
}

Outcome<net::Response> call_subresource(Call& call) {
  const auto& sub = call.info.subresource;
  const auto& verb = call.info.verb;
  if (sub == "scale" && call.def->has_scale && !call.def->is_crd) return handle_scale(call);
  const bool readable = verb == "get" || verb == "update" || verb == "patch";
  if (sub == "status" && call.def->has_status) return readable ? call_verb(call) : method_not_supported(call.def->gvr, verb);
  if (sub == "finalize" && call.def->gvr.group.empty() && call.def->gvr.resource == "namespaces")
    return verb == "update" ? call_verb(call) : method_not_supported(call.def->gvr, verb);
  if (unplayed(*call.def, sub)) return not_implemented("kubesim does not serve the " + sub + " subresource of " + qualified(call.def->gvr));
  if (!call.def->is_crd) return no_such_resource();
  return sub == "status" || sub == "scale" ? Outcome<net::Response>(page_not_found()) : not_found(call.def->gvr, call.info.name);
}

Outcome<net::Response> call_resource(Call& call) {
  const RequestInfo& info = call.info;
  const ResourceDef& def = *call.def;
  if (auto review = handle_review(call)) return std::move(*review);
  const bool misplaced = def.gvr.namespaced ? info.ns.empty() && !info.name.empty() : !info.ns.empty();
  if (misplaced || !info.extra.empty()) return def.is_crd ? Outcome<net::Response>(page_not_found()) : no_such_resource();
  const bool on_collection = info.verb == "create" || info.verb == "list" || info.verb == "watch" || info.verb == "deletecollection";
  if (!info.subresource.empty()) return call_subresource(call);
  const bool everywhere = def.gvr.namespaced && info.ns.empty() && (info.verb == "create" || info.verb == "deletecollection");
  // Built-in kinds have a route for each method that they take; custom resources share one that looks at the verb.
  if (!serves_verb(def, info.verb) || on_collection != info.name.empty() || everywhere)
    return def.is_crd ? method_not_supported(def.gvr, info.verb) : method_not_allowed();
  return call_verb(call);
}

// A group that is built in answers for all that stands below it; what nobody serves is no resource at all.
net::Response nothing_there(Core& core, const RequestInfo& info) {
  const auto all = core.backend.registry().all();
  const bool built_in = std::ranges::any_of(all, [&](const ResourcePtr& def) { return !def->is_crd && def->gvr.group == info.group; });
  return info.is_resource && built_in ? response_of(no_such_resource().error()) : page_not_found();
}

// The 406 of the router of built-in kinds.
Refusal not_representable(std::string_view verb) {
  std::string message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf";
  if (verb == "list" || verb == "watch") message += ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
  return generic(406, "NotAcceptable", std::move(message));
}

RequestRecord record_of(const RequestInfo& info, const User& user, int status) {
  return {info.verb, info.group, info.resource, info.subresource, info.ns, info.name, user.name, status};
}

}  // namespace

net::Response serve(const std::shared_ptr<Core>& core, const net::Request& request, const net::Target& target, const RequestInfo& info, const User& user) {
  if (!info.is_resource) {
    auto response = handle_path(*core, request, target);
    return response ? std::move(*response) : nothing_there(*core, info);
  }
  if (info.deprecated_watch) return response_of(not_implemented("kubesim does not serve the deprecated /watch/ paths: list with ?watch=true instead").error());
  ResourcePtr def = core->backend.registry().find(info.group, info.version, info.resource);
  if (!def) return nothing_there(*core, info);
  auto format = negotiate(request.headers.get("Accept"), target, info.verb == "list" || info.verb == "watch");
  if (!format && !def->is_crd) return response_of(not_representable(info.verb).error());
  if (!format) return response_of(format.error());
  Call call{core, request, target, info, user, std::move(def), std::move(*format), {}};
  auto response = call_resource(call);
  return response ? std::move(*response) : response_of(response.error());
}

async::Awaitable<net::Response> handle(std::shared_ptr<Core> core, net::Request request) {
  ++core->requests;
  if (core->stopped) co_return hang_up();
  const auto target = net::parse_target(request.target);
  if (!target) co_return response_of(bad_request(target.error().message()).error());
  const RequestInfo info = request_info(request.method, *target);
  const bool open = std::ranges::any_of(kOpenPaths, [&](std::string_view p) { return target->path == p || target->path.starts_with(std::string(p) + "/"); });
  auto user = core->auth.authenticate(request);
  if (!user && open) user = User{"system:anonymous", {"system:unauthenticated"}};
  if (!user) co_return response_of(StatusError{401, "Unauthorized", "Unauthorized", {}});

  const auto fault = core->faults.take(info);
  using Action = Fault::Action;
  if (fault && fault->action == Action::Delay) co_await core->clock.sleep_until(core->clock.now() + fault->delay);
  net::Response response;
  if (fault && fault->action == Action::Reset) {
    response = hang_up();
  } else if (fault && fault->action == Action::Status) {
    response = response_of(status_of_fault(*fault));
  } else {
    response = serve(core, request, *target, info, *user);
  }
  if (core->hook) core->hook(record_of(info, *user, response.status));
  if (fault && fault->action == Action::Drop) co_return hang_up();
  if (fault && fault->action == Action::Truncate) co_return truncated(std::move(response));
  co_return response;
}

}  // namespace slipway::kubesim
