// Objects to serve, the same for everyone who names the same seed: Pods as a Deployment's controller and a kubelet leave them, managedFields and all.
// Each is rendered once. Its resourceVersion and a stamp (annotation bench.slipway.dev/stamp) have a fixed width, so that they are changed in place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::bench {

inline constexpr std::size_t kVersionWidth = 10;  // digits
inline constexpr std::size_t kStampWidth = 19;    // digits: nanoseconds
inline constexpr std::uint64_t kFirstVersion = 1'000'000'000;
inline constexpr std::string_view kNamespace = "bench";

// One object as JSON text, without apiVersion and kind in front where it stands in a list (the API server leaves them out there).
struct Rendered {
  std::string name;
  std::string body;  // {"metadata": ...
  std::size_t version_at = 0;
  std::size_t stamp_at = 0;
  void set_version(std::uint64_t version);
  void set_stamp(std::uint64_t ns);
};

// `size` is the number of bytes that each should have: 2 KB and more; reached within a few per cent.
[[nodiscard]] std::vector<Rendered> make_objects(std::size_t count, std::size_t size, std::uint64_t seed);

}  // namespace slipway::bench
