// RapidJSON's SAX reader into our tree. The reader runs iteratively and validates UTF-8; depth and duplicate keys are checked here, because
// RapidJSON keeps both of two equal keys and has no limit of depth (docs/dependencies.md).
#include <algorithm>
#include <charconv>
#include <cstring>

// RapidJSON's stack begins as a null pointer and adds to it; harmless, and none of ours to fix.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma clang attribute pop

#include "pkg/json/value.h"

namespace slipway::json {
namespace {

// As Go's decoder: int64 where it fits, else the nearest double; what is too small is 0, what is too large is refused.
bool number(std::string_view text, Value& out) {
  const char* const end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc{} && read.ptr == end) {
      out = Value(integer);
      return true;
    }
  }
  double real = 0;
  const auto read = std::from_chars(text.data(), end, real);
  if (read.ec == std::errc::result_out_of_range) {
    const bool tiny =
        text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos || text.starts_with("0.") || text.starts_with("-0.");
    if (!tiny) return false;
    real = 0;
  }
  out = Value(real);
  return true;
}

class Builder {
 public:
  explicit Builder(std::size_t max_depth) : max_depth_(max_depth) {}

  bool Null() { return put(Value()); }
  bool Bool(bool b) { return put(Value(b)); }
  bool Int(int) { return false; }  // numbers come as text, to RawNumber
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType n, bool) {
    Value value;
    if (!number(std::string_view(text, n), value)) {
      problem_ = "a number is too large";
      return false;
    }
    return put(std::move(value));
  }
  bool String(const char* text, rapidjson::SizeType n, bool) { return put(Value(std::string(text, n))); }
  bool StartObject() { return open(Value(Object())); }
  bool StartArray() { return open(Value(Array())); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool Key(const char* text, rapidjson::SizeType n, bool) {
    open_.back().key.assign(text, n);
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    const Object& object = open_.back().value.object();
    std::vector<std::string_view> keys;
    keys.reserve(object.size());
    for (const Member& member : object) keys.emplace_back(member.key);
    std::sort(keys.begin(), keys.end());
    if (const auto twice = std::adjacent_find(keys.begin(), keys.end()); twice != keys.end()) {
      problem_ = "duplicate key \"" + std::string(twice->substr(0, 100)) + "\"";
      return false;
    }
    return close();
  }

  [[nodiscard]] Value take() { return std::move(root_); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct Open {
    Value value;
    std::string key;  // of the member that is being read
  };

  bool put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& top = open_.back(); top.value.is_array()) {
      top.value.make_array().push_back(std::move(value));
    } else {
      top.value.make_object().append(std::move(top.key), std::move(value));
      top.key.clear();
    }
    return true;
  }
  bool open(Value value) {
    if (open_.size() >= max_depth_) {
      problem_ = "nested deeper than " + std::to_string(max_depth_) + " levels";
      return false;
    }
    open_.push_back(Open{std::move(value), {}});
    return true;
  }
  bool close() {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(done));
  }

  std::size_t max_depth_;
  std::vector<Open> open_;
  Value root_;
  std::string problem_;
};

}  // namespace

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.max_bytes)
    return fail(Disposition::Invalid, "JSON of " + std::to_string(text.size()) + " bytes is over the limit of " + std::to_string(limits.max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.empty()) return fail(Disposition::Invalid, "JSON is empty");
  if (std::memchr(text.data(), 0, text.size()) != nullptr) return fail(Disposition::Invalid, "JSON holds a NUL byte");
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  rapidjson::Reader reader;
  Builder builder(limits.max_depth);
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder);
  if (parsed) return builder.take();
  const std::string what = builder.problem().empty() ? rapidjson::GetParseError_En(parsed.Code()) : builder.problem();
  return fail(Disposition::Invalid, "JSON at byte " + std::to_string(parsed.Offset()) + ": " + what);
}

}  // namespace slipway::json
