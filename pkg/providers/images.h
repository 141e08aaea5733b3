// Container images of components: which there are, and where they come from instead. The rules are clusterctl's image overrides (clusterctl.md 1.7 step 3)
// with one thing more, mirrors of a registry; and StatefulSets, ReplicaSets, Jobs, CronJobs and Pods count beside Deployments and DaemonSets. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/kube/types.h"

namespace slipway::providers {

// domain[:port]/path/name[:tag][@digest], by the grammar of distribution/reference.
struct ImageReference {
  std::string domain;  // "registry.k8s.io", "localhost:5000", "[::1]:5000"; empty where the text names none
  std::string path;    // "cluster-api"; may hold slashes and may be empty
  std::string name;    // "cluster-api-controller"
  std::string tag;
  std::string digest;  // "sha256:..."

  [[nodiscard]] std::string repository() const;  // domain and path, "registry.k8s.io/cluster-api"
  [[nodiscard]] std::string to_string() const;
};
// Errors: Invalid, naming the part that is wrong. A reference without a domain is no error here.
[[nodiscard]] Result<ImageReference> parse_image(std::string_view text);

struct ImageRule {
  std::string component;      // "all", "cert-manager", or the provider's label: "infrastructure-vsphere"
  std::string image;          // the name that it is for; empty: every image of the component
  std::string repository;     // in place of domain and path; empty: unchanged, and so for the next two
  std::string name;           //
  std::string tag;            // beside a digest, which stays
  std::string registry_from;  // only for images below this domain or domain/path, of which `repository` replaces just that prefix
};

// Writes the images of `component` as the rules say. Where several rules fit an image, each field comes from the most specific rule that sets it: one of the
// component before one of "all", then one of the image, then the longest registry_from, then the later one. Errors: Invalid, naming object and container,
// where an image is not fully qualified (in Deployments and DaemonSets always, as clusterctl has it; elsewhere where there are rules), or a rule makes
// no reference; the objects may be half written then.
[[nodiscard]] Status override_images(std::vector<kube::Object>& objects, std::string_view component, std::span<const ImageRule> rules);

// Every image of containers and init containers, sorted, once.
[[nodiscard]] std::vector<std::string> images_of(std::span<const kube::Object> objects);

}  // namespace slipway::providers
