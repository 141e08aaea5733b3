// A watch's bytes, cut as the first byte says: no crash, no hang, whole lines whatever the cut; what is parsed freezes to itself.
#include <cstdlib>

#include "pkg/kube/detail/frames.h"

using namespace slipway;

namespace {

std::vector<std::string> lines(std::string_view bytes, std::size_t cut) {
  kube::detail::LineSplitter splitter(1U << 16U);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    splitter.feed(bytes.substr(at, cut));
    for (;;) {
      const auto line = splitter.next();
      if (!line) return out;
      if (!*line) break;
      out.emplace_back(**line);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto got = lines(bytes, 1U + data[0] % 64U);
  if (got != lines(bytes, bytes.size() + 1)) std::abort();
  const json::Projection drop({{"object", "metadata", "managedFields"}, {"object", "*", "a"}});
  for (const auto& line : got) {
    static_cast<void>(kube::detail::identify(line));
    const auto event = kube::detail::parse_event(line, &drop);
    if (event && !(*json::freeze(event->object).value == event->object)) std::abort();
  }
  return 0;
}
