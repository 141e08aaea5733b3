// Backup and restore: what a move would move, into a directory or an archive file, and from there onto a cluster. The user's page is docs/backup.md.
//
// Guarantees: the source is left as it was; a backup is one state of the source (all objects stood still, and were read twice alike); a restore reads and
// verifies all of it before its first write; both may be killed at any write and are finished by the same call.
// Not in it: status that is a subresource, objects that a move would leave behind, and etcd's own data.
//
// Thread: the loop's only, unless said. Cancellation: Canceled; call again. Files are read and written synchronously, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/pivot/pivot.h"

namespace slipway::pivot {

// What a backup is sealed with: AES-256-GCM, under a key of its own for every file. Never printed, logged or part of an error. A value; any thread.
class SealingKey {
 public:
  // 32 bytes that are not text are the key; text (one line break at its end is dropped) is a passphrase, stretched by scrypt.
  // Errors: Invalid: neither 32 bytes nor text, a passphrase of less than 12 or more than 1024 bytes.
  [[nodiscard]] static Result<SealingKey> from_bytes(std::string_view bytes);
  // `path`: a file with the above. Errors: the file's, and those of from_bytes(); never its content.
  [[nodiscard]] static Result<SealingKey> from_file(const std::string& path);

  [[nodiscard]] bool is_passphrase() const noexcept { return passphrase_; }
  [[nodiscard]] std::string_view secret() const noexcept { return secret_; }

 private:
  SealingKey(std::string secret, bool passphrase) : secret_(std::move(secret)), passphrase_(passphrase) {}
  std::string secret_;
  bool passphrase_;
};

struct Place {
  enum class Form : std::uint8_t {
    Directory,  // one file an object, MANIFEST.json last; names stay readable, contents are sealed
    Archive,    // one file: a sealed tar.gz
  };
  std::string path;  // of a save: must not exist, be an empty directory, or hold what an earlier run of the same save left unfinished
  Form form = Form::Directory;
  std::optional<SealingKey> key;
  // Secrets in clear text: only who asks for it gets it. Exactly one of `key` and this must be there; a restore finds out by itself whether a backup is sealed,
  // and refuses one that is not unless this says that it may be.
  bool unencrypted = false;
};

struct Saved {
  std::string id;
  std::string path;
  std::string digest;  // "sha256:..." of the manifest: names this state of the backup
  std::int64_t objects = 0, bytes = 0;
  std::map<std::string, std::int64_t> excluded;  // reason -> count
};

// Saves what a move of `options` would move. Pauses Clusters and ClusterClasses, waits until they stand still (Paused conditions, block-move), reads, unpauses
// each to its user's state, and leaves nothing behind on the source but the namespace of its journal. options.id names the journal while the save runs;
// quiesce_providers, rehearse are not used. An error that is no cancellation unpauses the source first.
// Errors: Terminal: another move, save or restore is under way, the place is taken, the set cannot be saved (as plan()); Invalid: the place or the options.
async::Awaitable<Result<Saved>> save(std::shared_ptr<kube::Client> source, Options options, Place place);

// What a backup holds, verified to the last byte, without any server. Fates are Move and Keep; groups are the order of creation.
struct Backup {
  std::string id, digest;
  std::string created;  // RFC 3339
  std::string cluster;  // UID of the source's kube-system namespace
  bool sealed = false;
  Plan plan;
};
// Errors: Invalid: no backup, unfinished, damaged or changed (naming the file), another key, another version of the format.
[[nodiscard]] Result<Backup> inspect(const Place& place);

// Creates what a backup holds on `target`: all of it verified first, then the target checked as by a move (kinds in the very version that was saved, providers,
// names free, a rehearsal where options.rehearse), copies made owners first, paused, compared, and then each given its user's pause. options.id names the
// journal on the target: the same id goes on where a restore was cut, and returns at once when it is done. ns, quiesce_providers, fail_on_unmovable are not
// used. Errors: inspect()'s; Terminal: a name is taken by an object that is not this restore's, the target lacks something, the id was used for another backup.
async::Awaitable<Result<Progress>> restore(std::shared_ptr<kube::Client> target, Options options, Place place);

// Deletes what an unfinished restore of options.id has created. Errors: Terminal where it is Finalizing or done: controllers may act on its objects by then.
async::Awaitable<Result<Progress>> undo_restore(std::shared_ptr<kube::Client> target, Options options);

}  // namespace slipway::pivot
