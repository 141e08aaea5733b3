// What both forms of a place share.
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "pkg/pivot/detail/vault.h"
#include "pkg/proc/fd.h"

namespace slipway::pivot::detail {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failed(const std::string& path, int code) {
  return fail(code == EACCES || code == EPERM ? Disposition::Forbidden : Disposition::Terminal, path + ": " + std::generic_category().message(code));
}

Status sync_folder(const std::string& path) {
  const proc::Fd fd(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed(path, errno);
  return {};
}

// With a parent folder, links followed, and without a slash at the end.
Place absolute(Place place) {
  std::error_code ec;
  fs::path path = fs::weakly_canonical(fs::absolute(place.path, ec), ec);
  if (ec) return place;  // what is wrong with it will be told when it is opened
  if (!path.has_filename()) path = path.parent_path();
  place.path = path.string();
  return place;
}

}  // namespace

Status check_place(const Place& place) {
  if (place.path.empty()) return fail(Disposition::Invalid, "a backup needs a path");
  if (place.key && place.unencrypted) return fail(Disposition::Invalid, "a backup is sealed with the key or written in clear text: ask for one of them");
  if (place.key || place.unencrypted) return {};
  return fail(Disposition::Invalid, "a backup holds Secrets: give a key file to seal it with, or say that it may be unencrypted");
}

Result<VaultPtr> open_vault(const Place& place) {
  if (Status sound = check_place(place); !sound) return fail(std::move(sound).error());
  const Place there = absolute(place);
  return there.form == Place::Form::Directory ? open_directory(there) : open_archive(there);
}

Result<Contents> read_contents(const Place& place) {
  if (Status sound = check_place(place); !sound) return fail(std::move(sound).error());
  const Place there = absolute(place);
  return there.form == Place::Form::Directory ? read_directory(there) : read_archive(there);
}

Error not_sealed(const std::string& path) {
  return Error(Disposition::Invalid, path + " is not sealed: anybody may have changed it. Say that it may be unencrypted, without a key, if you trust it");
}

Status private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(fs::path(path).parent_path().string());
  if (errno != EEXIST) return failed(path, errno);
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return failed(path, errno);
  if (!S_ISDIR(about.st_mode)) return fail(Disposition::Terminal, path + " is no directory");
  return {};
}

Result<Workshop> Workshop::enter(const std::string& folder) {
  if (Status made = private_folder(folder); !made) return fail(std::move(made).error());
  auto fd = std::make_shared<proc::Fd>(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd->get() < 0) return failed(folder, errno);
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) return fail(Disposition::Terminal, folder + " is in use: another save writes to the same place");
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec)) fs::remove_all(entry.path(), ec);
  if (ec) return failed(folder, ec.value());
  return Workshop(folder, std::move(fd));
}

Status Workshop::leave() {
  std::error_code ec;
  fs::remove_all(folder_, ec);
  if (ec) return failed(folder_, ec.value());
  return sync_folder(fs::path(folder_).parent_path().string());
}

}  // namespace slipway::pivot::detail
