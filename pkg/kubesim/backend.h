// What the API server does with objects, without HTTP: create, update, delete with admission, defaults, validation, field ownership, preconditions
// and finalizers (apiserver pkg/registry/generic/registry/store.go). Requests and the server's own controllers both come through here.
// Thread: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/kubesim/status_error.h"
#include "pkg/kubesim/storage.h"

namespace slipway::kubesim {

enum class FieldValidation : std::uint8_t { Ignore, Warn, Strict };

struct WriteRequest {
  std::string field_manager = "unknown";
  std::string subresource;  // "", "status" or, for namespaces, "finalize"
  bool dry_run = false;
  bool is_patch = false;  // JSON, merge or strategic: words its refusals as one
  FieldValidation validation = FieldValidation::Ignore;
  std::vector<std::string>* warnings = nullptr;  // collects what Warn finds; may be null
};

struct DeleteRequest {
  std::string uid;  // preconditions; empty: none
  std::string resource_version;
  std::string propagation;  // Background, Foreground, Orphan; empty: the finalizers that the object has decide
  bool dry_run = false;
};

struct Written {
  kube::ObjectPtr object;  // in the version of the ResourceDef that was asked
  bool created = false;
};
struct Deleted {
  kube::ObjectPtr object;  // its last, or still present, state
  bool gone = false;       // false: finalizers keep it
};

class Backend {
 public:
  Backend(async::Clock& clock, std::size_t history) : clock_(clock), storage_(history) {}
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  [[nodiscard]] Storage& storage() noexcept { return storage_; }
  [[nodiscard]] ResourceRegistry& registry() noexcept { return registry_; }
  [[nodiscard]] async::Clock& clock() noexcept { return clock_; }

  [[nodiscard]] kube::ObjectPtr get(const ResourceDef& def, const kube::ObjectKey& key) const;

  // `object` is complete, in the version of `def`; the namespace is the request's. Errors: as kube-apiserver words them.
  [[nodiscard]] Outcome<Written> create(const ResourceDef& def, const std::string& ns, json::Value object, const WriteRequest& request);
  // Makes the next object from the live one. Where it is missing that is NotFound, but for the kinds that PUT creates: `make` gets an empty object then.
  using Make = std::function<Outcome<json::Value>(const json::Value& live)>;
  [[nodiscard]] Outcome<Written> update(const ResourceDef& def, const kube::ObjectKey& key, const Make& make, const WriteRequest& request);
  // Server-side apply; creates where absent.
  [[nodiscard]] Outcome<Written> apply(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& config, bool force, const WriteRequest& request);
  [[nodiscard]] Outcome<Deleted> remove(const ResourceDef& def, const kube::ObjectKey& key, const DeleteRequest& request);

  // Brings an object that is stored in one version into the version of `def` (conversion None: only apiVersion differs; Events change their words too).
  [[nodiscard]] static kube::ObjectPtr in_version(const ResourceDef& def, kube::ObjectPtr stored);

 private:
  enum class Tracking : std::uint8_t { Update, Applied };
  [[nodiscard]] Outcome<Written> create_object(const ResourceDef& def, const std::string& ns, json::Value object, const WriteRequest& request,
                                               Tracking tracking);
  [[nodiscard]] Outcome<Written> create_named(const ResourceDef& def, json::Value object, const WriteRequest& request, Tracking tracking);
  [[nodiscard]] Outcome<Written> create_by_update(const ResourceDef& def, const kube::ObjectKey& key, const Make& make, const WriteRequest& request);
  [[nodiscard]] Outcome<Written> store_update(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, json::Value next,
                                              const WriteRequest& request, Tracking tracking);
  [[nodiscard]] Outcome<void> admit_create(const ResourceDef& def, const std::string& ns, std::string_view name) const;
  // Defaults, pruning, and validation of everything but metadata's changes. The issues are those of a 422.
  [[nodiscard]] Outcome<std::vector<FieldIssue>> settle(const ResourceDef& def, json::Value& object, const json::Value* old, const WriteRequest& request) const;
  [[nodiscard]] kube::ObjectPtr put(const ResourceDef& def, const kube::ObjectKey& key, json::Value object);
  [[nodiscard]] WallTime now() const { return clock_.wall(); }

  async::Clock& clock_;
  Storage storage_;
  ResourceRegistry registry_;
};

// Checks that are the same for all bodies: apiVersion, kind and metadata's shape fit the resource.
[[nodiscard]] Outcome<void> check_body(const ResourceDef& def, const json::Value& object);

}  // namespace slipway::kubesim
