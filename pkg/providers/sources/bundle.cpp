#include "pkg/providers/sources/bundle.h"

#include <algorithm>
#include <map>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"
#include "pkg/providers/sources/check_digest.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/tar.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kIndex = "slipway-bundle.json";
constexpr std::int64_t kFormat = 1;

std::string folder_of(const BundleSet& set) { return set.version.empty() ? set.label : set.label + "/" + set.version; }

Status check_names(const BundleSet& set) {
  if (Status s = check_segment("label", set.label); !s) return s;
  if (!set.version.empty() && !is_semantic_version(set.version))
    return fail(Disposition::Invalid, set.label + ": \"" + shorten(set.version, 100) + "\" is no version as v1.2.3");
  if (set.files.empty()) return fail(Disposition::Invalid, folder_of(set) + " has no files");
  for (const auto& [name, bytes] : set.files)
    if (Status s = check_segment("a file of " + folder_of(set), name); !s) return s;
  return {};
}

Status check_sets(const std::vector<BundleSet>& sets) {
  std::set<std::string> folders;
  for (const BundleSet& set : sets) {
    if (Status s = check_names(set); !s) return s;
    if (!folders.insert(folder_of(set)).second) return fail(Disposition::Invalid, folder_of(set) + " is there twice");
  }
  return {};
}

json::Value entry_of(const BundleSet& set) {
  json::Array files;
  for (const auto& [name, bytes] : set.files) files.push_back(json::Object{{"name", name}, {"digest", sha256_digest(bytes)}, {"size", bytes.size()}});
  json::Value entry = json::Object{{"label", set.label}};
  if (!set.version.empty()) entry.set("version", set.version);
  if (!set.type.empty()) entry.set("type", set.type);
  if (!set.name.empty()) entry.set("name", set.name);
  entry.set("files", std::move(files));
  return entry;
}

std::string index_of(const BundleContents& contents) {
  json::Array sets;
  for (const BundleSet& set : contents.sets) sets.push_back(entry_of(set));
  json::Array images(contents.images.begin(), contents.images.end());
  return json::dump_pretty(json::Object{{"format", kFormat}, {"sets", std::move(sets)}, {"images", std::move(images)}}) + "\n";
}

// Reading: the index is as untrusted as the rest.
class Unpacker {
 public:
  Unpacker(std::vector<TarFile> files, std::string where) : where_(std::move(where)) {
    for (TarFile& file : files) files_.emplace(std::move(file.name), std::move(file.content));
  }

  Result<BundleContents> unpack() {
    auto index = take_index();
    if (!index) return fail(std::move(index).error());
    BundleContents contents;
    for (const json::Value& entry : (*index)["sets"].array()) {
      auto set = take_set(entry);
      if (!set) return fail(std::move(set).error());
      contents.sets.push_back(std::move(*set));
    }
    if (Status s = check_sets(contents.sets); !s) return refuse(s.error().message());
    if (!files_.empty()) return refuse("it holds " + files_.begin()->first + ", which its index does not name");
    for (const json::Value& image : (*index)["images"].array()) {
      if (!image.is_string()) return refuse("one of its images is no name");
      contents.images.push_back(image.str());
    }
    return contents;
  }

 private:
  std::unexpected<Error> refuse(const std::string& why) const {
    return fail(Disposition::Invalid, where_ + " is damaged or was altered: " + why + "; fetch it again, or make a new one with slipway bundle create");
  }

  Result<json::Value> take_index() {
    const auto found = files_.find(kIndex);
    if (found == files_.end())
      return fail(Disposition::Invalid, where_ + " is no bundle of Slipway: it has no " + std::string(kIndex) + " (make one with slipway bundle create)");
    auto index = json::parse(found->second);
    if (!index) return refuse(std::string(kIndex) + ": " + index.error().message());
    files_.erase(found);
    const std::int64_t format = (*index)["format"].as_int();
    if (format > kFormat)
      return fail(Disposition::Invalid, where_ + " has format " + std::to_string(format) + ": this Slipway reads up to format 1; use a newer one");
    if (format < 1) return refuse(std::string(kIndex) + " has no format");
    return index;
  }

  Result<BundleSet> take_set(const json::Value& entry) {
    BundleSet set{.label = entry["label"].str(), .version = entry["version"].str(), .type = entry["type"].str(), .name = entry["name"].str(), .files = {}};
    for (const json::Value& file : entry["files"].array()) {
      const std::string path = folder_of(set) + "/" + file["name"].str();
      const auto found = files_.find(path);
      if (found == files_.end()) return refuse("its index names " + shorten(path, 200) + ", which is not there");
      if (Status s = check_digest(found->second, file["digest"].as_string(), path); !s) return refuse(s.error().message());
      set.files.emplace(file["name"].str(), std::move(found->second));
      files_.erase(found);
    }
    return set;
  }

  std::string where_;
  std::map<std::string, std::string, std::less<>> files_;
};

}  // namespace

Result<std::string> pack_bundle(const BundleContents& contents) {
  BundleContents sorted = contents;
  std::ranges::sort(sorted.sets, {}, folder_of);
  std::ranges::sort(sorted.images);
  sorted.images.erase(std::ranges::unique(sorted.images).begin(), sorted.images.end());
  if (Status s = check_sets(sorted.sets); !s) return fail(std::move(s).error().in("making a bundle"));
  std::vector<TarFile> files{{.name = std::string(kIndex), .content = index_of(sorted)}};
  for (const BundleSet& set : sorted.sets)
    for (const auto& [name, bytes] : set.files) files.push_back({.name = folder_of(set) + "/" + name, .content = bytes});
  auto tar = write_tar(files);
  if (!tar) return fail(std::move(tar).error().in("making a bundle"));
  if (tar->size() > kMaxUnpackedBytes) return fail(Disposition::Invalid, "making a bundle: its files are over 1 GiB together");
  return gzip(*tar);
}

Result<std::shared_ptr<const Bundle>> unpack_bundle(std::string_view bytes, std::string where) {
  auto tar = gunzip(bytes, kMaxUnpackedBytes, where);
  if (!tar) return fail(std::move(tar).error());
  auto files = read_tar(*tar, where);
  if (!files) return fail(std::move(files).error());
  auto contents = Unpacker(std::move(*files), where).unpack();
  if (!contents) return fail(std::move(contents).error());
  return std::make_shared<const Bundle>(std::move(where), sha256_digest(bytes), std::move(*contents));
}

Result<std::shared_ptr<Repository>> Bundle::repository(std::string_view label) const {
  MemorySource source;
  source.where = where_ + ", " + std::string(label);
  std::set<std::string> labels;
  for (const BundleSet& set : contents_.sets) {
    if (set.version.empty()) continue;  // the catalog: what there is, for tools that read the unpacked files
    labels.insert(set.label);
    if (set.label != label) continue;
    source.versions.emplace(set.version, set.files);
    source.components_file = find_components_file(set.files);
    source.default_version = source.versions.size() == 1 ? set.version : "latest";
  }
  if (!source.versions.empty()) return make_memory_repository(std::move(source));
  const std::vector<std::string> there(labels.begin(), labels.end());
  return fail(Disposition::NotFound, where_ + " has no " + std::string(label) + "; it has " + (there.empty() ? "nothing" : shorten(join(there, ", "), 300)) +
                                         ": make one that has it with slipway bundle create");
}

}  // namespace slipway::providers
