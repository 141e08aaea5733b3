// Where each provider is published: the built-in list (config/catalog/providers.yaml) under the user's own entries. The layout is that of a clusterctl.yaml
// (clusterctl.md 1.5), so such a file can be given as it is:
//   providers: [{type, name, url}]
//   cert-manager: {url, version, timeout, externallyProvisioned}
// Other keys at the top are variables and settings there, and are left alone. Pure; any thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/providers/identity.h"

namespace slipway::providers {

// The value of a variable of the environment; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

struct CatalogEntry {
  ProviderId id;
  std::string url;  // with variables expanded: may hold a secret
};

// A member without a value says nothing: what is below it holds.
struct CertManagerEntry {
  std::optional<std::string> url;
  std::optional<std::string> version;
  std::optional<std::chrono::milliseconds> timeout;  // for each object of the test
  std::optional<bool> externally_provisioned;
};

class Catalog {
 public:
  // What the binary was built with: every provider that clusterctl 1.14.2 has built in.
  [[nodiscard]] static const Catalog& builtin();
  // `source` names the file in errors. ${VAR} in urls is expanded by the rules of substitute(). Errors: Invalid, naming source, entry, field and fix; an url is
  // never part of an error.
  [[nodiscard]] static Result<Catalog> parse(std::string_view yaml, std::string_view source, const Environment& environment = {});

  // This one with `overrides` on top: an entry with the same type and name replaces, any other is added.
  [[nodiscard]] Catalog with(const Catalog& overrides) const;

  [[nodiscard]] const CatalogEntry* find(ProviderType type, std::string_view name) const;  // nullptr where absent
  // The same. Errors: NotFound, with what was probably meant and what to do.
  [[nodiscard]] Result<CatalogEntry> get(ProviderType type, std::string_view name) const;
  // What a misspelt name probably meant: the same name in another type, then names of this type that are close, closest first; at most three.
  [[nodiscard]] std::vector<ProviderId> suggestions(ProviderType type, std::string_view name) const;

  [[nodiscard]] std::span<const CatalogEntry> entries() const noexcept { return entries_; }  // sorted by id
  [[nodiscard]] const CertManagerEntry& cert_manager() const noexcept { return cert_manager_; }

 private:
  std::vector<CatalogEntry> entries_;
  CertManagerEntry cert_manager_;
};

namespace detail {
extern const std::string_view kBuiltinCatalog;  // the text of config/catalog/providers.yaml
}  // namespace detail

}  // namespace slipway::providers
