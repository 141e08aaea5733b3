#include "cmd/slipway/carry_out.h"

#include <algorithm>
#include <iostream>
#include <tuple>

#include <CLI/CLI.hpp>

#include "cmd/slipway/dry_run.h"
#include "cmd/slipway/install.h"
#include "pkg/base/semver.h"
#include "pkg/base/strings.h"

namespace slipway::cmd {
namespace {

// Server-side apply, which writes everything here, is stable from then on. clusterctl's own limit is v1.20.
constexpr std::string_view kOldestServer = "v1.22.0";

// By minor version: what a vendor appends (v1.22.0-gke.1) is no pre-release.
bool is_too_old(const SemVer& version) {
  const SemVer oldest = parse_semver(kOldestServer).value_or(SemVer{});
  return std::tie(version.major, version.minor) < std::tie(oldest.major, oldest.minor);
}

InstallRequest request_of(const WriteFlags& flags, Writing& writing, std::chrono::milliseconds wait_timeout) {
  InstallRequest out;
  out.client = writing.client;
  out.sets = std::move(writing.sets);
  out.previous = std::move(writing.previous);
  out.wait = flags.wait;
  out.wait_timeout = wait_timeout;
  out.cert_manager_timeout = writing.sources->config.catalog().cert_manager().timeout.value_or(std::chrono::minutes(10));
  out.progress = [](std::string_view sentence) { std::cerr << sentence << std::endl; };
  return out;
}

void print(const std::vector<WrittenProvider>& providers, const WriteFlags& flags) {
  if (flags.output != Output::Table) return print_value(value_of(providers), flags.output);
  for (const WrittenProvider& provider : providers) std::cout << line_of(provider) << "\n";
  std::cout << std::flush;
  std::cerr << (flags.wait ? "All of it works. " : "Nobody has waited for it to work. ")
            << "Next: slipway providers list shows what runs, slipway providers plan what it could be upgraded to.\n";
}

}  // namespace

void add_write_flags(CLI::App& app, WriteFlags& flags) {
  app.add_option("--cert-manager-version", flags.cert_manager_version, "default: the config file's, or the one that Slipway was built with");
  app.add_flag("--wait-providers", flags.wait, "wait until the providers work; on by default, other than with clusterctl: --wait-providers=false");
  add_duration(app, "--wait-provider-timeout", flags.wait_timeout,
               "for each provider, from when its Deployments are applied; cert-manager has its own, in the config file");
  app.add_flag("--dry-run", flags.dry_run, "print what would be created and changed, and write nothing");
  add_output(app, flags.output);
}

std::string_view WrittenProvider::state() const noexcept { return from.empty() ? "installed" : from == version ? "unchanged" : "upgraded"; }

std::vector<WrittenProvider> written(const ResolvedSets& sets, const std::vector<providers::InstalledProvider>& before) {
  std::vector<WrittenProvider> out;
  for (const ResolvedSet& set : sets.providers) {
    const auto had = std::ranges::find(before, *set.id, &providers::InstalledProvider::id);
    out.push_back({.id = *set.id,
                   .version = set.components.version,
                   .from = had == before.end() ? "" : had->version,
                   .ns = set.components.ns,
                   .source = set.fetched.where,
                   .digest = set.components.digest});
  }
  return out;
}

std::string line_of(const WrittenProvider& provider) {
  const std::string_view state = provider.state();
  std::string out(state);
  out.append(" ").append(providers::to_string(provider.id)).append(" ");
  if (state == "upgraded") out.append(provider.from).append(" -> ");
  return out.append(provider.version).append(" (namespace ").append(provider.ns).append(")");
}

json::Value value_of(const std::vector<WrittenProvider>& providers) {
  json::Array out;
  for (const WrittenProvider& provider : providers) {
    json::Value one = json::Object{{"type", providers::to_string(provider.id.type)},
                                   {"name", provider.id.name},
                                   {"version", provider.version},
                                   {"namespace", provider.ns},
                                   {"source", provider.source},
                                   {"digest", provider.digest},
                                   {"state", provider.state()}};
    if (provider.state() == "upgraded") one.set("previousVersion", provider.from);
    out.push_back(std::move(one));
  }
  return json::Object{{"providers", std::move(out)}};
}

async::Awaitable<Status> check_server_version(std::shared_ptr<kube::Client> client) {
  auto answer = co_await client->raw("GET", "/version", "");
  if (!answer) co_return fail(std::move(answer).error());
  auto parsed = json::parse(*answer);
  const std::string version = parsed ? (*parsed)["gitVersion"].str() : std::string();
  const auto semver = parse_semver(version);
  if (!semver) co_return fail(Disposition::Unsupported, client->server() + " does not say which version of Kubernetes it is; is it an API server?");
  if (is_too_old(*semver))
    co_return fail(Disposition::Unsupported, client->server() + " is Kubernetes " + shorten(version, 64) + "; Slipway needs " + std::string(kOldestServer) +
                                                 " or newer: upgrade the cluster first");
  co_return Status();
}

async::Awaitable<Result<int>> carry_out(WriteFlags flags, Writing writing) {
  const auto wait_timeout = duration_flag("--wait-provider-timeout", flags.wait_timeout);
  if (!wait_timeout) co_return fail(wait_timeout.error());
  if (flags.dry_run) {
    auto plan = co_await dry_run(writing.client, std::move(writing.sets));
    if (!plan) co_return fail(std::move(plan).error());
    print_plan(*plan, flags.output);
    co_return 0;
  }
  const std::vector<WrittenProvider> result = written(writing.sets, writing.installed);
  Status done = co_await install_sets(request_of(flags, writing, *wait_timeout));
  if (!done) co_return fail(std::move(done).error());
  print(result, flags);
  co_return 0;
}

}  // namespace slipway::cmd
