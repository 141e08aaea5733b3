// `slipway bundle show`: what is in a bundle that was verified.
#include <iostream>

#include <CLI/CLI.hpp>

#include "cmd/slipway/components_flags.h"
#include "cmd/slipway/providers.h"
#include "cmd/slipway/table.h"
#include "pkg/base/strings.h"
#include "pkg/providers/sources/digest.h"

namespace slipway::cmd {
namespace {

constexpr const char* kName = "slipway bundle show";

struct ShowFlags {
  std::string file;
  std::string public_key;
  Output output = Output::Table;
};

json::Value value_of(const providers::BundleSet& set) {
  json::Array files;
  for (const auto& [name, bytes] : set.files)
    files.push_back(json::Object{{"name", name}, {"size", bytes.size()}, {"digest", providers::sha256_digest(bytes)}});
  json::Value out = json::Object{{"label", set.label}, {"files", std::move(files)}};
  for (const auto& [key, text] : {std::pair("version", &set.version), std::pair("type", &set.type), std::pair("name", &set.name)})
    if (!text->empty()) out.set(key, *text);
  return out;
}

void print(const providers::Bundle& bundle, Output output) {
  const providers::BundleContents& contents = bundle.contents();
  if (output != Output::Table) {
    json::Array sets;
    for (const auto& set : contents.sets) sets.push_back(value_of(set));
    print_value(json::Object{{"digest", bundle.digest()}, {"sets", std::move(sets)}, {"images", json::Array(contents.images.begin(), contents.images.end())}},
                output);
    return;
  }
  Table table({"LABEL", "VERSION", "FILES"});
  for (const auto& set : contents.sets) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : set.files) names.push_back(name);
    table.add({set.label, set.version, join(names, ", ")});
  }
  std::cout << "digest: " << bundle.digest() << "\n\n" << table.text() << "\nimages:\n";
  for (const std::string& image : contents.images) std::cout << "  " << printable(image) << "\n";
  std::cout << std::flush;
}

int run(const ShowFlags& flags) {
  SourceFlags source;
  source.bundle = flags.file;
  source.bundle_public_key = flags.public_key;
  const auto bundle = open_bundle_flags(source);
  if (!bundle) return failure(kName, bundle.error());
  print(**bundle, flags.output);
  return 0;
}

}  // namespace

void add_bundle_show(CLI::App& parent, Action& action) {
  const auto flags = std::make_shared<ShowFlags>();
  CLI::App* app = parent.add_subcommand("show", "What a bundle holds, and its digest, once it is verified.");
  app->add_option("FILE", flags->file, "a file of slipway bundle create")->required();
  app->add_option("--bundle-public-key", flags->public_key, "PEM file; the bundle must be signed by its key, in FILE.sig");
  add_output(*app, flags->output);
  app->callback([flags, &action] { action = [flags] { return run(*flags); }; });
}

}  // namespace slipway::cmd
