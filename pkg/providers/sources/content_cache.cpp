#include "pkg/providers/sources/content_cache.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <vector>

#include <sys/file.h>
#include <sys/stat.h>

#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRefBytes = 16UL << 10U;
constexpr std::size_t kHexAt = 7;  // behind "sha256:"

std::unexpected<Error> unusable(const fs::path& folder, std::string_view why) {
  return fail(Disposition::Invalid, "cache folder " + folder.string() + ": " + std::string(why));
}

// A folder that only its owner enters. One that was there may have come with other rights; one that is not ours cannot be changed.
Status private_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return unusable(path, "cannot be made: " + std::generic_category().message(errno));
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return unusable(path, "is no folder");
  if (::chmod(path.c_str(), 0700) != 0)
    return unusable(path, "must belong to this process (name a folder below it, which is then made): " + std::generic_category().message(errno));
  return {};
}

void remove_all_in(const fs::path& folder) {
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    std::error_code ignored;
    fs::remove(it->path(), ignored);
  }
}

// What stands in a reference: the digest, and for people (and against a mix-up) what it is of.
std::string name_of(std::string_view where, std::string_view version, std::string_view file) {
  std::string out(where);
  out.append("\n").append(version).append("\n").append(file).append("\n");
  return out;
}

struct Entry {
  fs::file_time_type used;
  std::size_t size;
  fs::path path;
};

std::vector<Entry> entries_of(const fs::path& folder) {
  std::vector<Entry> out;
  std::error_code ec;
  for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    std::error_code gone;  // another process may have removed it
    const auto size = it->file_size(gone);
    if (gone) continue;
    const auto used = it->last_write_time(gone);
    if (!gone) out.push_back({used, size, it->path()});
  }
  return out;
}

}  // namespace

ContentCache::ContentCache(fs::path folder, std::size_t max_bytes, proc::Fd lock) : folder_(std::move(folder)), max_bytes_(max_bytes), lock_(std::move(lock)) {}

Result<std::shared_ptr<ContentCache>> ContentCache::open(fs::path folder, std::size_t max_bytes) {
  if (!folder.is_absolute()) return unusable(folder, "must be an absolute path");
  std::error_code ec;
  fs::create_directories(folder.parent_path(), ec);
  for (const fs::path& each : {folder, folder / "blobs", folder / "blobs" / "sha256", folder / "refs", folder / "tmp"})
    if (auto made = private_folder(each); !made) return fail(std::move(made).error());
  proc::Fd lock(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0) return unusable(folder, "cannot be written: " + std::generic_category().message(errno));
  // Nobody else is here: what is unfinished will never be finished.
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) remove_all_in(folder / "tmp");
  if (::flock(lock.get(), LOCK_SH) != 0) return unusable(folder, "cannot be locked: " + std::generic_category().message(errno));
  return std::shared_ptr<ContentCache>(new ContentCache(std::move(folder), max_bytes, std::move(lock)));
}

fs::path ContentCache::blob_path(std::string_view digest) const { return folder_ / "blobs" / "sha256" / digest.substr(kHexAt); }

fs::path ContentCache::ref_path(std::string_view where, std::string_view version, std::string_view file) const {
  return folder_ / "refs" / sha256_digest(name_of(where, version, file)).substr(kHexAt);
}

std::optional<std::string> ContentCache::blob(std::string_view digest) {
  if (!is_sha256_digest(digest)) return std::nullopt;
  const fs::path path = blob_path(digest);
  auto bytes = read_file(path, std::max(max_bytes_, kMaxFileBytes));
  if (!bytes && bytes.error().is(Disposition::NotFound)) return std::nullopt;
  std::error_code ignored;
  if (!bytes || sha256_digest(*bytes) != digest) {
    fs::remove(path, ignored);
    return std::nullopt;
  }
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // used now
  return std::move(*bytes);
}

std::optional<std::string> ContentCache::get(std::string_view where, std::string_view version, std::string_view file) {
  const auto ref = read_file(ref_path(where, version, file), kMaxRefBytes);
  if (!ref) return std::nullopt;
  const auto end = std::min(ref->find('\n'), ref->size());
  if (ref->substr(std::min(end + 1, ref->size())) != name_of(where, version, file)) return std::nullopt;
  return blob(std::string_view(*ref).substr(0, end));
}

Result<std::string> ContentCache::put_blob(std::string_view bytes) {
  if (bytes.size() > max_bytes_)
    return unusable(folder_, "holds " + std::to_string(max_bytes_) + " bytes at most, the file has " + std::to_string(bytes.size()));
  std::string digest = sha256_digest(bytes);
  if (blob(digest)) return digest;
  const fs::path path = blob_path(digest);
  if (auto written = write_file(path, bytes, folder_ / "tmp"); !written) return fail(std::move(written).error().in("cache"));
  evict(path);
  return digest;
}

Status ContentCache::put(std::string_view where, std::string_view version, std::string_view file, std::string_view bytes) {
  auto digest = put_blob(bytes);
  if (!digest) return fail(std::move(digest).error());
  return write_file(ref_path(where, version, file), *digest + "\n" + name_of(where, version, file), folder_ / "tmp");
}

void ContentCache::evict(const fs::path& keep) {
  std::vector<Entry> blobs = entries_of(folder_ / "blobs" / "sha256");
  std::size_t total = 0;
  for (const Entry& blob : blobs) total += blob.size;
  if (total <= max_bytes_) return;
  std::ranges::sort(blobs, {}, &Entry::used);
  std::error_code ignored;
  for (const Entry& blob : blobs) {
    if (total <= max_bytes_) break;
    if (blob.path == keep) continue;
    fs::remove(blob.path, ignored);
    total -= blob.size;
  }
  for (const Entry& ref : entries_of(folder_ / "refs")) {
    const auto text = read_file(ref.path, kMaxRefBytes);
    const std::string digest = text ? text->substr(0, std::min(text->find('\n'), text->size())) : std::string();
    if (!is_sha256_digest(digest) || !fs::exists(blob_path(digest), ignored)) fs::remove(ref.path, ignored);
  }
}

}  // namespace slipway::providers
