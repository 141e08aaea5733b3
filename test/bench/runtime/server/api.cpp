#include "test/bench/runtime/server/api.h"

#include <algorithm>
#include <charconv>

#include "pkg/json/value.h"
#include "test/bench/runtime/server/streams.h"

namespace slipway::bench {
namespace {

using json::Array;
using json::Object;
using json::Value;

net::Response answer(const Value& value, int code = 200) { return {code, "application/json", json::dump(value)}; }

net::Response refuse(int code, std::string_view reason, std::string_view message) {
  return answer(
      Object{{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", Object{}}, {"status", "Failure"}, {"message", message}, {"reason", reason}, {"code", code}},
      code);
}

std::uint64_t number(std::string_view text, std::uint64_t fallback) {
  std::uint64_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  return ec == std::errc() && end == text.data() + text.size() ? n : fallback;
}

Value group_of(const std::string& group) {
  const Object version{{"groupVersion", group + "/v1"}, {"version", "v1"}};
  return Object{{"name", group}, {"versions", Array{version}}, {"preferredVersion", version}};
}

// prefix/namespaces/bench/plural[/name[/status]], or without namespace.
struct Place {
  std::size_t kind = 0;
  std::string name;
  bool found = false;
};

Place place_of(const std::vector<Kind>& kinds, std::string_view path) {
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const std::string prefix = kinds[k].prefix() + "/";
    if (!path.starts_with(prefix)) continue;
    std::string_view rest = path.substr(prefix.size());
    const std::string in_namespace = "namespaces/" + std::string(kNamespace) + "/";
    if (rest.starts_with(in_namespace)) rest.remove_prefix(in_namespace.size());
    const std::string_view plural = rest.substr(0, rest.find('/'));
    if (plural != kinds[k].plural) continue;
    rest.remove_prefix(std::min(rest.size(), plural.size() + 1));
    return {k, std::string(rest.substr(0, rest.find('/'))), true};
  }
  return {};
}

}  // namespace

async::Awaitable<net::Response> Api::handle(net::Request request) {
  auto target = net::parse_target(request.target);
  if (!target) co_return refuse(400, "BadRequest", target.error().message());
  if (target->path.starts_with("/bench/")) co_return co_await control(target->path, *target);
  const Place place = place_of(world_.kinds(), target->path);
  if (!place.found) co_return discovery(target->path);
  if (request.method == "PATCH") co_return co_await patch(place.kind, place.name, std::move(request.body));
  if (request.method != "GET") co_return refuse(405, "MethodNotAllowed", "only GET and PATCH are served here");
  co_return read(place.kind, place.name, *target);
}

async::Awaitable<net::Response> Api::control(std::string path, net::Target target) {
  if (path == "/bench/start") {
    tasks_.spawn("events", world_.emit(std::max<std::uint64_t>(1, number(target.get("rate"), 1)), number(target.get("seconds"), 1)));
    co_return net::Response(200, "text/plain", "started\n");
  }
  std::string text = co_await world_.latencies();
  co_return net::Response(200, "text/plain", std::move(text));
}

net::Response Api::read(std::size_t kind, std::string_view name, const net::Target& target) {
  const std::string_view watch = target.get("watch");
  if (watch == "1" || watch == "true") {
    const bool initial = target.get("sendInitialEvents") == "true";
    if (initial && !options_.watch_list) return refuse(422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden");
    return watch_response(world_, tasks_.executor(), kind, initial);
  }
  if (name.empty()) return list(world_.kinds()[kind], target);
  const Rendered* object = world_.find(name);
  if (object == nullptr) return refuse(404, "NotFound", "not found");
  return {200, "application/json", world_.kinds()[kind].whole(*object)};
}

// As kube-apiserver's watch cache: a list of "any version" comes whole, whatever the limit.
net::Response Api::list(const Kind& kind, const net::Target& target) {
  const std::size_t all = world_.objects().size();
  const std::size_t limit = target.get("resourceVersion") == "0" ? 0 : number(target.get("limit"), 0);
  const std::size_t begin = std::min(all, static_cast<std::size_t>(number(target.get("continue"), 0)));
  const std::size_t end = limit == 0 ? all : std::min(all, begin + limit);
  return list_response(world_, kind, begin, end, end == all ? "" : std::to_string(end));
}

async::Awaitable<net::Response> Api::patch(std::size_t kind, std::string name, std::string body) {
  const Rendered* object = world_.find(name);
  if (object == nullptr) co_return refuse(404, "NotFound", "not found");
  world_.patched(name, body);
  if (options_.patch_delay.count() > 0) co_await world_.clock().sleep_until(world_.clock().now() + options_.patch_delay);
  co_return net::Response(200, "application/json", world_.kinds()[kind].whole(*object));
}

net::Response Api::discovery(std::string_view path) {
  const Kind& first = world_.kinds().front();
  if (path == "/version") return answer(Object{{"major", "1"}, {"minor", "36"}, {"gitVersion", "v1.36.0"}});
  if (path == "/api") return answer(Object{{"kind", "APIVersions"}, {"versions", Array{"v1"}}});
  if (path == "/apis") {
    Array groups;
    if (!first.group.empty()) groups.push_back(group_of(first.group));
    return answer(Object{{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}});
  }
  if (!first.group.empty() && path == "/apis/" + first.group) {
    Value group = group_of(first.group);
    group.set("kind", "APIGroup");
    group.set("apiVersion", "v1");
    return answer(group);
  }
  if (path != first.prefix() && path != "/api/v1") return refuse(404, "NotFound", "the server could not find the requested resource");
  Array resources;
  for (const Kind& kind : world_.kinds()) {
    if (path != kind.prefix()) continue;
    resources.push_back(
        Object{{"name", kind.plural}, {"singularName", ""}, {"namespaced", true}, {"kind", kind.kind}, {"verbs", Array{"get", "list", "watch", "patch"}}});
    resources.push_back(
        Object{{"name", kind.plural + "/status"}, {"singularName", ""}, {"namespaced", true}, {"kind", kind.kind}, {"verbs", Array{"get", "patch"}}});
  }
  const std::string version = path == "/api/v1" ? "v1" : first.api_version();
  return answer(Object{{"kind", "APIResourceList"}, {"apiVersion", "v1"}, {"groupVersion", version}, {"resources", std::move(resources)}});
}

}  // namespace slipway::bench
