// A backup as one file: tar, the manifest first; gzip; sealed. It appears under its name whole or not at all.
#include <filesystem>
#include <system_error>

#include "pkg/pivot/detail/seal.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/tar.h"

namespace slipway::pivot::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSealedName = "archive";  // what is authenticated as its name: the file may be renamed
constexpr std::size_t kTarBlock = 512;               // of a header, and what content is filled up to
constexpr std::size_t kMaxTar = kMaxBackupBytes + 2 * kTarBlock * kMaxBackupFiles;

class Archive final : public Vault {
 public:
  Archive(std::string path, std::optional<Sealer> sealer) : path_(std::move(path)), unfinished_(path_ + ".unfinished"), sealer_(std::move(sealer)) {}

  Status begin() override {
    std::error_code ec;
    const bool taken = fs::symlink_status(path_, ec).type() != fs::file_type::not_found;
    if (taken && !fs::is_directory(unfinished_, ec)) return fail(Disposition::Terminal, path_ + " is there already: choose another place");
    auto workshop = Workshop::enter(unfinished_);
    if (!workshop) return fail(std::move(workshop).error());
    workshop_.emplace(std::move(*workshop));
    return {};
  }

  Status put(std::string name, std::string bytes) override {
    files_.push_back({std::move(name), std::move(bytes)});
    return {};
  }

  Status finish(std::string manifest) override {
    files_.insert(files_.begin(), {std::string(kManifestName), std::move(manifest)});
    auto bytes = providers::write_tar(files_);
    if (bytes) bytes = providers::gzip(*bytes);
    if (bytes && sealer_) bytes = sealer_->seal(kSealedName, *bytes);
    if (!bytes) return fail(std::move(bytes).error());
    if (Status written = providers::write_file(path_, *bytes, workshop_->folder()); !written) return written;
    return workshop_->leave();
  }

  void give_up() override {
    if (workshop_) static_cast<void>(workshop_->leave());
  }

 private:
  std::string path_, unfinished_;
  std::optional<Sealer> sealer_;
  std::optional<Workshop> workshop_;
  std::vector<providers::TarFile> files_;
};

}  // namespace

Result<VaultPtr> open_archive(const Place& place) {
  std::optional<Sealer> sealer;
  if (place.key) {
    auto made = Sealer::fresh(*place.key);
    if (!made) return fail(std::move(made).error());
    sealer = std::move(*made);
  }
  return std::make_shared<Archive>(place.path, std::move(sealer));
}

Result<Contents> read_archive(const Place& place) {
  auto bytes = providers::read_file(place.path, kMaxBackupBytes);
  if (!bytes) return fail(std::move(bytes).error().in("backup"));
  Contents contents;
  contents.sealed = is_sealed(*bytes);
  if (!contents.sealed && !providers::is_gzip(*bytes)) return fail(Disposition::Invalid, place.path + " is no backup: neither sealed nor a tar.gz");
  if (!contents.sealed && !place.unencrypted) return fail(not_sealed(place.path));
  if (contents.sealed && !place.key) return fail(Disposition::Invalid, place.path + " is sealed: give its key file");
  if (contents.sealed) {
    auto sealer = Sealer::of(*place.key, *bytes, place.path);
    if (!sealer) return fail(std::move(sealer).error());
    bytes = sealer->open(kSealedName, *bytes);
    if (!bytes) return fail(Disposition::Invalid, place.path + " was changed or cut since it was sealed");
  }
  bytes = providers::gunzip(*bytes, kMaxTar, place.path);
  if (!bytes) return fail(std::move(bytes).error());
  auto files = providers::read_tar(*bytes, place.path, {.max_file = kMaxBackupFile, .max_files = kMaxBackupFiles});
  if (!files) return fail(std::move(files).error());
  for (auto& file : *files) contents.files.emplace(std::move(file.name), std::move(file.content));
  auto manifest = contents.files.extract(std::string(kManifestName));
  if (manifest.empty()) return fail(Disposition::Invalid, place.path + " holds no backup: it has no MANIFEST.json");
  contents.manifest = std::move(manifest.mapped());
  return contents;
}

}  // namespace slipway::pivot::detail
