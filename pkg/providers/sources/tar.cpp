#include "pkg/providers/sources/tar.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kMaxExtension = 1U << 20U;  // of a pax header or a GNU long name

struct Field {
  std::size_t at;
  std::size_t size;
};
// POSIX.1-1988 ustar interchange format.
constexpr Field kName{.at = 0, .size = 100}, kMode{.at = 100, .size = 8}, kUid{.at = 108, .size = 8}, kGid{.at = 116, .size = 8}, kSize{.at = 124, .size = 12},
    kTime{.at = 136, .size = 12}, kSum{.at = 148, .size = 8}, kType{.at = 156, .size = 1}, kMagic{.at = 257, .size = 8}, kMajor{.at = 329, .size = 8},
    kMinor{.at = 337, .size = 8}, kPrefix{.at = 345, .size = 155};

std::string_view raw(std::string_view block, Field f) { return block.substr(f.at, f.size); }
std::string_view text(std::string_view block, Field f) {
  const std::string_view all = raw(block, f);
  return all.substr(0, all.find('\0'));
}
std::size_t padded(std::size_t n) { return (n + kBlock - 1) / kBlock * kBlock; }

// Octal digits between blanks. GNU's binary form is for files of 8 GiB and more, which are beyond every limit here.
std::optional<std::uint64_t> number(std::string_view field, unsigned base) {
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  while (!field.empty() && (field.back() == ' ' || field.back() == '\0')) field.remove_suffix(1);
  std::uint64_t value = 0;
  if (field.size() > 15) return std::nullopt;
  for (const char c : field) {
    if (c < '0' || c >= static_cast<char>('0' + base)) return std::nullopt;
    value = value * base + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::uint64_t checksum(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool blank = i >= kSum.at && i < kSum.at + kSum.size;
    sum += blank ? static_cast<std::uint64_t>(' ') : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

struct Extension {  // what stands before a file's header and changes what it says
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

// Records "LENGTH KEY=VALUE\n", LENGTH counting all of it. False where one is broken, or makes the file a sparse one.
bool read_pax(std::string_view records, Extension& into) {
  while (!records.empty()) {
    const auto blank = records.find(' ');
    if (blank == 0 || blank == std::string_view::npos) return false;
    const auto length = number(records.substr(0, blank), 10);
    if (!length || *length <= blank + 1 || *length > records.size() || records[*length - 1] != '\n') return false;
    const std::string_view record = records.substr(blank + 1, *length - blank - 2);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key.starts_with("GNU.sparse.")) return false;
    if (key == "path") into.path = std::string(value);
    if (key == "size") {
      into.size = number(value, 10);
      if (!into.size || value.empty()) return false;
    }
    records.remove_prefix(*length);
  }
  return true;
}

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view what, TarLimits limits) : rest_(bytes), what_(what), limits_(limits) {}

  Result<std::vector<TarFile>> read() {
    for (;;) {
      if (rest_.size() < kBlock) return refuse("is truncated: it ends before the end of the archive");
      const std::string_view header = rest_.substr(0, kBlock);
      if (std::ranges::all_of(header, [](char c) { return c == '\0'; })) return finish();
      if (Status entry = read_entry(header); !entry) return fail(std::move(entry).error());
    }
  }

 private:
  std::unexpected<Error> refuse(const std::string& why) const { return fail(Disposition::Invalid, what_ + " " + why); }

  Result<std::vector<TarFile>> finish() {
    if (std::ranges::any_of(rest_, [](char c) { return c != '\0'; })) return refuse("goes on after the end of the archive");
    return std::move(files_);
  }

  // The name as the header has it, shown in messages only.
  static std::string shown(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 100)) out.push_back(static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c);
    return "\"" + out + "\"";
  }

  Status read_entry(std::string_view header) {
    if (number(raw(header, kSum), 8) != checksum(header)) return refuse("is damaged, or no tar: the checksum of a header does not fit");
    const auto octal = number(raw(header, kSize), 8);
    const char type = header[kType.at];
    const bool extension = type == 'x' || type == 'g' || type == 'L' || type == 'K';
    const std::string name = extension ? std::string() : name_of(header);
    if (!octal) return refuse("holds " + shown(name) + ", whose size is no number, or over 8 GiB");
    const std::uint64_t size = extension ? *octal : pending_.size.value_or(*octal);
    if (!extension && size > limits_.max_file) return refuse("holds " + shown(name) + " of " + std::to_string(size) + " bytes: " + limit() + " are accepted");
    if (extension && size > kMaxExtension) return refuse("has an extended header over 1 MiB");
    rest_.remove_prefix(kBlock);
    if (rest_.size() < padded(size)) return refuse("is truncated: it ends within " + (extension ? std::string("an extended header") : shown(name)));
    const std::string_view content = rest_.substr(0, size);
    rest_.remove_prefix(padded(size));
    return extension ? extend(type, content) : keep(type, name, content);
  }

  std::string limit() const { return "at most " + std::to_string(limits_.max_file); }

  [[nodiscard]] std::string name_of(std::string_view header) const {
    if (pending_.path) return *pending_.path;
    const std::string_view name = text(header, kName);
    const bool posix = raw(header, kMagic) == std::string_view(
                                                  "ustar\0"
                                                  "00",
                                                  8);
    const std::string_view prefix = posix ? text(header, kPrefix) : std::string_view();
    return prefix.empty() ? std::string(name) : std::string(prefix) + "/" + std::string(name);
  }

  Status extend(char type, std::string_view content) {
    if (++extensions_ > 2 * limits_.max_files) return refuse("has too many extended headers");
    if (type == 'L') pending_.path = std::string(content.substr(0, content.find('\0')));
    if (type == 'x' && !read_pax(content, pending_)) return refuse("has an extended header that is broken, or of a sparse file");
    return {};  // 'g' speaks of all files (git archive's comment), 'K' of a link, which is refused when it comes
  }

  Status keep(char type, std::string_view name, std::string_view content) {
    pending_ = {};
    while (name.starts_with("./")) name.remove_prefix(2);
    if (type == '5' || (name.ends_with('/') && content.empty())) return folder(name);
    if (type != '0' && type != '\0' && type != '7') return refuse("holds " + shown(name) + ", which is no regular file (type '" + shown_type(type) + "')");
    if (!is_plain_path(name)) return refuse("holds a file with the name " + shown(name) + ": names must be relative paths without \"..\"");
    if (!names_.insert(std::string(name)).second) return refuse("holds " + shown(name) + " twice");
    if (names_.size() > limits_.max_files) return refuse("holds over " + std::to_string(limits_.max_files) + " files");
    files_.push_back({.name = std::string(name), .content = std::string(content)});
    return {};
  }
  Status folder(std::string_view name) {
    while (name.ends_with('/')) name.remove_suffix(1);
    if (name.empty() || name == "." || is_plain_path(name)) return {};
    return refuse("holds a folder with the name " + shown(name) + ": names must be relative paths without \"..\"");
  }
  static std::string shown_type(char type) { return type > ' ' && type <= '~' ? std::string(1, type) : std::to_string(static_cast<unsigned char>(type)); }

  std::string_view rest_;
  std::string what_;
  TarLimits limits_;
  Extension pending_;
  std::size_t extensions_ = 0;
  std::vector<TarFile> files_;
  std::set<std::string, std::less<>> names_;
};

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string out(digits, '0');
  for (auto it = out.rbegin(); it != out.rend(); ++it, value >>= 3U) *it = static_cast<char>('0' + (value & 7U));
  return out;
}
void put(std::string& block, Field f, std::string_view value) { block.replace(f.at, value.size(), value); }

// Where to cut a name in two, at a slash, so that both parts fit; nothing where there is no such place.
std::optional<std::size_t> cut_at(std::string_view name) {
  for (std::size_t at = name.find('/'); at != std::string_view::npos; at = name.find('/', at + 1))
    if (at <= kPrefix.size && name.size() - at - 1 <= kName.size) return at;
  return std::nullopt;
}

Result<std::string> header_of(const TarFile& file) {
  std::string block(kBlock, '\0');
  const std::string_view name = file.name;
  const auto cut = name.size() <= kName.size ? std::nullopt : cut_at(name);
  if (!is_plain_path(name)) return fail(Disposition::Invalid, "\"" + shorten(name, 100) + "\" is no name for a file in an archive");
  if (name.size() > kName.size && !cut) return fail(Disposition::Invalid, "\"" + shorten(name, 300) + "\" is too long for a tar archive");
  if (file.content.size() >= std::uint64_t{1} << 33U) return fail(Disposition::Invalid, file.name + " is too large for a tar archive");
  put(block, kName, cut ? name.substr(*cut + 1) : name);
  if (cut) put(block, kPrefix, name.substr(0, *cut));
  put(block, kMode, octal(0644, 7));
  for (const Field zero : {kUid, kGid, kMajor, kMinor}) put(block, zero, octal(0, 7));
  put(block, kSize, octal(file.content.size(), 11));
  put(block, kTime, octal(0, 11));
  block[kType.at] = '0';
  put(block, kMagic,
      std::string_view("ustar\0"
                       "00",
                       8));
  put(block, kSum, octal(checksum(block), 6) + std::string("\0 ", 2));
  return block;
}

}  // namespace

bool is_plain_path(std::string_view name) noexcept {
  if (name.empty() || name.size() > kMaxName || !is_utf8(name)) return false;
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; })) return false;
  for (;;) {
    const auto slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

Result<std::vector<TarFile>> read_tar(std::string_view bytes, std::string_view what, TarLimits limits) { return Reader(bytes, what, limits).read(); }

Result<std::string> write_tar(std::span<const TarFile> files) {
  std::string out;
  for (const TarFile& file : files) {
    auto header = header_of(file);
    if (!header) return fail(std::move(header).error());
    out += *header;
    out += file.content;
    out.resize(padded(out.size()), '\0');
  }
  out.append(2 * kBlock, '\0');
  return out;
}

}  // namespace slipway::providers
