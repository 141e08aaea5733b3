// What an OCI artifact consists of, by its manifest: files that are layers of their own (`oras push`, the Cluster API operator's `publish`: annotation
// org.opencontainers.image.title), or one layer that is an archive of them (Flux, oras with a folder). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/providers/sources/memory_repository.h"
#include "pkg/providers/sources/registry_client.h"

namespace slipway::providers {

inline constexpr std::size_t kMaxLayers = 1'000;
inline constexpr std::size_t kMaxArchiveBytes = 256UL << 20U;  // unpacked

// "oci://host/repository" and so on, for messages, is `what` in all of these.
[[nodiscard]] bool is_index(const OciManifest& manifest) noexcept;
// The one manifest without a platform that an index may point to. Errors: Invalid: an index is for container images.
[[nodiscard]] Result<std::string> digest_in_index(const OciManifest& index, std::string_view what);
// Errors: Invalid where a descriptor is broken, or there are too many.
[[nodiscard]] Result<std::vector<OciDescriptor>> layers_of(const OciManifest& manifest, std::string_view what);

struct OciArtifact {
  std::string digest;                                        // of the manifest that the tag names: what is signed
  std::map<std::string, OciDescriptor, std::less<>> titled;  // by the last part of the title
  std::vector<OciDescriptor> archives;                       // none, or one
};
// Errors: Invalid: no files, an image of several layers, the same name twice, zstd.
[[nodiscard]] Result<OciArtifact> artifact_of(std::vector<OciDescriptor> layers, std::string_view what);
// The files of a tar or gzip'd tar, by the last part of their names. Errors: Invalid.
[[nodiscard]] Result<FileSet> files_in_archive(std::string_view bytes, std::string_view what);

// Which of the names serves when `name` of `version` is asked for: itself; for components and metadata.yaml also the Cluster API operator's long form
// (`infrastructure-aws-v2.1.0-components.yaml`), components.yaml, and the only components file that there is. Empty where none does.
[[nodiscard]] std::string pick_file(const std::vector<std::string>& names, std::string_view name, std::string_view version);

}  // namespace slipway::providers
