// A loop, a registry, and the way to both that most tests of OCI sources take.
#pragma once

#include "test/unit/providers/test_registry.h"

namespace slipway::test {

inline constexpr const char* kVsphere = "oci://registry.example/capi/vsphere";

template <class T>
std::string why(const Result<T>& result) {
  return result ? "accepted" : result.error().message();
}

struct OciWorld {
  Loop loop;
  TestRegistry registry;
  providers::Access access;
  providers::OciOptions oci;

  std::shared_ptr<providers::Repository> open(const std::string& reference = kVsphere) {
    return providers::open_oci(reference, registry.options(loop, access), oci).value();
  }
  Result<std::string> get(const std::shared_ptr<providers::Repository>& repository, std::string version, std::string name) {
    return loop.run(repository->file(std::move(version), std::move(name), loop.clock.after(std::chrono::minutes(5))));
  }
  Result<std::string> get(const std::string& reference = kVsphere, std::string name = "components.yaml") {
    return get(open(reference), "v1.0.0", std::move(name));
  }
  std::string push() { return registry.push("v1.0.0", {{"components.yaml", "kind: Namespace\n"}, {"metadata.yaml", "kind: Metadata\n"}}); }
};

}  // namespace slipway::test
