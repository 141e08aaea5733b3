#include "pkg/providers/sources/registry_client.h"

#include <algorithm>
#include <optional>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/auth_challenge.h"
#include "pkg/providers/sources/check_digest.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/http_url.h"
#include "pkg/providers/sources/version_list.h"

namespace slipway::providers {

struct RegistryClient::State {
  OciReference reference;
  HttpFetcher fetcher;
  std::string authorization;  // secret; what the registry took, or asked for, last
};

namespace {

using StatePtr = std::shared_ptr<RegistryClient::State>;

constexpr std::size_t kMaxToken = 64UL << 10U;
constexpr std::size_t kMaxTagPage = 4UL << 20U;
constexpr int kMaxTagPages = 200;
constexpr std::string_view kManifestTypes =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json";

struct Ask {
  std::string url;
  std::string accept;
  std::size_t max_bytes;
};

bool is_header_safe(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// What the registry says about itself, as far as it can be shown: {"errors":[{"code","message"}]}.
std::string told(const std::string& body) {
  const auto answer = json::parse(body, {.max_bytes = 64UL << 10U, .max_depth = 16});
  if (!answer) return {};
  const json::Value& first = (*answer)["errors"][0];
  std::string text = shorten(first["code"].as_string(), 60) + " " + shorten(first["message"].as_string(), 200);
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return trim(text).empty() ? "" : " (" + std::string(trim(text)) + ")";
}

Error refused(const FetchResponse& answer) {
  const std::string what = "GET " + answer.final_url + ": " + std::to_string(answer.status) + " " + std::string(net::reason_phrase(answer.status));
  const auto disposition = answer.status == 404                           ? Disposition::NotFound
                           : answer.status == 401 || answer.status == 403 ? Disposition::Forbidden
                                                                          : Disposition::Invalid;
  return {disposition, what + told(answer.body)};
}

std::string origin_of(const std::string& url) {
  const auto parsed = parse_http_url(url);
  return parsed ? parsed->origin() : std::string();
}

// The challenge that can be answered: a token's realm, else Basic.
std::optional<AuthChallenge> choose(const net::Headers& headers) {
  std::optional<AuthChallenge> basic;
  for (const auto& [name, value] : headers.all()) {
    if (to_lower(name) != "www-authenticate") continue;
    for (AuthChallenge& challenge : parse_challenges(value)) {
      if (challenge.scheme == "bearer" && challenge.parameters.contains("realm")) return std::move(challenge);
      if (challenge.scheme == "basic" && !basic) basic = std::move(challenge);
    }
  }
  return basic;
}

// The least that is needed, whatever scope the challenge names: to pull this repository.
std::string token_url(const AuthChallenge& challenge, const OciReference& reference) {
  const std::string& realm = challenge.parameters.find("realm")->second;
  const auto service = challenge.parameters.find("service");
  const std::string api = reference.api();
  const std::string repository = api.substr(api.find("/v2/") + 4);
  std::string url = realm + (realm.contains('?') ? "&" : "?") + "scope=" + percent_encode("repository:" + repository + ":pull");
  if (service != challenge.parameters.end()) url += "&service=" + percent_encode(service->second);
  return url;
}

Awaitable<Result<std::string>> fetch_token(StatePtr state, AuthChallenge challenge, Deadline deadline) {
  FetchRequest request(token_url(challenge, state->reference));
  request.max_bytes = kMaxToken;
  Access basic = state->fetcher.access();
  basic.token.clear();
  request.authorization = authorization_of(basic);
  auto answer = co_await state->fetcher.send(std::move(request), deadline);
  if (!answer) co_return fail(std::move(answer).error().in("asking for a token"));
  const auto body = json::parse(answer->body);
  if (!body) co_return fail(Disposition::Invalid, "the token service " + answer->final_url + " does not answer in JSON");
  const std::string token = (*body)["token"].str((*body)["access_token"].as_string());
  if (!is_header_safe(token)) co_return fail(Disposition::Invalid, "the token service " + answer->final_url + " gives no token");
  co_return "Bearer " + token;
}

// The Authorization that answers a 401.
Awaitable<Result<std::string>> authorize(StatePtr state, FetchResponse refusal, Deadline deadline) {
  if (origin_of(refusal.final_url) != origin_of(state->reference.api())) co_return fail(refused(refusal));
  auto challenge = choose(refusal.headers);
  if (!challenge) co_return fail(refused(refusal).in("the registry does not say how to authenticate"));
  if (challenge->scheme == "bearer") {
    auto token = co_await fetch_token(state, std::move(*challenge), deadline);
    co_return token;
  }
  const Access& access = state->fetcher.access();
  if (access.username.empty() && access.password.empty())
    co_return fail(Disposition::Forbidden, refused(refusal).message() + ": the registry wants a user name and password: give the source credentials");
  Access basic;
  basic.username = access.username;
  basic.password = access.password;
  co_return authorization_of(basic);
}

Awaitable<Result<FetchResponse>> get_once(StatePtr state, Ask ask, Deadline deadline) {
  FetchRequest request(ask.url);
  request.any_status = true;
  request.max_bytes = ask.max_bytes;
  request.authorization = state->authorization;
  if (!ask.accept.empty()) request.headers.set("Accept", ask.accept);
  auto answer = co_await state->fetcher.send(std::move(request), deadline);
  co_return answer;
}

Awaitable<Result<FetchResponse>> get(StatePtr state, Ask ask, Deadline deadline) {
  auto answer = co_await get_once(state, ask, deadline);
  if (!answer) co_return answer;
  if (answer->status == 401) {
    auto authorization = co_await authorize(state, *answer, deadline);
    if (!authorization) co_return fail(std::move(authorization).error());
    state->authorization = std::move(*authorization);
    answer = co_await get_once(state, ask, deadline);
    if (!answer) co_return answer;
    if (answer->status == 401) {
      state->authorization.clear();
      co_return fail(Disposition::Forbidden, refused(*answer).message() + ": the registry does not accept the credentials for " + state->reference.repository);
    }
  }
  if (answer->status != 200) co_return fail(refused(*answer));
  co_return answer;
}

Result<OciManifest> read_manifest(const FetchResponse& answer, const std::string& asked, const std::string& what) {
  OciManifest out;
  out.digest = sha256_digest(answer.body);
  if (asked.starts_with("sha256:"))
    if (Status s = check_digest(answer.body, asked, what); !s) return fail(std::move(s).error());
  const std::string_view said = trim(answer.headers.get("Docker-Content-Digest"));
  if (is_sha256_digest(said) && said != out.digest)
    return fail(Disposition::Invalid, what + " was damaged on the way: its digest is not the one that the registry tells");
  auto body = json::parse(answer.body, {.max_bytes = kMaxManifestBytes, .max_depth = 32});
  if (!body) return fail(std::move(body).error().in(what));
  out.body = std::move(*body);
  if (out.body["schemaVersion"].as_int() != 2) return fail(Disposition::Invalid, what + " is no manifest of OCI or of Docker's second schema");
  if (out.body.contains("layers") && out.body.contains("manifests")) return fail(Disposition::Invalid, what + " is a manifest and an index at once");
  return out;
}

// Link: </v2/x/tags/list?last=b&n=2>; rel="next" (RFC 8288). Nothing where there is no next page.
std::optional<std::string> next_link(const net::Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (to_lower(name) != "link") continue;
    const auto open = value.find('<');
    const auto close = value.find('>', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || close == std::string::npos) continue;
    const std::string_view rest = std::string_view(value).substr(close);
    if (rest.contains("rel=\"next\"") || rest.contains("rel=next")) return value.substr(open + 1, close - open - 1);
  }
  return std::nullopt;
}

// The next page, on the same server; nothing after the last.
Result<std::optional<std::string>> next_page(const std::string& from, const net::Headers& headers) {
  const auto link = next_link(headers);
  if (!link) return std::optional<std::string>();
  const auto here = parse_http_url(from);
  if (!here) return fail(here.error());
  const auto there = resolve_location(*here, *link);
  if (!there) return fail(there.error());
  if (there->origin() != here->origin()) return fail(Disposition::Invalid, "the registry's list of tags goes on at another server, " + there->origin());
  return there->origin() + there->target();
}

Awaitable<Result<std::vector<std::string>>> list_versions(StatePtr state, Deadline deadline) {
  VersionList versions;
  std::string url = state->reference.api() + "/tags/list?n=1000";
  for (int page = 0; page < kMaxTagPages; ++page) {
    Ask ask{.url = url, .accept = "", .max_bytes = kMaxTagPage};
    auto answer = co_await get(state, std::move(ask), deadline);
    if (!answer) co_return fail(std::move(answer).error());
    const auto body = json::parse(answer->body);
    if (!body) co_return fail(Disposition::Invalid, answer->final_url + " is no list of tags");
    for (const json::Value& tag : (*body)["tags"].array())
      if (Status s = versions.add(version_of_tag(tag.as_string())); !s) co_return fail(std::move(s).error());
    auto next = next_page(url, answer->headers);
    if (!next) co_return fail(std::move(next).error());
    if (!*next) co_return versions.take();
    url = std::move(**next);
  }
  co_return fail(Disposition::Invalid, state->reference.to_string() + ": the registry's list of tags does not end");
}

Awaitable<Result<OciManifest>> fetch_manifest(StatePtr state, std::string tag_or_digest, Deadline deadline) {
  const OciReference& reference = state->reference;
  const std::string what = "oci://" + reference.host + "/" + reference.repository + (tag_or_digest.contains(':') ? "@" : ":") + tag_or_digest;
  Ask ask{.url = reference.api() + "/manifests/" + tag_or_digest, .accept = std::string(kManifestTypes), .max_bytes = kMaxManifestBytes};
  auto answer = co_await get(state, std::move(ask), deadline);
  if (!answer && answer.error().is(Disposition::NotFound)) co_return fail(Disposition::NotFound, what + " is not there: " + answer.error().message());
  if (!answer) co_return fail(std::move(answer).error());
  co_return read_manifest(*answer, tag_or_digest, what);
}

Awaitable<Result<std::string>> fetch_blob(StatePtr state, OciDescriptor descriptor, std::size_t limit, std::string what, Deadline deadline) {
  if (!is_sha256_digest(descriptor.digest)) co_return fail(check_digest("", descriptor.digest, what).error());
  if (descriptor.size > limit)
    co_return fail(Disposition::Invalid, what + " has " + std::to_string(descriptor.size) + " bytes: at most " + std::to_string(limit) + " are accepted");
  Ask ask{.url = state->reference.api() + "/blobs/" + descriptor.digest, .accept = "", .max_bytes = limit};
  auto answer = co_await get(state, std::move(ask), deadline);
  if (!answer) co_return fail(std::move(answer).error().in(what));
  if (Status s = check_digest(answer->body, descriptor.digest, what); !s) co_return fail(std::move(s).error());
  co_return std::move(answer->body);
}

}  // namespace

RegistryClient::RegistryClient(OciReference reference, HttpFetcher fetcher)
    : state_(std::make_shared<State>(State{.reference = std::move(reference), .fetcher = std::move(fetcher), .authorization = {}})) {
  if (const Access& access = state_->fetcher.access(); !access.token.empty()) state_->authorization = "Bearer " + access.token;
}

const OciReference& RegistryClient::reference() const noexcept { return state_->reference; }

Awaitable<Result<OciManifest>> RegistryClient::manifest(std::string tag_or_digest, Deadline deadline) const {
  return fetch_manifest(state_, std::move(tag_or_digest), deadline);
}

Awaitable<Result<std::string>> RegistryClient::blob(OciDescriptor descriptor, std::size_t limit, std::string what, Deadline deadline) const {
  return fetch_blob(state_, std::move(descriptor), limit, std::move(what), deadline);
}

Awaitable<Result<std::vector<std::string>>> RegistryClient::versions(Deadline deadline) const { return list_versions(state_, deadline); }

}  // namespace slipway::providers
