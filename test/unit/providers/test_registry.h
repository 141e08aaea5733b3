// A registry in memory, for tests: the pulling half of the OCI distribution protocol at registry.example, its token service at auth.example and a store of
// blobs at cdn.example; and whatever else a test lets it do wrong. Every request is noted as "GET host/path [credentials]".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"
#include "pkg/net/client.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/oci_repository.h"
#include "test/support/loop.h"
#include "test/unit/providers/keys.h"

namespace slipway::test {

class TestRegistry {
 public:
  static constexpr const char* kRepository = "capi/vsphere";
  using Files = std::vector<std::pair<std::string, std::string>>;

  std::string put_blob(const std::string& bytes) {
    const std::string digest = providers::sha256_digest(bytes);
    blobs[digest] = bytes;
    return digest;
  }
  json::Value layer(const std::string& bytes, std::string_view type, json::Object annotations = {}) {
    json::Value out = json::Object{{"mediaType", type}, {"digest", put_blob(bytes)}, {"size", bytes.size()}};
    if (!annotations.empty()) out.set("annotations", std::move(annotations));
    return out;
  }
  std::string put_manifest(const std::string& tag, const json::Value& body) {
    const std::string bytes = json::dump(body);
    const std::string digest = providers::sha256_digest(bytes);
    manifests[digest] = manifests[tag] = bytes;
    if (!tag.starts_with("sha256")) tags.push_back(tag);
    return digest;
  }
  static json::Value image(json::Array layers) {
    return json::Object{{"schemaVersion", 2}, {"mediaType", "application/vnd.oci.image.manifest.v1+json"}, {"layers", std::move(layers)}};
  }
  // As `oras push`: each file a layer with its name as title.
  std::string push(const std::string& tag, const Files& files) {
    json::Array layers;
    for (const auto& [name, bytes] : files)
      layers.push_back(layer(bytes, "application/vnd.oci.image.layer.v1.tar", {{"org.opencontainers.image.title", name}}));
    return put_manifest(tag, image(std::move(layers)));
  }
  std::string push_archive(const std::string& tag, const std::string& bytes, std::string_view type = "application/vnd.cncf.flux.content.v1.tar+gzip") {
    return put_manifest(tag, image({layer(bytes, type)}));
  }
  // As `cosign sign --key`: `digest` is what the payload claims, `of` whose signature it is said to be.
  void sign(const TestKey& key, const std::string& digest, const std::string& of, json::Array others = {}) {
    const std::string payload =
        json::dump(json::Object{{"critical", json::Object{{"identity", json::Object{{"docker-reference", "registry.example/capi/vsphere"}}},
                                                          {"image", json::Object{{"docker-manifest-digest", digest}}},
                                                          {"type", "cosign container image signature"}}},
                                {"optional", nullptr}});
    others.push_back(layer(payload, "application/vnd.dev.cosign.simplesigning.v1+json", {{"dev.cosignproject.cosign/signature", key.sign(payload)}}));
    put_manifest("sha256-" + of.substr(7) + ".sig", image(std::move(others)));
  }

  [[nodiscard]] providers::RepositoryOptions options(Loop& loop, providers::Access access = {}) {
    return {.executor = loop.executor(),
            .clock = &loop.clock,
            .access = std::move(access),
            .transports = [this](const std::string& origin, const providers::Access&) -> Result<std::shared_ptr<net::Transport>> {
              return net::make_memory_transport([this, host = origin.substr(8)](net::Request request) { return answer_later(this, host, std::move(request)); });
            },
            .go_proxy = {}};
  }

  std::map<std::string, std::string> blobs;      // by digest
  std::map<std::string, std::string> manifests;  // by tag and by digest
  std::vector<std::string> tags;
  std::string wants;             // empty: anonymous; "Bearer ..." or "Basic ..." for everything
  std::string challenge;         // of its 401
  std::string token = "t0k3n";   // what the token service gives
  std::string token_wants;       // its own Authorization; empty: none
  bool redirect_blobs = false;   // to cdn.example
  std::size_t page_size = 1000;  // of tags
  std::function<std::optional<net::Response>(const std::string& host, const net::Request&)> fault;
  std::vector<std::string> log;

 private:
  static async::Awaitable<net::Response> answer_later(TestRegistry* self, std::string host, net::Request request) { co_return self->answer(host, request); }

  static net::Response problem(int status, std::string_view code) {
    return {status, "application/json", R"({"errors":[{"code":")" + std::string(code) + R"(","message":"says the registry"}]})"};
  }
  static net::Response found(const std::map<std::string, std::string>& in, const std::string& key, std::string_view code) {
    const auto it = in.find(key);
    return it == in.end() ? problem(404, code) : net::Response(200, "application/octet-stream", it->second);
  }

  net::Response answer(const std::string& host, const net::Request& request) {
    const std::string authorization(request.headers.get("Authorization"));
    log.push_back(request.method + " " + host + request.target + (authorization.empty() ? "" : " [" + authorization + "]"));
    if (fault)
      if (auto response = fault(host, request)) return std::move(*response);
    const auto target = net::parse_target(request.target).value();
    if (host == "auth.example") return give_token(authorization);
    if (host == "cdn.example") return found(blobs, target.path.substr(1), "BLOB_UNKNOWN");
    if (!wants.empty() && authorization != wants) {
      net::Response refusal = problem(401, "UNAUTHORIZED");
      if (!challenge.empty()) refusal.headers.set("WWW-Authenticate", challenge);
      return refusal;
    }
    const std::string base = std::string("/v2/") + kRepository;
    if (target.path.starts_with(base + "/manifests/")) return found(manifests, target.path.substr(base.size() + 11), "MANIFEST_UNKNOWN");
    if (target.path.starts_with(base + "/blobs/")) return blob(target.path.substr(base.size() + 7));
    if (target.path == base + "/tags/list") return list(target, base);
    return problem(404, "NAME_UNKNOWN");
  }
  [[nodiscard]] net::Response give_token(const std::string& authorization) const {
    if (authorization != token_wants) return problem(401, "UNAUTHORIZED");
    return {200, "application/json", R"({"token":")" + token + R"(","expires_in":300})"};
  }
  [[nodiscard]] net::Response blob(const std::string& digest) const {
    if (!redirect_blobs) return found(blobs, digest, "BLOB_UNKNOWN");
    net::Response out(307, "text/plain", "");
    out.headers.set("Location", "https://cdn.example/" + digest + "?signature=secret");
    return out;
  }
  [[nodiscard]] net::Response list(const net::Target& target, const std::string& base) const {
    const std::string last(target.get("last"));
    json::Array page;
    auto it = tags.begin();
    if (!last.empty()) it = std::next(std::ranges::find(tags, last));
    for (; it != tags.end() && page.size() < page_size; ++it) page.push_back(*it);
    net::Response out(200, "application/json", "");
    if (it != tags.end()) out.headers.set("Link", "<" + base + "/tags/list?n=1000&last=" + page.back().str() + ">; rel=\"next\"");
    out.body = json::dump(json::Object{{"name", kRepository}, {"tags", std::move(page)}});
    return out;
  }
};

}  // namespace slipway::test
