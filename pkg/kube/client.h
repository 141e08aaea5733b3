// A client of one Kubernetes API server. Every call is one request (list pages are the caller's or list_all's), sent again only where that is safe: reads whose
// connection broke (net), and whatever the server answered with 429 or 5xx and a Retry-After that fits into the request's time. A write whose answer was lost
// is the caller's: it re-reads (client-go never retries writes on transport errors). Writes share a lane whose width follows the server's 429. A cluster that
// stays silent is asked seldom (detail/breaker.h) where the options say so. Warnings of the server are logged, once each. Metrics: rest_client_*. Errors carry
// the server's Status and say what was tried: "patching Cluster tkg-system/x: 409 Conflict: ...". Thread: the loop's only. Cancellation: a cancelled call
// returns Canceled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/kube/types.h"
#include "pkg/net/http.h"

namespace slipway::kube {

using async::Awaitable;
using async::Deadline;

// How objects are read into memory: what is dropped while parsing, and which need not be read at all.
struct Decoding {
  json::Projection drop;  // paths in the object
  struct Identity {       // empty where absent
    std::string_view ns;
    std::string_view name;
    std::string_view uid;
    std::string_view resource_version;
  };
  // Where set: asked for every object before it is parsed. True where the caller holds this very version: the object then comes with its identity only, and
  // is not even checked to be JSON.
  std::function<bool(const Identity&)> known;
  std::function<void(std::size_t bytes)> received;        // of bodies
  std::function<void(std::chrono::nanoseconds)> decoded;  // the time that an object took
  // An object that cannot be parsed is handed out as Unreadable, with its identity where that can be read, instead of ending the stream or the list.
  bool tolerant = false;
};

struct ListOptions {
  std::string label_selector;
  std::string field_selector;
  std::int64_t limit = 0;  // 0: no paging
  std::string continue_token;
  std::string resource_version;
  std::string resource_version_match;
  std::shared_ptr<const Decoding> decoding = {};  // of list(): only what is dropped
};
struct ListResult {
  std::vector<Object> items;  // with apiVersion and kind filled in from the list's
  std::string resource_version;
  std::string continue_token;
};

struct WatchOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;
  bool allow_bookmarks = true;
  bool send_initial_events = false;  // WatchList (KEP-3157); sets resourceVersionMatch=NotOlderThan
  std::int64_t timeout_seconds = 0;
  std::shared_ptr<const Decoding> decoding = {};
};
enum class EventType : std::uint8_t { Added, Modified, Deleted, Bookmark, Error };
struct WatchEvent {
  EventType type = EventType::Error;
  Object object;  // Error: a Status
  enum class Body : std::uint8_t { Whole, Known, Unreadable } body = Body::Whole;
};
using ListItem = std::function<void(Object object, WatchEvent::Body body)>;
class WatchStream {
 public:
  virtual ~WatchStream() = default;
  // The next event; nothing at the server's clean end. Errors: Transient where the connection broke, Timeout, Canceled.
  virtual Awaitable<Result<std::optional<WatchEvent>>> next(Deadline deadline) = 0;
};

struct WriteOptions {
  std::string field_manager = "slipway";
  bool dry_run = false;
  bool strict = false;         // fieldValidation=Strict
  std::string subresource;     // "status"
  bool metadata_only = false;  // the answer, where the caller reads no more: it spares the server and us the rest
};
enum class PatchType : std::uint8_t { Merge, Json, Strategic, Apply };
struct PatchOptions : WriteOptions {
  bool force = true;  // Apply only
};
struct DeleteOptions {
  std::string uid;               // precondition; required by law 7 for everything that Slipway destroys
  std::string resource_version;  // precondition
  std::string propagation;       // Background | Foreground | Orphan; empty: the server's default
  std::optional<std::int64_t> grace_period_seconds;
  bool dry_run = false;
  bool metadata_only = false;  // as WriteOptions
};

class Client {
 public:
  virtual ~Client() = default;

  virtual Awaitable<Result<Object>> get(GroupVersionResource gvr, ObjectKey key) = 0;
  virtual Awaitable<Result<ListResult>> list(GroupVersionResource gvr, std::string ns, ListOptions options) = 0;
  // The same page item by item, as it arrives: for pages of any size. `each` has seen a part of them where it fails; the result has no items.
  virtual Awaitable<Result<ListResult>> list_each(GroupVersionResource gvr, std::string ns, ListOptions options, ListItem each);
  virtual Awaitable<Result<std::unique_ptr<WatchStream>>> watch(GroupVersionResource gvr, std::string ns, WatchOptions options) = 0;
  virtual Awaitable<Result<Object>> create(GroupVersionResource gvr, Object object, WriteOptions options) = 0;  // namespace from metadata
  virtual Awaitable<Result<Object>> update(GroupVersionResource gvr, Object object, WriteOptions options) = 0;
  virtual Awaitable<Result<Object>> patch(GroupVersionResource gvr, ObjectKey key, PatchType type, json::Value body, PatchOptions options) = 0;
  virtual Awaitable<Result<Object>> remove(GroupVersionResource gvr, ObjectKey key, DeleteOptions options) = 0;  // the object or a Status
  // Anything else: discovery, /readyz, /version. Any 2xx is a success. GETs accept any type; for /api and /apis the aggregated discovery is preferred.
  virtual Awaitable<Result<std::string>> raw(std::string method, std::string path, std::string body) = 0;

  [[nodiscard]] virtual const std::string& server() const noexcept = 0;  // "https://127.0.0.1:6443", for messages and metrics
  [[nodiscard]] virtual async::Clock& clock() noexcept = 0;
  virtual void close() {}  // idle connections
};

struct ClientOptions {
  std::string user_agent = "slipway";
  std::chrono::seconds request_timeout{30};  // with all retries and waiting
  std::size_t writes_in_flight = 64;         // at most; fewer after 429
  std::optional<bool> breaker;               // unset: on for connect(), off for make_client()
};
// `server` is only for messages here; the transport knows where it goes.
[[nodiscard]] std::shared_ptr<Client> make_client(std::shared_ptr<net::Transport> transport, async::Clock& clock, std::string server,
                                                  ClientOptions options = {});

// All pages of 500.
Awaitable<Result<ListResult>> list_all(std::shared_ptr<Client> client, GroupVersionResource gvr, std::string ns, ListOptions options);
// Server-side apply with force, for an object whose GVR is known; name and namespace from its metadata. Creates where absent.
Awaitable<Result<Object>> apply(std::shared_ptr<Client> client, GroupVersionResource gvr, Object object, WriteOptions options);

// "/apis/cluster.x-k8s.io/v1beta1/namespaces/x/clusters/y/status": pure, for requests and tests.
[[nodiscard]] std::string resource_path(const GroupVersionResource& gvr, std::string_view ns, std::string_view name, std::string_view subresource);
// The Error for an HTTP answer that is no success; the body may be a Status or anything.
[[nodiscard]] Error error_from_response(const net::Response& response, std::string_view what);
// The Error for a Status object: the body of an answer, or the object of a watch's ERROR event.
[[nodiscard]] Error error_from_status(const Object& status, std::string_view what);
// True where the server does not have the resourceVersion that was asked for yet (a lagging server behind a load balancer).
[[nodiscard]] bool is_resource_version_too_large(const Error& error) noexcept;

}  // namespace slipway::kube
