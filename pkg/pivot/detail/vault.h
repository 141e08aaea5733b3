// Where a backup is written to and read from: a directory or one file, sealed or not. Names are relative paths with '/', as the manifest has them.
// Synchronous, a file at a time. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "pkg/pivot/archive.h"

namespace slipway::pivot::detail {

inline constexpr std::string_view kManifestName = "MANIFEST.json";
inline constexpr std::size_t kMaxBackupFile = 32UL << 20U;  // an object has 1.5 MiB in etcd; a manifest has 300 bytes an object
inline constexpr std::size_t kMaxBackupFiles = 200'000;
inline constexpr std::size_t kMaxBackupBytes = 1UL << 30U;

// One save: begin(), put() for every object, finish(). Cut anywhere, what is there is no backup yet, and the next begin() starts over.
class Vault {
 public:
  Vault() = default;
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  virtual ~Vault() = default;
  // Errors: Terminal: the place holds a finished backup or anything else that is not ours, or another save writes there; and the file system's.
  virtual Status begin() = 0;
  virtual Status put(std::string name, std::string bytes) = 0;
  virtual Status finish(std::string manifest) = 0;
  // After an error: what was written goes, as far as the disk lets it.
  virtual void give_up() = 0;
};
using VaultPtr = std::shared_ptr<Vault>;
// Errors: Invalid: no path, neither a key nor the wish to go without, or both.
[[nodiscard]] Status check_place(const Place& place);
[[nodiscard]] Result<VaultPtr> open_vault(const Place& place);
[[nodiscard]] Result<VaultPtr> open_directory(const Place& place);
[[nodiscard]] Result<VaultPtr> open_archive(const Place& place);

// What a place holds, opened but not looked into.
struct Contents {
  bool sealed = false;
  std::string manifest;
  std::map<std::string, std::string> files;
};
// Errors: Invalid, NotFound, naming the file: no backup, an unfinished one, over a limit, links, not sealed (and not allowed), another key, changed.
[[nodiscard]] Result<Contents> read_contents(const Place& place);
[[nodiscard]] Result<Contents> read_directory(const Place& place);
[[nodiscard]] Result<Contents> read_archive(const Place& place);
[[nodiscard]] Error not_sealed(const std::string& path);

// The folder beside or in a place that says "not finished" and holds files until they are renamed; one save has it at a time.
class Workshop {
 public:
  // Makes it, or takes it over and empties it.
  [[nodiscard]] static Result<Workshop> enter(const std::string& folder);
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] Status leave();  // removes it

 private:
  Workshop(std::string folder, std::shared_ptr<void> lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string folder_;
  std::shared_ptr<void> lock_;
};

// mkdir with mode 0700, and the parent synced; one that is there is well.
[[nodiscard]] Status private_folder(const std::string& path);

}  // namespace slipway::pivot::detail
