// A bundle: everything that an installation without a network needs, as one file. A gzip'd tar in clusterctl's local layout (`{manifest
// label}/{version}/{file}`, so that clusterctl can use it too once it is unpacked) behind an index, `slipway-bundle.json`, with the digest of every file. Equal
// contents give equal bytes. The index guards against damage; against tampering, a detached signature in base64 beside the bundle (`cosign sign-blob --key ...
// > BUNDLE.sig`) does. Thread: any. Reads and writes local files at once, without the loop.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pkg/providers/sources/memory_repository.h"

namespace slipway::providers {

inline constexpr std::size_t kMaxBundleBytes = 256UL << 20U;     // as a file
inline constexpr std::size_t kMaxUnpackedBytes = 1024UL << 20U;  // all files together

// One version of one provider, of cert-manager or kapp-controller; or the catalog, which has no version.
struct BundleSet {
  std::string label;    // the folder: "infrastructure-vsphere", "cert-manager", "kapp-controller", "catalog"
  std::string version;  // "v1.5.1", or empty
  std::string type;     // of a provider: "InfrastructureProvider"
  std::string name;     // "vsphere"
  FileSet files;
};
struct BundleContents {
  std::vector<BundleSet> sets;
  std::vector<std::string> images;  // references of all container images that the sets name
};

class Bundle {
 public:
  Bundle(std::string where, std::string digest, BundleContents contents)
      : where_(std::move(where)), digest_(std::move(digest)), contents_(std::move(contents)) {}
  [[nodiscard]] const std::string& where() const noexcept { return where_; }    // "bundle /path/file"
  [[nodiscard]] const std::string& digest() const noexcept { return digest_; }  // of the file: "sha256:..."
  [[nodiscard]] const BundleContents& contents() const noexcept { return contents_; }
  // All versions of one label. Errors: NotFound, naming the labels that there are.
  [[nodiscard]] Result<std::shared_ptr<Repository>> repository(std::string_view label) const;

 private:
  std::string where_;
  std::string digest_;
  BundleContents contents_;
};

// Writes a temporary file beside `path` and renames it: an old bundle stays whole until the new one is. Errors: Invalid (a set without files, twice the same, a
// name that is no file's), Transient (the disk).
[[nodiscard]] Status write_bundle(const std::filesystem::path& path, const BundleContents& contents);
// Verifies the signature where a public key is given, and every file against the index, before anything is handed out. Errors: NotFound, Invalid (not signed,
// truncated, damaged, altered, of a newer format), Transient (the disk).
[[nodiscard]] Result<std::shared_ptr<const Bundle>> open_bundle(const std::filesystem::path& path, std::string_view public_key_pem = {});

// The same without the disk, for what is in memory. `where` names it in messages.
[[nodiscard]] Result<std::string> pack_bundle(const BundleContents& contents);
[[nodiscard]] Result<std::shared_ptr<const Bundle>> unpack_bundle(std::string_view bytes, std::string where);

}  // namespace slipway::providers
