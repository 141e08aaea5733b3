// A kubeconfig from a Secret is somebody's input: it is refused or read, and never reads this machine's files.
#include "pkg/kube/config.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto secret = kube::parse_kubeconfig(text, "fuzz", {});
  if (secret && (secret->exec || !secret->token_file.empty() || !secret->ca_file.empty())) __builtin_trap();
  // As a file, so that what only files may say is read too.
  const auto file = kube::parse_kubeconfig(text, "fuzz", "/nowhere");
  if (!file) return 0;
  const auto again = kube::parse_kubeconfig(kube::write_kubeconfig(*file, "c"), "fuzz", "/nowhere");
  if (again && again->server != file->server) __builtin_trap();
  return 0;
}
