// `slipway bundle create`: fetched and verified as for an installation, then packed.
#include <filesystem>
#include <iostream>
#include <set>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cmd/slipway/providers.h"
#include "cmd/slipway/resolve_sets.h"
#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway bundle create";
constexpr std::string_view kCatalogLabel = "catalog";
constexpr std::string_view kCatalogFile = "clusterctl.yaml";

struct CreateFlags {
  ProviderFlags providers;
  SourceFlags sources;
  std::string file;
  std::string cert_manager_version;
};

// The signature beside the components, where there is one; servers that may not be listed say 403 of what is not there.
async::Awaitable<Result<std::string>> signature_of(const ResolvedSet* set, async::Deadline deadline) {
  auto signature = co_await set->repository->file(set->fetched.version, set->repository->components_file() + ".sig", deadline);
  if (!signature && (signature.error().is(Disposition::NotFound) || signature.error().is(Disposition::Forbidden))) co_return std::string();
  co_return signature;
}

async::Awaitable<Result<providers::BundleSet>> bundle_set(const ResolvedSet* set, async::Deadline deadline) {
  providers::BundleSet out;
  out.label = set->label;
  out.version = set->fetched.version;
  if (set->id) {
    out.type = providers::to_string(set->id->type);
    out.name = set->id->name;
  }
  const std::string& file = set->repository->components_file();
  out.files.emplace(file, set->fetched.components);
  if (!set->fetched.metadata.empty()) out.files.emplace(providers::kMetadataFile, set->fetched.metadata);
  auto signature = co_await signature_of(set, deadline);
  if (!signature) co_return fail(std::move(signature).error().in(set->label));
  if (!signature->empty()) out.files.emplace(file + ".sig", std::move(*signature));
  co_return out;
}

// What names there are, for whoever has no config file; where the files come from is the bundle itself, so a location says that and no secret.
providers::BundleSet catalog_of(const ResolvedSets& sets) {
  json::Value catalog{json::Object()};
  for (const ResolvedSet& set : sets.providers)
    catalog.ref("providers")
        .push_back(json::Object{
            {"type", providers::to_string(set.id->type)},
            {"name", set.id->name},
            {"url", "file:///bundle/" + set.label + "/" + set.fetched.version + "/" + set.repository->components_file()},
        });
  if (sets.cert_manager) catalog.set("cert-manager", json::Object{{"version", sets.cert_manager->fetched.version}});
  providers::BundleSet out;
  out.label = kCatalogLabel;
  out.files.emplace(kCatalogFile, yaml::dump(catalog));
  return out;
}

async::Awaitable<Result<providers::BundleContents>> contents_of(const ResolvedSets* sets, async::Deadline deadline) {
  std::vector<const ResolvedSet*> all;
  if (sets->cert_manager) all.push_back(&*sets->cert_manager);
  for (const ResolvedSet& set : sets->providers) all.push_back(&set);
  providers::BundleContents out;
  std::set<std::string> images;
  for (const ResolvedSet* set : all) {
    auto packed = co_await bundle_set(set, deadline);
    if (!packed) co_return fail(std::move(packed).error());
    out.sets.push_back(std::move(*packed));
    images.merge([&] {
      const auto list = providers::images_of(set->components.objects);
      return std::set<std::string>(list.begin(), list.end());
    }());
  }
  out.sets.push_back(catalog_of(*sets));
  out.images.assign(images.begin(), images.end());
  co_return out;
}

// Cosign's signature of an artifact is about the artifact, of which only the files are here.
void tell_of_artifacts(const ResolvedSets& sets, bool verified) {
  std::vector<std::string> labels;
  for (const ResolvedSet& set : sets.providers)
    if (set.repository->where().starts_with("oci://")) labels.push_back(set.label);
  if (sets.cert_manager && sets.cert_manager->repository->where().starts_with("oci://")) labels.push_back(sets.cert_manager->label);
  if (labels.empty()) return;
  std::cerr << "Signatures:      those of the OCI artifacts of " << join(labels, ", ")
            << (verified ? " were verified" : " were not looked at, as no --public-key was given")
            << "; a bundle cannot hold them, its own signature stands for them:\n"
            << "                 use it with --bundle-public-key, and ask for no public key of these sets\n";
}

std::string flags_for(const ResolvedSets& sets) {
  std::string out;
  for (const ResolvedSet& set : sets.providers)
    out.append(" ").append(flag_of(set.id->type)).append(" ").append(set.id->name).append(":").append(set.fetched.version);
  return out;
}

// Before minutes of fetching.
Status check_target(const std::string& file) {
  std::error_code ec;
  if (std::filesystem::is_directory(file, ec)) return fail(Disposition::Invalid, "--output " + file + ": is a folder; name a file in it");
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, ec))
    return fail(Disposition::Invalid, "--output " + file + ": there is no folder " + folder.string() + "; make it first");
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0)
    return fail(Disposition::Invalid, "--output " + file + ": nothing can be written to folder " + (folder.empty() ? "." : folder.string()));
  return {};
}

async::Awaitable<Result<int>> run(Process* process, CreateFlags flags) {
  if (Status writable = check_target(flags.file); !writable) co_return fail(std::move(writable).error());
  auto sources = open_sources(flags.sources, *process);
  if (!sources) co_return fail(std::move(sources).error());
  auto requests = providers::with_defaults(flags.providers.named(), true);
  if (!requests) co_return fail(std::move(requests).error());
  SetRequest request;
  request.providers = std::move(*requests);
  request.cert_manager_version = flags.cert_manager_version;
  request.to_install = false;
  auto sets = co_await resolve_sets(*sources, std::move(request));
  if (!sets) co_return fail(std::move(sets).error());
  for (const ResolvedSet& set : sets->providers)
    if (set.fetched.metadata.empty())
      co_return fail(Disposition::Invalid, providers::to_string(*set.id) + " " + set.fetched.version + ": " + set.fetched.where +
                                               " has no metadata.yaml for it, and it could not be installed without");
  auto contents = co_await contents_of(&*sets, (*sources)->deadline);
  if (!contents) co_return fail(std::move(contents).error());
  if (Status written = providers::write_bundle(flags.file, *contents); !written) co_return fail(std::move(written).error());
  auto bundle = providers::open_bundle(flags.file);
  if (!bundle) co_return fail(std::move(bundle).error());
  tell_of_artifacts(*sets, !(*sources)->public_key_pem.empty());
  std::cout << flags.file << " " << (*bundle)->digest() << "\n" << std::flush;
  std::cerr << "Sign it:         cosign sign-blob --key KEY " << flags.file << " > " << flags.file << ".sig\n"
            << "Copy its images: slipway bundle show " << flags.file << " lists them\n"
            << "Install from it: slipway init --bundle " << flags.file << flags_for(*sets) << "\n"
            << "Operator:        slipway operator --bundle " << flags.file << "\n";
  co_return 0;
}

}  // namespace

void add_bundle_create(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<CreateFlags>();
  CLI::App* app = parent.add_subcommand("create", "Fetch and verify providers and cert-manager, and write them to one file, with the list of their images.");
  app->add_option("-o,--output", flags->file, "the file to write")->required()->type_name("FILE");
  add_provider_flags(*app, flags->providers);
  add_source_flags(*app, flags->sources);
  app->add_option("--cert-manager-version", flags->cert_manager_version, "default: the config file's, or the one that Slipway was built with");
  app->callback([flags, &action] {
    action = [flags] {
      if (auto named = providers::with_defaults(flags->providers.named(), true); !named) return usage_error(kName, named.error());
      return run_work(kName, [flags](Process& process) { return run(&process, *flags); });
    };
  });
}

}  // namespace slipway::cmd
