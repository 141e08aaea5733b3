// Where an OCI artifact lies: oci://host[:port]/repository[:tag|@sha256:digest], by the grammar of the OCI distribution specification. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

struct OciReference {
  std::string host;        // as it was written, with the port: "registry.example:5000"
  std::string repository;  // "kubernetes/capi/vsphere"
  std::string tag;         // at most one of these two
  std::string digest;
  [[nodiscard]] std::string to_string() const;  // "oci://host/repository:tag"
  [[nodiscard]] std::string api() const;        // "https://host/v2/repository"; Docker Hub's is another host than its name
  [[nodiscard]] const std::string& own() const noexcept { return digest.empty() ? tag : digest; }  // empty: the version says the tag
};

// Where a digest follows a tag, the digest counts. Errors: Invalid, saying what is wrong; user names and passwords in it are refused and not repeated.
[[nodiscard]] Result<OciReference> parse_oci_reference(std::string_view text);

// A version as a tag, and back: a tag cannot hold the '+' of build metadata, and Helm's way of writing '_' for it is what registries are full of.
[[nodiscard]] std::string tag_of_version(std::string_view version);
[[nodiscard]] std::string version_of_tag(std::string_view tag);

}  // namespace slipway::providers
