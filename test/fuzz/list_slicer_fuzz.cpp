// A list's bytes, cut as the first byte says. Where the whole text is a list by the parser's judgement, the slicer finds the same items; where the slicer calls
// a text complete and every part of it parses, so does the whole.
#include <cstdlib>

#include "pkg/kube/detail/list_slicer.h"

using namespace slipway;

namespace {

struct Outcome {
  bool complete = false;
  bool parts_parse = true;
  json::Array items;
};

Outcome slice(std::string_view bytes, std::size_t cut) {
  kube::detail::ListSlicer slicer(1U << 16U);
  Outcome out;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    slicer.feed(bytes.substr(at, cut));
    for (;;) {
      const auto item = slicer.next();
      if (!item) return out;
      if (!*item) break;
      auto value = json::parse(**item);
      out.parts_parse = out.parts_parse && value.has_value();
      if (value) out.items.push_back(std::move(*value));
    }
  }
  out.complete = slicer.complete();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = slice(bytes, bytes.size() + 1);
  const Outcome cut = slice(bytes, 1U + data[0] % 64U);
  if (whole.complete != cut.complete || whole.parts_parse != cut.parts_parse) std::abort();
  const auto parsed = json::parse(bytes, {.max_bytes = 1U << 16U, .max_depth = 100});
  const bool marked = bytes.starts_with("\xEF\xBB\xBF");  // the parser skips a byte order mark; a server sends none
  if (parsed && !marked && parsed->is_object() && (*parsed)["items"].is_array()) {
    if (!whole.complete || !(whole.items == (*parsed)["items"].array())) std::abort();
  }
  return 0;
}
