// Fetched files on disk, so that what was installed once can be installed again without a network. Content-addressed: blobs/sha256/{hex} holds bytes that have
// that digest, refs/ says which digest a file of a source had. Every read verifies the digest: what is corrupt or cut is removed and counts as a miss.
//
// Any number of processes may use one folder at once: files appear whole (synced, then renamed) and vanish whole. The folder is for its owner only (0700).
// When the blobs are over the limit, those that were not read for longest go. Synchronous, small local files; thread: one at a time.
// Whoever may use the cache may read what others fetched into it, credentials or not.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/base/error.h"
#include "pkg/proc/fd.h"

namespace slipway::providers {

class ContentCache {
 public:
  static constexpr std::size_t kDefaultMaxBytes = 512UL << 20U;

  // Makes the folder where there is none. Errors: Invalid, naming what to do, where it cannot be used.
  [[nodiscard]] static Result<std::shared_ptr<ContentCache>> open(std::filesystem::path folder, std::size_t max_bytes = kDefaultMaxBytes);

  // The file as it was put last.
  [[nodiscard]] std::optional<std::string> get(std::string_view where, std::string_view version, std::string_view file);
  // Errors: Transient (a full disk), Invalid (larger than the whole cache).
  [[nodiscard]] Status put(std::string_view where, std::string_view version, std::string_view file, std::string_view bytes);

  // The same without a name: for bytes whose digest ("sha256:...") is known beforehand.
  [[nodiscard]] std::optional<std::string> blob(std::string_view digest);
  [[nodiscard]] Result<std::string> put_blob(std::string_view bytes);  // its digest

 private:
  ContentCache(std::filesystem::path folder, std::size_t max_bytes, proc::Fd lock);
  [[nodiscard]] std::filesystem::path blob_path(std::string_view digest) const;
  [[nodiscard]] std::filesystem::path ref_path(std::string_view where, std::string_view version, std::string_view file) const;
  void evict(const std::filesystem::path& keep);

  std::filesystem::path folder_;
  std::size_t max_bytes_;
  proc::Fd lock_;  // shared, as long as this lives: nobody takes our unfinished files for left-overs
};

}  // namespace slipway::providers
