#include "pkg/providers/sources/gzip.h"

#include <algorithm>
#include <array>
#include <memory>
#include <zlib.h>

namespace slipway::providers {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;      // zlib's way to say: gzip's header and trailer
constexpr std::size_t kPiece = 1U << 30U;  // zlib counts in 32 bits

struct EndInflate {
  void operator()(z_stream* z) const noexcept { inflateEnd(z); }
};
struct EndDeflate {
  void operator()(z_stream* z) const noexcept { deflateEnd(z); }
};

// The next piece of the input, where zlib has used up the last. zlib does not write to it.
void feed(z_stream& z, std::string_view& rest) {
  if (z.avail_in != 0 || rest.empty()) return;
  const std::size_t n = std::min(rest.size(), kPiece);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
  z.avail_in = static_cast<uInt>(n);
  rest.remove_prefix(n);
}

std::string limit_text(std::size_t limit) { return limit % (1U << 20U) == 0 ? std::to_string(limit >> 20U) + " MiB" : std::to_string(limit) + " bytes"; }

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }
bool is_zstd(std::string_view bytes) noexcept { return bytes.starts_with("\x28\xb5\x2f\xfd"); }

Result<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string_view what) {
  const auto refuse = [what](const std::string& why) { return fail(Disposition::Invalid, std::string(what) + " " + why); };
  if (is_zstd(bytes)) return refuse("is compressed with zstd: only gzip is read");
  if (!is_gzip(bytes)) return refuse("is not gzip");
  z_stream z{};
  if (inflateInit2(&z, kGzip) != Z_OK) return fail(Disposition::Transient, "unpacking " + std::string(what) + ": out of memory");
  const std::unique_ptr<z_stream, EndInflate> end(&z);
  std::string out;
  std::array<char, 1U << 16U> piece{};
  std::string_view rest = bytes;
  for (;;) {
    feed(z, rest);
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    const int code = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = piece.size() - z.avail_out;
    if (made > limit - out.size()) return refuse("is larger than " + limit_text(limit) + " when unpacked");
    out.append(piece.data(), made);
    if (code == Z_STREAM_END) {
      if (z.avail_in == 0 && rest.empty()) return out;
      const std::string_view next(reinterpret_cast<const char*>(z.next_in), z.avail_in);
      if (!is_gzip(next)) return refuse("goes on after the end of its gzip data");
      if (inflateReset(&z) != Z_OK) return refuse("is damaged");
    } else if (code == Z_BUF_ERROR || (code == Z_OK && z.avail_in == 0 && rest.empty() && z.avail_out != 0)) {
      return refuse("is truncated: its gzip data ends too early");
    } else if (code == Z_MEM_ERROR) {
      return fail(Disposition::Transient, "unpacking " + std::string(what) + ": out of memory");
    } else if (code != Z_OK) {
      return refuse("is damaged: its gzip data is broken");
    }
  }
}

Result<std::string> gzip(std::string_view bytes) {
  z_stream z{};
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(Disposition::Transient, "compressing: out of memory");
  const std::unique_ptr<z_stream, EndDeflate> end(&z);
  std::string out;
  std::array<char, 1U << 16U> piece{};
  std::string_view rest = bytes;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    feed(z, rest);
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    code = deflate(&z, rest.empty() ? Z_FINISH : Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) return fail(Disposition::Transient, "compressing: out of memory");
    out.append(piece.data(), piece.size() - z.avail_out);
  }
  return out;
}

}  // namespace slipway::providers
