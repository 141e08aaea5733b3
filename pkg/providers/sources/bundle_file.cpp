// A bundle on the disk: bounded reads, writes that are all or nothing.
#include <system_error>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/bundle.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/signature.h"

namespace slipway::providers {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSignature = 64UL << 10U;

// A user's own path may be a symbolic link, and the files of mounted Secrets are; where it leads nowhere, reading says so.
fs::path resolved(const fs::path& path) {
  std::error_code ec;
  fs::path out = fs::canonical(path, ec);
  return ec ? path : out;
}

}  // namespace

Status write_bundle(const fs::path& path, const BundleContents& contents) {
  const auto bytes = pack_bundle(contents);
  if (!bytes) return fail(bytes.error());
  if (bytes->size() > kMaxBundleBytes) return fail(Disposition::Invalid, "the bundle would be over 256 MiB: make several");
  const fs::path whole = fs::absolute(path);
  if (Status written = write_file(whole, *bytes, whole.parent_path()); !written) return written;
  std::error_code ec;  // it holds no secret, and is read by others than its maker
  fs::permissions(whole, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read, ec);
  return {};
}

Result<std::shared_ptr<const Bundle>> open_bundle(const fs::path& path, std::string_view public_key_pem) {
  const std::string where = "bundle " + path.string();
  const auto bytes = read_file(resolved(path), kMaxBundleBytes);
  if (!bytes) return fail(bytes.error());
  if (!trim(public_key_pem).empty()) {
    const std::string beside = path.string() + ".sig";
    auto signature = read_file(resolved(beside), kMaxSignature);
    if (!signature && signature.error().is(Disposition::NotFound))
      return fail(Disposition::Invalid, where + " has no signature, and a public key asks for one: it belongs into " + beside);
    if (!signature) return fail(std::move(signature).error());
    if (Status verified = verify_blob(public_key_pem, *bytes, *signature, where); !verified) return fail(std::move(verified).error());
  }
  return unpack_bundle(*bytes, where);
}

}  // namespace slipway::providers
