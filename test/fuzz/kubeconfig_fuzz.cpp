// A kubeconfig from a Secret is somebody's input: it is refused or read, and never reads this machine's files.
#include "pkg/kube/config.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(kube::parse_kubeconfig(text, "fuzz", {}));
  return 0;
}
