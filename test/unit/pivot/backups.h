// What tests of backups share: a folder that goes away, a key, and saves and restores of two sides, whole or cut.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pkg/pivot/archive.h"
#include "pkg/pivot/detail/vault.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway::test {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] pivot::SealingKey raw_key();
[[nodiscard]] pivot::Place sealed_directory(const std::filesystem::path& path);
[[nodiscard]] pivot::Place sealed_archive(const std::filesystem::path& path);
[[nodiscard]] pivot::Place plain_directory(const std::filesystem::path& path);
[[nodiscard]] pivot::Place plain_archive(const std::filesystem::path& path);

[[nodiscard]] std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& path);  // in order

// A user's own pauses, all the ways there are: spec.paused true and false, and a paused class.
[[nodiscard]] World with_user_pauses(World world);

Result<pivot::Saved> save(TwoSides& sides, const pivot::Place& place);
Result<pivot::Progress> restore(TwoSides& sides, const pivot::Place& place);
Result<pivot::Progress> undo_restore(TwoSides& sides);
void must_save(TwoSides& sides, const pivot::Place& place);
// The sentence of a restore that must be refused before its first write.
[[nodiscard]] std::string refusal(TwoSides& sides, const pivot::Place& place);

// The source as it was, and no trace of the save but a namespace.
void check_saved(TwoSides& sides);
// The target has all that the plan copies, whole, owned, unmarked, as paused as its user wants it; and nothing else.
void check_restored(TwoSides& sides);
// For any moment of a restore: what its user paused is paused, and nothing runs before all of it is there.
void check_restore_now(TwoSides& sides);

// Calls of a vault that go through before everything stops, as after a SIGKILL; or fails, as a full disk does.
[[nodiscard]] pivot::detail::VaultPtr cut_vault(pivot::detail::VaultPtr inner, std::size_t calls, Disposition end);

}  // namespace slipway::test
