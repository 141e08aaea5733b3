#include "pkg/kubesim/proto_body.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/kubesim/typed_fields.h"

namespace slipway::kubesim {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::string_view kMagic{"k8s\0", 4};

struct Broken {
  std::string why;
};
template <class T>
using Read = std::expected<T, Broken>;

// One field as it stands on the wire.
struct Wire {
  int number = 0;
  bool bytes = false;
  std::uint64_t integer = 0;
  std::string_view data;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }

  Read<Wire> next() {
    const auto tag = varint();
    if (!tag) return std::unexpected(tag.error());
    Wire w;
    w.number = static_cast<int>((*tag >> 3U) & 0x1FFFFFFFU);
    const auto kind = *tag & 7U;
    if (kind == 0) {
      const auto value = varint();
      if (!value) return std::unexpected(value.error());
      w.integer = *value;
      return w;
    }
    if (kind == 1 || kind == 5) return fixed(w, kind == 1 ? 8 : 4);
    if (kind != 2) return std::unexpected(Broken{"a field has an unknown wire type"});
    const auto size = varint();
    if (!size) return std::unexpected(size.error());
    if (*size > rest_.size()) return std::unexpected(Broken{"a field is longer than the body"});
    w.bytes = true;
    w.data = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return w;
  }

 private:
  Read<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return std::unexpected(Broken{"the body ends inside a number"});
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::unexpected(Broken{"a number is too long"});
  }

  Read<Wire> fixed(Wire w, std::size_t size) {
    if (size > rest_.size()) return std::unexpected(Broken{"the body ends inside a number"});
    rest_.remove_prefix(size);
    return w;
  }

  std::string_view rest_;
};

Read<json::Value> message_of(std::string_view data, std::string_view type, int depth);

// The value of field `number` in a small message of known form.
Read<Wire> member(std::string_view data, int number) {
  Wire found;
  for (Reader reader(data); !reader.done();) {
    const auto w = reader.next();
    if (!w) return w;
    if (w->number == number) found = *w;
  }
  return found;
}

Read<json::Value> time_of(std::string_view data, bool micro) {
  const auto seconds = member(data, 1), nanos = member(data, 2);
  if (!seconds || !nanos) return std::unexpected(Broken{"a time is broken"});
  if (data.empty() || seconds->number == 0) return json::Value();
  constexpr std::int64_t kEnd = 253'402'300'799;  // the last second of the year 9999
  const auto s = static_cast<std::int64_t>(seconds->integer);
  if (s < -62'135'596'800 || s > kEnd) return json::Value();
  const WallTime t{std::chrono::seconds(s) + std::chrono::microseconds(static_cast<std::int64_t>(nanos->integer % 1'000'000'000) / 1000)};
  return json::Value(micro ? to_rfc3339_micro(t) : to_rfc3339(t));
}

Read<json::Value> int_or_string(std::string_view data) {
  const auto type = member(data, 1), number = member(data, 2), text = member(data, 3);
  if (!type || !number || !text) return std::unexpected(Broken{"an int-or-string is broken"});
  if (type->integer == 0) return json::Value(static_cast<std::int64_t>(number->integer));
  return json::Value(std::string(text->data));
}

Read<json::Value> raw_json(std::string_view data) {
  const auto raw = member(data, 1);
  if (!raw) return std::unexpected(raw.error());
  if (raw->data.empty()) return json::Value();
  auto value = json::parse(raw->data);
  if (!value) return std::unexpected(Broken{"embedded JSON: " + value.error().message()});
  return std::move(*value);
}

Read<json::Value> strings_of(std::string_view data) {
  json::Array out;
  for (Reader reader(data); !reader.done();) {
    const auto w = reader.next();
    if (!w) return std::unexpected(w.error());
    if (w->number == 1 && w->bytes) out.emplace_back(w->data);
  }
  return json::Value(std::move(out));
}

Read<json::Value> text_of(std::string_view data) {
  if (!is_utf8(data)) return std::unexpected(Broken{"a string is not UTF-8"});
  return json::Value(data);
}

Read<json::Value> value_of(const Wire& w, std::string_view type, int depth) {
  if (type == "i" || type == "j" || type == "b") {
    if (w.bytes) return std::unexpected(Broken{"a number has the wire type of bytes"});
    if (type == "b") return json::Value(w.integer != 0);
    return json::Value(static_cast<std::int64_t>(w.integer));
  }
  if (!w.bytes) return std::unexpected(Broken{"a string or message has the wire type of a number"});
  if (type == "s") return text_of(w.data);
  if (type == "y") return json::Value(base64_encode(w.data));
  if (type == "T" || type == "M") return time_of(w.data, type == "M");
  if (type == "I") return int_or_string(w.data);
  if (type == "R" || type == "F") return raw_json(w.data);
  if (type == "X") return strings_of(w.data);
  if (type == "Q") {
    const auto text = member(w.data, 1);
    if (!text) return std::unexpected(text.error());
    return text_of(text->data);
  }
  return message_of(w.data, type, depth + 1);
}

bool is_zero(const json::Value& v) {
  return v.is_null() || (v.is_string() && v.as_string().empty()) || (v.is_integer() && v.as_int() == 0) || (v.is_bool() && !v.as_bool());
}

std::optional<Broken> add_entry(json::Value& map, const TypedField& field, std::string_view data, int depth) {
  const auto key = member(data, 1), value = member(data, 2);
  if (!key || !value) return Broken{"a map is broken"};
  auto k = text_of(key->data);
  if (!k) return k.error();
  Wire w = *value;
  if (w.number == 0) w.bytes = true;  // an empty value is left out
  auto v = value_of(w, field.type, depth);
  if (!v) return v.error();
  map.set(k->as_string(), std::move(*v));
  return std::nullopt;
}

std::optional<Broken> add_field(json::Value& object, const TypedField& field, const Wire& w, int depth) {
  if (field.map) return add_entry(object.ref(field.name), field, w.data, depth);
  auto value = value_of(w, field.type, depth);
  if (!value) return value.error();
  if (field.name == "+") {
    for (const auto& [key, v] : value->object()) object.set(key, v);
  } else if (field.repeated) {
    object.ref(field.name).push_back(std::move(*value));
  } else if (field.keep_zero ? !value->is_null() : !is_zero(*value)) {
    object.set(field.name, std::move(*value));
  }
  return std::nullopt;
}

Read<json::Value> message_of(std::string_view data, std::string_view type, int depth) {
  const auto* fields = typed_fields(type);
  if (fields == nullptr) return std::unexpected(Broken{"kubesim does not read " + std::string(type) + " from protobuf"});
  if (depth > kMaxDepth) return std::unexpected(Broken{"the body is nested too deeply"});
  json::Value object = json::Object{};
  for (Reader reader(data); !reader.done();) {
    const auto w = reader.next();
    if (!w) return std::unexpected(w.error());
    const auto field = std::ranges::find(*fields, w->number, &TypedField::number);
    if (field == fields->end()) continue;  // newer than the table
    if (auto broken = add_field(object, *field, *w, depth)) return std::unexpected(Broken{std::string(type) + "." + field->name + ": " + broken->why});
  }
  return object;
}

}  // namespace

std::expected<json::Value, std::string> decode_protobuf(std::string_view body) {
  if (!body.starts_with(kMagic)) return std::unexpected("provided data does not appear to be a protobuf message, expected prefix k8s\\0");
  body.remove_prefix(kMagic.size());
  const auto meta = member(body, 1), raw = member(body, 2);
  if (!meta || !raw) return std::unexpected("the protobuf envelope is broken");
  const auto api_version = member(meta->data, 1), kind = member(meta->data, 2);
  if (!api_version || !kind || !is_utf8(api_version->data) || !is_utf8(kind->data)) return std::unexpected("the protobuf envelope is broken");
  auto content = message_of(raw->data, kind->data, 0);
  if (!content) return std::unexpected(std::move(content).error().why);
  json::Object object{{"kind", kind->data}, {"apiVersion", api_version->data}};
  for (const auto& [key, value] : content->object()) object.set(key, value);
  return json::Value(std::move(object));
}

}  // namespace slipway::kubesim
