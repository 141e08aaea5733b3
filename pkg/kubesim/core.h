// One API server's parts in one place, and the calls that requests become. Inside kubesim only. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pkg/kubesim/auth.h"
#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/encode.h"
#include "pkg/kubesim/faults.h"
#include "pkg/kubesim/housekeeper.h"
#include "pkg/kubesim/request_info.h"
#include "pkg/kubesim/selectors.h"
#include "pkg/kubesim/server.h"
#include "pkg/kubesim/watch_hub.h"

namespace slipway::kubesim {

inline constexpr std::size_t kMaxBody = 3UL * 1024 * 1024;  // apiserver MaxRequestBodyBytes

struct Core {
  Core(async::Executor executor_, async::Clock& clock_, Options options_);

  Options options;
  async::Executor executor;
  async::Clock& clock;
  Backend backend;
  WatchHub watches;
  Housekeeper housekeeper;
  Faults faults;
  Authenticator auth;
  std::function<void(const RequestRecord&)> hook;
  std::uint64_t requests = 0;
  bool stopped = false;
};

// A request for a resource that is served.
struct Call {
  std::shared_ptr<Core> core;
  const net::Request& request;
  const net::Target& target;
  const RequestInfo& info;
  const User& user;
  ResourcePtr def;
  OutputFormat format;
  std::vector<std::string> warnings;
  [[nodiscard]] kube::ObjectKey key() const { return {info.ns, info.name}; }
};

// The whole way of a request behind authentication and faults. Never throws.
[[nodiscard]] net::Response serve(const std::shared_ptr<Core>& core, const net::Request& request, const net::Target& target, const RequestInfo& info,
                                  const User& user);
// The handler of net: authentication, faults, audit hook around serve().
async::Awaitable<net::Response> handle(std::shared_ptr<Core> core, net::Request request);

[[nodiscard]] Outcome<net::Response> handle_get(Call& call);
[[nodiscard]] Outcome<net::Response> handle_list(Call& call);
[[nodiscard]] Outcome<net::Response> handle_watch(Call& call);
[[nodiscard]] Outcome<net::Response> handle_create(Call& call);
[[nodiscard]] Outcome<net::Response> handle_update(Call& call);
[[nodiscard]] Outcome<net::Response> handle_patch(Call& call);
[[nodiscard]] Outcome<net::Response> handle_delete(Call& call);
[[nodiscard]] Outcome<net::Response> handle_delete_collection(Call& call);
[[nodiscard]] Outcome<net::Response> handle_scale(Call& call);
// SelfSubjectAccessReview and its neighbours; nothing where the resource is none of them.
[[nodiscard]] std::optional<Outcome<net::Response>> handle_review(Call& call);
// /healthz, /version, discovery, OpenAPI; nothing where nobody serves the path.
[[nodiscard]] std::optional<net::Response> handle_path(Core& core, const net::Request& request, const net::Target& target);

// What list, watch and deletecollection share.
struct Selection {
  LabelSelector labels;
  FieldSelector fields;
  [[nodiscard]] bool empty() const noexcept { return labels.empty() && fields.empty(); }
  [[nodiscard]] bool matches(const kube::Object& object) const { return labels.matches(object) && fields.matches(object); }
};
[[nodiscard]] Outcome<Selection> selection_of(const Call& call);

[[nodiscard]] Outcome<std::int64_t> integer_of(const net::Target& target, std::string_view key);  // 0 where absent
[[nodiscard]] std::optional<Refusal> refuse_list_options(const net::Target& target);
[[nodiscard]] Refusal invalid_list_options(std::span<const FieldIssue> issues);

// 504 with the cause that clients look for.
[[nodiscard]] Refusal too_large_revision(Revision wanted, Revision current);

// Bodies and options of writes.
[[nodiscard]] Outcome<json::Value> body_of(const Call& call);
[[nodiscard]] Outcome<json::Value> parse_patch(const Call& call);  // the same of a patch
[[nodiscard]] Outcome<json::Value> apply_json_patch(const json::Value& live, const json::Value& patch);
[[nodiscard]] Outcome<WriteRequest> write_request_of(Call& call, std::string_view options_kind);
[[nodiscard]] net::Response written_response(Call& call, int status, const kube::ObjectPtr& object);
[[nodiscard]] bool flag(const net::Target& target, std::string_view key);
[[nodiscard]] std::string media_type(const net::Request& request);

}  // namespace slipway::kubesim
