// How answers are written: what Accept asks for (JSON or YAML; whole objects, Tables, PartialObjectMetadata) and the bodies of objects, lists and watch
// events. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/time.h"
#include "pkg/kubesim/status_error.h"
#include "pkg/kubesim/storage.h"

namespace slipway::kubesim {

struct OutputFormat {
  enum class Shape : std::uint8_t { Object, Table, Partial } shape = Shape::Object;
  std::string meta_version = "v1";  // of meta.k8s.io, for Table and Partial
  std::string include_object = "Metadata";
  bool yaml = false;
};

// Errors: 406 where nothing that Accept lists can be made.
[[nodiscard]] Outcome<OutputFormat> negotiate(std::string_view accept, const net::Target& target, bool many);

struct ListMeta {
  Revision revision = 0;
  std::string continue_token;
  std::size_t remaining = 0;  // 0: not said
};

[[nodiscard]] std::string encode_object(const ResourceDef& def, const kube::ObjectPtr& object, const OutputFormat& format, WallTime now);
[[nodiscard]] std::string encode_list(const ResourceDef& def, std::span<const kube::ObjectPtr> objects, const ListMeta& meta, const OutputFormat& format,
                                      WallTime now);
// One line of a watch. `first`: a Table carries its columns only then.
[[nodiscard]] std::string encode_event(std::string_view type, const ResourceDef& def, const kube::ObjectPtr& object, const OutputFormat& format, bool first,
                                       WallTime now);
[[nodiscard]] std::string encode_bookmark(const ResourceDef& def, Revision revision, bool initial_events_end, const OutputFormat& format);
[[nodiscard]] std::string encode_error_event(const StatusError& error);

[[nodiscard]] net::Response ok(int status, std::string body, const OutputFormat& format);

}  // namespace slipway::kubesim
