#include "pkg/providers/sources/oci_artifact.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/tar.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kTitle = "org.opencontainers.image.title";
constexpr std::string_view kUnpack = "io.deis.oras.content.unpack";  // what `oras push` says of a folder that it packed

std::unexpected<Error> refuse(std::string_view what, const std::string& why) { return fail(Disposition::Invalid, std::string(what) + " " + why); }

Result<OciDescriptor> descriptor_of(const json::Value& layer, std::string_view what) {
  OciDescriptor out;
  out.media_type = layer["mediaType"].str();
  out.digest = layer["digest"].str();
  const std::int64_t size = layer["size"].as_int(-1);
  if (size < 0) return refuse(what, "has a layer without a size");
  if (!is_sha256_digest(out.digest)) return refuse(what, "has a layer with digest \"" + shorten(out.digest, 100) + "\": only sha256 digests are read");
  out.size = static_cast<std::size_t>(size);
  out.annotations = layer["annotations"];
  out.title = out.annotations[kTitle].str();
  return out;
}

std::string last_part(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// `oras push` calls single files a tar layer where it is not told better: a title without the mark for packed folders is a file.
bool is_archive(const OciDescriptor& layer) {
  if (layer.annotations[kUnpack].as_string() == "true") return true;
  if (!layer.title.empty()) return false;
  const std::string_view type = layer.media_type;
  return type.ends_with("tar+gzip") || type.ends_with("tar.gzip") || type.ends_with(".tar") || type.ends_with("tar+zstd");
}

}  // namespace

bool is_index(const OciManifest& manifest) noexcept { return manifest.body.contains("manifests"); }

Result<std::string> digest_in_index(const OciManifest& index, std::string_view what) {
  std::vector<std::string> plain;
  for (const json::Value& one : index.body["manifests"].array())
    if (!one.contains("platform")) plain.push_back(one["digest"].str());
  if (plain.size() == 1) return plain.front();
  return refuse(what, "is an index of " + std::to_string(index.body["manifests"].size()) +
                          " manifests, as container images for several platforms have: provider components are one artifact, as `oras push` makes it");
}

Result<std::vector<OciDescriptor>> layers_of(const OciManifest& manifest, std::string_view what) {
  const json::Array& layers = manifest.body["layers"].array();
  if (layers.size() > kMaxLayers) return refuse(what, "has over " + std::to_string(kMaxLayers) + " layers");
  std::vector<OciDescriptor> out;
  for (const json::Value& layer : layers) {
    auto descriptor = descriptor_of(layer, what);
    if (!descriptor) return fail(std::move(descriptor).error());
    out.push_back(std::move(*descriptor));
  }
  return out;
}

Result<OciArtifact> artifact_of(std::vector<OciDescriptor> layers, std::string_view what) {
  OciArtifact out;
  for (OciDescriptor& layer : layers) {
    if (is_archive(layer)) {
      if (layer.media_type.ends_with("zstd")) return refuse(what, "has a layer that is compressed with zstd: only gzip is read");
      out.archives.push_back(std::move(layer));
    } else if (!layer.title.empty()) {
      std::string name = last_part(layer.title);
      if (!is_plain_path(layer.title)) return refuse(what, "has a file with the title \"" + shorten(name, 100) + "\", which is no relative path");
      if (!out.titled.emplace(name, std::move(layer)).second) return refuse(what, "has " + name + " twice");
    }
  }
  if (out.archives.size() > 1) return refuse(what, "has " + std::to_string(out.archives.size()) + " archives as layers, as a container image: one is read");
  if (out.titled.empty() && out.archives.empty())
    return refuse(what, "has no files: layers need the annotation " + std::string(kTitle) + " (oras push sets it), or one layer must be a gzip'd tar");
  return out;
}

Result<FileSet> files_in_archive(std::string_view bytes, std::string_view what) {
  Result<std::string> tar = std::string(bytes);
  if (is_gzip(bytes) || is_zstd(bytes)) tar = gunzip(bytes, kMaxArchiveBytes, what);
  if (!tar) return fail(std::move(tar).error());
  auto files = read_tar(*tar, what);
  if (!files) return fail(std::move(files).error());
  FileSet out;
  for (TarFile& file : *files) {
    std::string name = last_part(file.name);
    if (!out.emplace(name, std::move(file.content)).second) return refuse(what, "has " + name + " in two folders: make an artifact of each version");
  }
  return out;
}

std::string pick_file(const std::vector<std::string>& names, std::string_view name, std::string_view version) {
  const auto only = [&](auto fits) -> std::string {
    if (std::ranges::count_if(names, fits) != 1) return {};
    return *std::ranges::find_if(names, fits);
  };
  if (std::ranges::find(names, name) != names.end()) return std::string(name);
  const bool components = is_components_name(name);
  if (!components && name != "metadata.yaml") return {};
  const std::string ending = "-" + std::string(version) + (components ? "-components.yaml" : "-metadata.yaml");
  if (auto found = only([&](const std::string& one) { return one.ends_with(ending); }); !found.empty()) return found;
  if (!components) return {};
  if (std::ranges::find(names, kPlainComponents) != names.end()) return std::string(kPlainComponents);
  return name == kPlainComponents ? only([](const std::string& one) { return is_components_name(one); }) : std::string();
}

}  // namespace slipway::providers
