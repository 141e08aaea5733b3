#include "pkg/providers/sources/object_repository.h"

#include <utility>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/memory_repository.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kVersion = "provider.cluster.x-k8s.io/version";
constexpr std::string_view kCompressed = "provider.cluster.x-k8s.io/compressed";

// The Cluster API operator's names of keys.
std::string file_of(std::string_view key) {
  if (key == "components" || key == "metadata") return std::string(key) + ".yaml";
  return std::string(key);
}

Result<std::string> version_of(const kube::Object& object) {
  for (const std::string_view given : {kube::label(object, kVersion), kube::annotation(object, kVersion)}) {
    if (given.empty()) continue;
    if (is_semantic_version(given)) return std::string(given);
    return fail(Disposition::Invalid,
                kube::describe(object) + ": " + std::string(kVersion) + " is \"" + shorten(given, 100) + "\", which is no version as v1.2.3");
  }
  const std::string_view name = kube::name_of(object);
  return std::string(is_semantic_version(name) ? name : std::string_view());
}

struct Entry {
  std::string_view key;
  const json::Value& value;
  bool encoded;  // base64: everything but ConfigMap.data
};

Result<std::string> content_of(const Entry& entry, const std::string& at, bool compressed) {
  if (!entry.value.is_string()) return fail(Disposition::Invalid, at + " is no string");
  const bool packed = entry.key.ends_with(".gz");
  std::string bytes;
  if (!entry.encoded && !packed)
    bytes = entry.value.str();
  else if (!base64_decode(entry.value.as_string(), bytes))
    return fail(Disposition::Invalid, at + " is not base64");
  if (packed || (compressed && file_of(entry.key) == kPlainComponents) || (entry.encoded && is_gzip(bytes))) return gunzip(bytes, kMaxFileBytes, at);
  if (bytes.size() > kMaxFileBytes) return fail(Disposition::Invalid, at + " is over 32 MiB");
  return bytes;
}

std::vector<Entry> entries_of(const kube::Object& object) {
  std::vector<Entry> out;
  const bool secret = kube::kind_of(object) == "Secret";
  for (const json::Member& member : object["data"].object()) out.push_back({.key = member.key, .value = member.value, .encoded = secret});
  for (const json::Member& member : object["binaryData"].object()) out.push_back({.key = member.key, .value = member.value, .encoded = true});
  return out;
}

Error second_one(const std::string& at, const std::string& of) { return {Disposition::Invalid, at + " is a second " + of + ": leave one of them out"}; }

Result<FileSet> files_of(const kube::Object& object) {
  // The operator leaves data.components out where it compresses them into binaryData.
  const bool compressed = kube::annotation(object, kCompressed) == "true";
  const std::string what = kube::describe(object) + ": key ";
  FileSet files;
  for (const Entry& entry : entries_of(object)) {
    const std::string at = what + std::string(entry.key);
    auto content = content_of(entry, at, compressed && entry.encoded);
    if (!content) return fail(std::move(content).error());
    std::string name = file_of(entry.key.ends_with(".gz") ? entry.key.substr(0, entry.key.size() - 3) : entry.key);
    if (!files.emplace(name, std::move(*content)).second) return fail(second_one(at, name));
  }
  if (compressed && !object["binaryData"].contains("components") && kube::kind_of(object) != "Secret")
    return fail(Disposition::Invalid, kube::describe(object) + " says " + std::string(kCompressed) + ", but has no key components in binaryData");
  return files;
}

}  // namespace

Result<std::shared_ptr<Repository>> make_object_repository(std::vector<kube::ObjectPtr> objects, std::string where) {
  if (objects.empty()) return fail(Disposition::NotFound, where + ": there is no such ConfigMap or Secret");
  MemorySource source;
  source.where = std::move(where);
  for (const kube::ObjectPtr& object : objects) {
    auto version = version_of(*object);
    if (!version) return fail(std::move(version).error());
    if (version->empty() && objects.size() > 1)
      return fail(Disposition::Invalid,
                  kube::describe(*object) + " does not say its version: of several objects, each needs the label " + std::string(kVersion));
    auto files = files_of(*object);
    if (!files) return fail(std::move(files).error());
    const std::string components = find_components_file(*files);
    if (components.empty())
      return fail(Disposition::Invalid,
                  kube::describe(*object) + " has no components: they belong under the key components.yaml, or components.yaml.gz in base64");
    if (source.components_file.empty()) source.components_file = components;
    if (components != source.components_file) source.components_file = kPlainComponents;
    if (!source.versions.emplace(*version, std::move(*files)).second) return fail(second_one(kube::describe(*object), "object of version " + *version));
    source.default_version = objects.size() == 1 ? *version : "latest";
  }
  return make_memory_repository(std::move(source));
}

}  // namespace slipway::providers
