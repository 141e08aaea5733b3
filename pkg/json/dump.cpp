#include <algorithm>
#include <cmath>

// RapidJSON's stack begins as a null pointer and adds to it; harmless, and none of ours to fix.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#pragma clang attribute pop

#include "pkg/json/value.h"

namespace slipway::json {
namespace {

// Recursion is bounded by the depth that parse() admits; values built in code are shallow.
template <class Writer>
void write(Writer& writer, const Value& value, bool sorted) {
  switch (value.type()) {
    case Type::Null: writer.Null(); return;
    case Type::Bool: writer.Bool(value.as_bool()); return;
    case Type::Integer: writer.Int64(value.as_int()); return;
    case Type::Double:
      // NaN and infinities have no JSON; whole doubles are written as integers, as Go's encoder does.
      if (const double d = value.as_double(); !std::isfinite(d)) {
        writer.Null();
      } else if (std::trunc(d) == d && std::abs(d) < 1e15) {
        writer.Int64(static_cast<std::int64_t>(d));
      } else {
        writer.Double(d);
      }
      return;
    case Type::String: {
      const std::string_view text = value.as_string();
      writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
      return;
    }
    case Type::Array:
      writer.StartArray();
      for (const Value& element : value.array()) write(writer, element, sorted);
      writer.EndArray();
      return;
    case Type::Object: {
      std::vector<const Member*> members;
      members.reserve(value.size());
      for (const Member& member : value.object()) members.push_back(&member);
      if (sorted) std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
      writer.StartObject();
      for (const Member* member : members) {
        writer.Key(member->key.data(), static_cast<rapidjson::SizeType>(member->key.size()));
        write(writer, member->value, sorted);
      }
      writer.EndObject();
      return;
    }
  }
}

std::string compact(const Value& value, bool sorted) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  write(writer, value, sorted);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string dump(const Value& value) { return compact(value, false); }
std::string dump_canonical(const Value& value) { return compact(value, true); }

std::string dump_pretty(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  write(writer, value, false);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace slipway::json
