// A server with one resource, thin and exact: lists, WatchList streams and plain watches of ConfigMaps (or of anything, the path does not count), scripted by
// flags.
#pragma once

#include <map>

#include "pkg/net/http.h"
#include "test/unit/kube/fake.h"

namespace slipway::test {

struct FakeApi {
  explicit FakeApi(Loop& l) : loop(l), server(l) {
    server.answer = [this](const net::Request& r) { return answer(r); };
  }
  Loop& loop;
  FakeServer server;
  int rv = 10;
  std::map<std::string, kube::Object> objects;  // "ns/name"
  std::vector<std::shared_ptr<Wire>> watches;   // open ones last
  std::vector<std::string> log;                 // "stream rv=", "list rv= limit=", "watch rv=5"
  bool watch_list = true;                       // false: 422
  bool end_bookmark = true;                     // false: streams never end their initial events
  std::function<std::optional<net::Response>(const std::string& verb, const net::Target&)> fault;

  kube::Object make(std::string name) {
    kube::Object o = kube::make_object("v1", "ConfigMap", {"ns", name});
    json::Value& metadata = o.ref("metadata");
    metadata.set("uid", "uid-" + name);
    metadata.set("resourceVersion", std::to_string(++rv));
    return o;
  }
  void put(const std::string& name) {
    const auto o = make(name);
    const bool known = objects.contains("ns/" + name);
    objects["ns/" + name] = o;
    tell(known ? "MODIFIED" : "ADDED", o);
  }
  void remove(const std::string& name) {
    auto o = objects["ns/" + name];
    objects.erase("ns/" + name);
    o.ref("metadata").set("resourceVersion", std::to_string(++rv));
    tell("DELETED", o);
  }
  // Without telling anybody: what a watch missed.
  void put_silently(const std::string& name) { objects["ns/" + name] = make(name); }
  void remove_silently(const std::string& name) {
    objects.erase("ns/" + name);
    ++rv;
  }
  void tell(std::string_view type, const kube::Object& o) {
    for (const auto& w : watches)
      if (!w->dropped()) w->event(type, o);
  }
  void bookmark(bool end = false) {
    kube::Object o;
    o.ref("metadata").set("resourceVersion", std::to_string(rv));
    if (end) o.ref({"metadata", "annotations", "k8s.io/initial-events-end"}) = "true";
    tell("BOOKMARK", o);
  }
  void error(int code, std::string_view reason) { tell("ERROR", json::parse(status_response(code, reason, "gone").body).value()); }
  [[nodiscard]] std::shared_ptr<Wire> last_watch() const { return watches.back(); }
  std::vector<std::string> take_log() { return std::exchange(log, {}); }

 private:
  net::Response answer(const net::Request& r) {
    const auto target = net::parse_target(r.target).value();
    const bool watching = target.get("watch") == "true";
    const bool streaming = target.get("sendInitialEvents") == "true";
    const std::string verb = streaming ? "stream" : watching ? "watch" : "list";
    log.push_back(verb + " rv=" + std::string(target.get("resourceVersion")) + (verb == "list" ? " limit=" + std::string(target.get("limit")) : ""));
    if (fault)
      if (auto response = fault(verb, target)) return std::move(*response);
    if (streaming && !watch_list)
      return status_response(422, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
    if (!watching) return list(target);
    auto wire = std::make_shared<Wire>(loop);
    watches.push_back(wire);
    if (streaming) {
      for (const auto& [key, o] : objects) wire->event("ADDED", o);
      if (end_bookmark) {
        kube::Object o;
        o.ref("metadata").set("resourceVersion", std::to_string(rv));
        o.ref({"metadata", "annotations", "k8s.io/initial-events-end"}) = "true";
        wire->event("BOOKMARK", o);
      }
    }
    return Wire::response(wire);
  }

  // With a limit, pages of two, whatever the limit says.
  net::Response list(const net::Target& target) {
    json::Value body;
    body.set("kind", "ConfigMapList");
    body.set("apiVersion", "v1");
    body.ref("metadata").set("resourceVersion", std::to_string(rv));
    body.ref("items").make_array();
    const bool paged = target.has("limit") || target.has("continue");
    const std::string after(target.get("continue"));
    for (const auto& [key, o] : objects) {
      if (key <= after) continue;
      if (paged && body["items"].size() == 2) {
        body.ref("metadata").set("continue", "ns/" + std::string(kube::name_of(body["items"][1])));
        break;
      }
      auto item = o;
      item.erase("kind");
      item.erase("apiVersion");
      body.ref("items").push_back(std::move(item));
    }
    return json_response(200, json::dump(body));
  }
};

}  // namespace slipway::test
