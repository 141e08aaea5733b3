#include "pkg/kube/client.h"

#include "pkg/kube/detail/caller.h"
#include "pkg/kube/detail/frames.h"
#include "pkg/kube/detail/list_slicer.h"
#include "pkg/kube/detail/request.h"

namespace slipway::kube {
namespace {

using namespace detail;

constexpr std::size_t kMaxErrorBody = 256UL << 10U;  // of an answer to a watch that is no success
// The first that the server knows (kubernetes/enhancements 3352); old servers answer APIGroupList.
constexpr std::string_view kDiscoveryTypes =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json";

constexpr std::string_view kWhole = "application/json";
// Servers that do not know it (aggregated ones) answer whole.
constexpr std::string_view kMetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
std::string_view answer_type(bool metadata_only) noexcept { return metadata_only ? kMetadataOnly : kWhole; }

// "https://127.0.0.1:6443/prefix" -> "127.0.0.1:6443", as client-go labels its metrics.
std::string host_of(std::string_view server) {
  const auto scheme = server.find("://");
  if (scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  return std::string(server.substr(0, server.find('/')));
}

std::string verb_on(std::string_view verb, const GroupVersionResource& gvr, const ObjectKey& key) {
  std::string what(verb);
  return what.append(" ").append(subject_of(gvr, key));
}

// Names the kind where the body tells it: "patching Cluster tkg-system/x".
std::string verb_on(std::string_view verb, const GroupVersionResource& gvr, const ObjectKey& key, const Object& body) {
  if (kind_of(body).empty()) return verb_on(verb, gvr, key);
  std::string what(verb);
  return what.append(" ").append(kind_of(body)).append(" ").append(key.name.empty() ? key.ns : key.to_string());
}

bool is_success(int status) noexcept { return status >= 200 && status < 300; }

Result<Object> parse_object(const std::string& body, const std::string& what, const json::Projection& drop = {}) {
  auto parsed = json::parse(body, {}, drop.paths().empty() ? nullptr : &drop);
  // Not quoted: it may be a Secret. Worth a retry: proxies and dying servers cut answers.
  if (!parsed || !parsed->is_object()) return fail(Disposition::Transient, what + ": the server's answer is not a JSON object");
  return std::move(*parsed);
}

// Lists leave apiVersion and kind out of their items.
Object typed_item(Object item, const std::string& api_version, const std::string& kind) {
  if (item.contains("kind") && item.contains("apiVersion")) return item;
  json::Object out;
  out.append("apiVersion", item.contains("apiVersion") ? item["apiVersion"] : json::Value(api_version));
  out.append("kind", item.contains("kind") ? item["kind"] : json::Value(kind));
  for (auto& member : item.make_object())
    if (member.key != "apiVersion" && member.key != "kind") out.append(std::move(member.key), std::move(member.value));
  return Object(std::move(out));
}

Result<ListResult> parse_list(Object list, const std::string& what) {
  std::string kind(kind_of(list));
  if (!kind.ends_with("List"))
    return fail(Disposition::Terminal, what + ": the server answered a " + (kind.empty() ? "value without a kind" : kind) + ", not a list");
  kind.resize(kind.size() - 4);
  const std::string api_version = list["apiVersion"].str();
  ListResult result;
  result.resource_version = list["metadata"]["resourceVersion"].str();
  result.continue_token = list["metadata"]["continue"].str();
  json::Value* items = list.find_mut("items");
  if (items == nullptr || items->is_null()) return result;
  if (!items->is_array()) return fail(Disposition::Transient, what + ": the items of the list are no array");
  json::Array& array = items->make_array();
  result.items.reserve(array.size());
  for (auto& item : array) {
    if (!item.is_object()) return fail(Disposition::Transient, what + ": an item of the list is no object");
    result.items.push_back(typed_item(std::move(item), api_version, kind));
  }
  return result;
}

class RestClient final : public Client {
 public:
  RestClient(std::shared_ptr<net::Transport> transport, async::Clock& clock, std::string server, ClientOptions options)
      : clock_(clock),
        server_(std::move(server)),
        caller_(std::move(transport), clock, host_of(server_), options),
        user_agent_(detail::user_agent(options.user_agent)),
        timeout_(options.request_timeout) {}

  Awaitable<Result<Object>> get(GroupVersionResource gvr, ObjectKey key) override {
    Status ok = check_key(gvr, key);
    if (!ok) co_return fail(std::move(ok).error());
    net::Request request("GET", resource_path(gvr, key.ns, key.name, {}));
    Result<Object> object = co_await object_call(std::move(request), verb_on("getting", gvr, key));
    co_return object;
  }

  Awaitable<Result<ListResult>> list(GroupVersionResource gvr, std::string ns, ListOptions options) override {
    std::string what = verb_on("listing", gvr, {ns, {}});
    if (Status ok = check_list_namespace(gvr, ns); !ok) co_return fail(std::move(ok).error());
    net::Request request("GET", resource_path(gvr, ns, {}, {}) + query_of(options));
    Result<net::Response> response = co_await call(std::move(request), kWhole, what);
    if (!response) co_return fail(std::move(response).error());
    const json::Projection drop = options.decoding ? options.decoding->drop.below("*").below("items") : json::Projection();
    Result<Object> body = parse_object(response->body, what, drop);
    response->body = std::string();
    if (!body) co_return fail(std::move(body).error());
    co_return parse_list(std::move(*body), what);
  }

  Awaitable<Result<std::unique_ptr<WatchStream>>> watch(GroupVersionResource gvr, std::string ns, WatchOptions options) override {
    std::string what = verb_on("watching", gvr, {ns, {}});
    if (Status ok = check_list_namespace(gvr, ns); !ok) co_return fail(std::move(ok).error());
    std::shared_ptr<const Decoding> decoding = std::move(options.decoding);
    net::Request request("GET", resource_path(gvr, ns, {}, {}) + query_of(options));
    decorate(request, "application/json");
    const Deadline deadline = clock_.after(timeout_);
    Result<net::Response> response = co_await caller_.open(std::move(request), deadline);
    if (!response) co_return fail(std::move(response).error().in(what));
    if (response->status == 200) co_return make_watch_stream(std::move(response->stream), std::move(response->body), std::move(what), std::move(decoding));
    Error error = co_await error_of(std::move(*response), deadline, std::move(what));
    co_return fail(std::move(error));
  }

  Awaitable<Result<ListResult>> list_each(GroupVersionResource gvr, std::string ns, ListOptions options, ListItem each) override {
    std::string what = verb_on("listing", gvr, {ns, {}});
    if (Status ok = check_list_namespace(gvr, ns); !ok) co_return fail(std::move(ok).error());
    net::Request request("GET", resource_path(gvr, ns, {}, {}) + query_of(options));
    decorate(request, "application/json");
    const Deadline deadline = clock_.after(timeout_);
    Result<net::Response> response = co_await caller_.open(std::move(request), deadline);
    if (!response) co_return fail(std::move(response).error().in(what));
    if (response->status != 200) {
      Error error = co_await error_of(std::move(*response), deadline, std::move(what));
      co_return fail(std::move(error));
    }
    detail::ListReader reader(std::move(options.decoding), std::move(each));
    Status taken = reader.take(response->body);
    while (taken && response->stream) {
      // A large list takes its time; a connection that says nothing for that long is dead.
      Result<std::string> bytes = co_await response->stream->read(clock_.after(timeout_));
      if (!bytes) co_return fail(std::move(bytes).error().in(what));
      if (bytes->empty()) break;
      taken = reader.take(*bytes);
    }
    if (!taken) co_return fail(std::move(taken).error().in(what));
    Result<ListResult> result = reader.end();
    if (!result) co_return fail(std::move(result).error().in(what));
    co_return result;
  }

  Awaitable<Result<Object>> create(GroupVersionResource gvr, Object object, WriteOptions options) override {
    const ObjectKey key = key_of(object);
    std::string what = verb_on("creating", gvr, key, object);
    // With generateName the server makes the name; with a subresource (eviction, token) the path needs it.
    Status ok = options.subresource.empty() && key.name.empty() ? check_namespace(gvr, key.ns) : check_key(gvr, key);
    if (!ok) co_return fail(std::move(ok).error());
    const std::string_view name = options.subresource.empty() ? std::string_view() : std::string_view(key.name);
    net::Request request("POST", resource_path(gvr, key.ns, name, options.subresource) + query_of(options));
    set_body(request, object, "application/json");
    Result<Object> created = co_await object_call(std::move(request), std::move(what), answer_type(options.metadata_only));
    co_return created;
  }

  Awaitable<Result<Object>> update(GroupVersionResource gvr, Object object, WriteOptions options) override {
    const ObjectKey key = key_of(object);
    std::string what = verb_on("updating", gvr, key, object);
    Status ok = check_key(gvr, key);
    if (!ok) co_return fail(std::move(ok).error());
    net::Request request("PUT", resource_path(gvr, key.ns, key.name, options.subresource) + query_of(options));
    set_body(request, object, "application/json");
    Result<Object> updated = co_await object_call(std::move(request), std::move(what), answer_type(options.metadata_only));
    co_return updated;
  }

  Awaitable<Result<Object>> patch(GroupVersionResource gvr, ObjectKey key, PatchType type, json::Value body, PatchOptions options) override {
    std::string what = verb_on(type == PatchType::Apply ? "applying" : "patching", gvr, key, body);
    Status ok = check_key(gvr, key);
    if (!ok) co_return fail(std::move(ok).error());
    if (type == PatchType::Apply) {
      if (json::Value* metadata = body.find_mut("metadata")) metadata->erase("managedFields");  // the server refuses it in an intent
    }
    net::Request request("PATCH", resource_path(gvr, key.ns, key.name, options.subresource) + query_of(options, type));
    set_body(request, body, content_type_of(type));
    Result<Object> patched = co_await object_call(std::move(request), std::move(what), answer_type(options.metadata_only));
    co_return patched;
  }

  Awaitable<Result<Object>> remove(GroupVersionResource gvr, ObjectKey key, DeleteOptions options) override {
    Status ok = check_key(gvr, key);
    if (!ok) co_return fail(std::move(ok).error());
    net::Request request("DELETE", resource_path(gvr, key.ns, key.name, {}));
    const json::Value body = body_of(options);
    set_body(request, body, "application/json");
    Result<Object> removed = co_await object_call(std::move(request), verb_on("deleting", gvr, key), answer_type(options.metadata_only));
    co_return removed;
  }

  Awaitable<Result<std::string>> raw(std::string method, std::string path, std::string body) override {
    const std::string what = method + " " + path.substr(0, path.find('?'));
    const bool discovery = method == "GET" && (path == "/api" || path == "/apis");
    net::Request request(std::move(method), std::move(path));
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    request.body = std::move(body);
    Result<net::Response> response = co_await call(std::move(request), discovery ? kDiscoveryTypes : "application/json, */*", what);
    if (!response) co_return fail(std::move(response).error());
    co_return std::move(response->body);
  }

  [[nodiscard]] const std::string& server() const noexcept override { return server_; }
  [[nodiscard]] async::Clock& clock() noexcept override { return clock_; }
  void close() override { caller_.close(); }

 private:
  static Status check_list_namespace(const GroupVersionResource& gvr, const std::string& ns) { return ns.empty() ? Status() : check_namespace(gvr, ns); }

  static void set_body(net::Request& request, const json::Value& body, std::string_view type) {
    request.headers.set("Content-Type", std::string(type));
    request.body = json::dump(body);
  }

  void decorate(net::Request& request, std::string_view accept) const {
    request.headers.set("Accept", std::string(accept));
    request.headers.set("User-Agent", user_agent_);
  }

  // What came of the body is enough to name the error.
  static Awaitable<Error> error_of(net::Response response, Deadline deadline, std::string what) {
    while (response.stream && response.body.size() < kMaxErrorBody) {
      Result<std::string> bytes = co_await response.stream->read(deadline);
      if (!bytes || bytes->empty()) break;
      response.body.append(*bytes);
    }
    co_return error_from_response(response, what);
  }

  Awaitable<Result<net::Response>> call(net::Request request, std::string_view accept, std::string what) {
    decorate(request, accept);
    Result<net::Response> response = co_await caller_.send(std::move(request), clock_.after(timeout_));
    if (!response) co_return fail(std::move(response).error().in(what));
    if (!is_success(response->status)) co_return fail(error_from_response(*response, what));
    co_return response;
  }

  Awaitable<Result<Object>> object_call(net::Request request, std::string what, std::string_view accept = kWhole) {
    Result<net::Response> response = co_await call(std::move(request), accept, what);
    if (!response) co_return fail(std::move(response).error());
    co_return parse_object(response->body, what);
  }

  async::Clock& clock_;
  std::string server_;
  detail::Caller caller_;
  std::string user_agent_;
  std::chrono::seconds timeout_;
};

}  // namespace

std::shared_ptr<Client> make_client(std::shared_ptr<net::Transport> transport, async::Clock& clock, std::string server, ClientOptions options) {
  return std::make_shared<RestClient>(std::move(transport), clock, std::move(server), std::move(options));
}

Awaitable<Result<ListResult>> Client::list_each(GroupVersionResource gvr, std::string ns, ListOptions options, ListItem each) {
  Result<ListResult> page = co_await list(std::move(gvr), std::move(ns), std::move(options));
  if (!page) co_return page;
  for (Object& object : page->items) each(std::move(object), WatchEvent::Body::Whole);
  page->items.clear();
  co_return page;
}

Awaitable<Result<ListResult>> list_all(std::shared_ptr<Client> client, GroupVersionResource gvr, std::string ns, ListOptions options) {
  constexpr std::int64_t kPage = 500;  // client-go tools/pager
  if (options.limit == 0) options.limit = kPage;
  ListResult all;
  for (;;) {
    Result<ListResult> page = co_await client->list(gvr, ns, options);
    if (!page) co_return fail(std::move(page).error());
    all.resource_version = page->resource_version;
    all.items.insert(all.items.end(), std::make_move_iterator(page->items.begin()), std::make_move_iterator(page->items.end()));
    if (page->continue_token.empty()) co_return all;
    // A server that hands out the same token again would keep us here for ever.
    if (page->continue_token == options.continue_token)
      co_return fail(Disposition::Transient, "listing " + detail::subject_of(gvr, {ns, {}}) + ": the server repeated a page");
    options.continue_token = page->continue_token;
    options.resource_version.clear();  // the token carries it; the server refuses both
    options.resource_version_match.clear();
  }
}

Awaitable<Result<Object>> apply(std::shared_ptr<Client> client, GroupVersionResource gvr, Object object, WriteOptions options) {
  ObjectKey key = key_of(object);
  PatchOptions patch;
  static_cast<WriteOptions&>(patch) = std::move(options);
  Result<Object> applied = co_await client->patch(std::move(gvr), std::move(key), PatchType::Apply, std::move(object), std::move(patch));
  co_return applied;
}

}  // namespace slipway::kube
