// A backup as a directory: a file an object, the manifest last. Until that one is there, the folder `.unfinished` is.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "pkg/pivot/detail/seal.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/tar.h"

namespace slipway::pivot::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".sealed";
constexpr std::string_view kUnfinished = ".unfinished";
constexpr int kMaxDepth = 4;  // group/kind/namespace/name

std::unexpected<Error> failed(const fs::path& path, const std::error_code& ec) { return fail(Disposition::Terminal, path.string() + ": " + ec.message()); }

class Directory final : public Vault {
 public:
  Directory(fs::path root, std::optional<Sealer> sealer) : root_(std::move(root)), sealer_(std::move(sealer)) {}

  Status begin() override {
    if (Status made = private_folder(root_.string()); !made) return made;
    if (Status ours = check_free(); !ours) return ours;
    auto workshop = Workshop::enter((root_ / kUnfinished).string());
    if (!workshop) return fail(std::move(workshop).error());
    workshop_.emplace(std::move(*workshop));
    return clear();
  }

  Status put(std::string name, std::string bytes) override {
    fs::path folder = root_;
    for (const auto& part : fs::path(name).parent_path()) {
      folder /= part;
      if (Status made = private_folder(folder.string()); !made) return made;
    }
    if (!sealer_) return providers::write_file(root_ / name, bytes, workshop_->folder());
    auto sealed = sealer_->seal(name, bytes);
    if (!sealed) return fail(std::move(sealed).error());
    return providers::write_file(root_ / (name + std::string(kSuffix)), *sealed, workshop_->folder());
  }

  Status finish(std::string manifest) override {
    if (Status written = put(std::string(kManifestName), std::move(manifest)); !written) return written;
    return workshop_->leave();
  }

  void give_up() override {
    if (workshop_ && clear()) static_cast<void>(workshop_->leave());
  }

 private:
  // Empty, or begun and not finished.
  [[nodiscard]] Status check_free() const {
    std::error_code ec;
    const bool unfinished = fs::exists(root_ / kUnfinished, ec);
    const bool empty = fs::is_empty(root_, ec);
    if (ec) return failed(root_, ec);
    if (unfinished || empty) return {};
    const bool finished = fs::exists(root_ / kManifestName, ec) || fs::exists(root_ / (std::string(kManifestName) + std::string(kSuffix)), ec);
    return fail(Disposition::Terminal, root_.string() + (finished ? " holds a finished backup already" : " is not empty") + ": choose another place");
  }

  // The manifest first: what is left of an old backup must not look whole.
  [[nodiscard]] Status clear() const {
    std::error_code ec;
    for (const auto& name : {std::string(kManifestName), std::string(kManifestName) + std::string(kSuffix)}) fs::remove(root_ / name, ec);
    for (const auto& entry : fs::directory_iterator(root_, ec))
      if (entry.path().filename() != kUnfinished) fs::remove_all(entry.path(), ec);
    if (ec) return failed(root_, ec);
    return {};
  }

  fs::path root_;
  std::optional<Sealer> sealer_;
  std::optional<Workshop> workshop_;
};

// The files of a directory by name, with their sizes. Links and devices are refused; the limits are of the whole.
Result<std::map<std::string, std::uintmax_t>> list_files(const fs::path& root) {
  std::map<std::string, std::uintmax_t> out;
  std::uintmax_t total = 0;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(root, ec), end; !ec && it != end; it.increment(ec)) {
    const std::string name = it->path().lexically_relative(root).generic_string();
    const auto type = it->symlink_status(ec).type();
    if (ec) break;
    if (type == fs::file_type::directory) {
      if (name == kUnfinished) it.disable_recursion_pending();
      if (it.depth() >= kMaxDepth) return fail(Disposition::Invalid, it->path().string() + " is no part of a backup");
      continue;
    }
    if (type != fs::file_type::regular || !providers::is_plain_path(name)) return fail(Disposition::Invalid, it->path().string() + " is no regular file");
    const std::uintmax_t size = it->file_size(ec);
    total += size;
    out.emplace(name, size);
    if (total > kMaxBackupBytes || out.size() > kMaxBackupFiles)
      return fail(Disposition::Invalid, root.string() + " is larger than any backup that is accepted");
  }
  if (ec == std::errc::no_such_file_or_directory) return fail(Disposition::NotFound, root.string() + " does not exist");
  if (ec) return failed(root, ec);
  return out;
}

Result<std::string> read_one(const fs::path& root, const std::string& name) {
  auto bytes = providers::read_file(root / name, kMaxBackupFile);
  if (!bytes) return fail(std::move(bytes).error().in("backup"));
  return bytes;
}

Status open_all(const fs::path& root, const std::map<std::string, std::uintmax_t>& names, const std::optional<Sealer>& sealer, Contents& contents) {
  for (const auto& [file, size] : names) {
    std::string name = file;
    if (sealer && !name.ends_with(kSuffix)) return fail(Disposition::Invalid, (root / file).string() + " is not sealed, as the backup is");
    if (sealer) name.resize(name.size() - kSuffix.size());
    if (name == kManifestName) continue;
    auto bytes = read_one(root, file);
    if (bytes && sealer) bytes = sealer->open(name, *bytes);
    if (!bytes) return fail(std::move(bytes).error().in(root.string()));
    contents.files.emplace(std::move(name), std::move(*bytes));
  }
  return {};
}

}  // namespace

Result<VaultPtr> open_directory(const Place& place) {
  std::optional<Sealer> sealer;
  if (place.key) {
    auto made = Sealer::fresh(*place.key);
    if (!made) return fail(std::move(made).error());
    sealer = std::move(*made);
  }
  return std::make_shared<Directory>(place.path, std::move(sealer));
}

Result<Contents> read_directory(const Place& place) {
  const fs::path root(place.path);
  auto names = list_files(root);
  if (!names) return fail(std::move(names).error());
  const std::string sealed_manifest = std::string(kManifestName) + std::string(kSuffix);
  Contents contents;
  contents.sealed = names->contains(sealed_manifest);
  if (!contents.sealed && !names->contains(std::string(kManifestName))) {
    std::error_code ec;
    return fail(Disposition::Invalid, root.string() + (fs::exists(root / kUnfinished, ec) ? " is an unfinished backup: its save was cut. Run that save again"
                                                                                          : " holds no backup: it has no MANIFEST.json"));
  }
  if (!contents.sealed && !place.unencrypted) return fail(not_sealed(root.string()));
  if (contents.sealed && !place.key) return fail(Disposition::Invalid, root.string() + " is sealed: give its key file");
  auto manifest = read_one(root, contents.sealed ? sealed_manifest : std::string(kManifestName));
  if (!manifest) return fail(std::move(manifest).error());
  std::optional<Sealer> sealer;
  if (contents.sealed) {
    auto of = Sealer::of(*place.key, *manifest, (root / sealed_manifest).string());
    if (!of) return fail(std::move(of).error());
    sealer = std::move(*of);
    manifest = sealer->open(kManifestName, *manifest);
    if (!manifest) return fail(std::move(manifest).error().in(root.string()));
  }
  contents.manifest = std::move(*manifest);
  if (Status opened = open_all(root, *names, sealer, contents); !opened) return fail(std::move(opened).error());
  return contents;
}

}  // namespace slipway::pivot::detail
