// An answer of an API server, or of whatever stands before it: any bytes, cut anywhere, are a whole answer, part of one, or an error; never more than they
// said.
#include "pkg/kube/client.h"
#include "pkg/kube/detail/caller.h"
#include "pkg/net/detail/codec.h"

namespace {

using slipway::net::detail::Decoder;

struct Outcome {
  bool good = true;
  bool done = false;
  int status = 0;
  std::string body;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(std::string_view bytes, std::size_t piece, Decoder::Kind kind) {
  Decoder decoder(kind);
  Outcome out;
  while (!bytes.empty() && out.good && !decoder.done()) {
    out.good = decoder.feed(bytes.substr(0, piece)).has_value();
    out.body += decoder.take_body();
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (out.good && bytes.empty()) out.good = decoder.feed_end().has_value();
  out.body += decoder.take_body();
  out.done = out.good && decoder.done();
  if (decoder.head_done()) out.status = decoder.head().status;
  if (!out.done) return out;
  slipway::net::Response response(out.status, "", out.body);
  response.headers = decoder.head().headers;
  const slipway::Error error = slipway::kube::error_from_response(response, "fuzz");
  if (error.message().size() > 16'384) __builtin_trap();
  static_cast<void>(slipway::kube::detail::retry_after_of(response.headers));
  for (const auto& [name, value] : response.headers.all()) static_cast<void>(slipway::kube::detail::warning_text(value));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const auto kind = (data[0] & 1U) == 0 ? Decoder::Kind::Response : Decoder::Kind::ResponseToHead;
  const std::size_t piece = 1 + data[0] / 2;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = decode(bytes, bytes.size(), kind);
  const Outcome pieces = decode(bytes, piece, kind);
  // How the bytes were cut may not matter for what was understood.
  if (whole.done && pieces.done && !(whole == pieces)) __builtin_trap();
  return 0;
}
