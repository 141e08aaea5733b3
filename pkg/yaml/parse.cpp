#include <cctype>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::yaml {
namespace {

constexpr std::size_t kMaxDocuments = 5'000;

std::string where(std::string_view source, const YAML::Mark& mark) {
  std::string out(source);
  if (mark.line >= 0) out += ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  return out;
}

// yaml-cpp's events into our tree. Working on events, not on its nodes: nodes alias each other and grow without bound on hostile input.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view source, Limits limits) : source_(source), limits_(limits) {}

  struct Refused {
    std::string message;
  };

  void OnDocumentStart(const YAML::Mark& mark) override {
    // On some broken input yaml-cpp starts the same document again and again without reading on.
    if (mark.pos <= last_start_ || ++documents_ > kMaxDocuments) refuse(mark, "unexpected text where a document should begin");
    last_start_ = mark.pos;
    root_ = json::Value();
    nodes_ = 0;
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { put(mark, anchor, json::Value()); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not allowed; write the value out"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (!open_.empty() && open_.back().value.is_object() && !open_.back().has_key) {
      take_key(mark, anchor, value);
      return;
    }
    put(mark, anchor, scalar(mark, tag, value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, json::Value(json::Array()));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, json::Value(json::Object()));
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] json::Value take() { return std::move(root_); }

 private:
  struct Open {
    json::Value value;
    std::string key;
    bool has_key = false;
    std::set<std::string, std::less<>> keys;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) const { throw Refused{where(source_, mark) + ": " + what}; }

  void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors are not allowed; write the value out where it is needed");
    if (++nodes_ > limits_.max_nodes) refuse(mark, "more than " + std::to_string(limits_.max_nodes) + " values in one document");
  }

  void take_key(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& key) {
    count(mark, anchor);
    if (key == "<<") refuse(mark, "merge keys (<<) are not allowed; write the fields out");
    if (!is_utf8(key)) refuse(mark, "a key is not valid UTF-8");
    Open& top = open_.back();
    if (!top.keys.insert(key).second) refuse(mark, "key \"" + shorten(key, 100) + "\" stands twice in one mapping");
    top.key = key;
    top.has_key = true;
  }

  void put(const YAML::Mark& mark, YAML::anchor_t anchor, json::Value value) {
    count(mark, anchor);
    place(mark, std::move(value));
  }

  void place(const YAML::Mark& mark, json::Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& top = open_.back();
    if (top.value.is_array()) {
      top.value.make_array().push_back(std::move(value));
    } else if (top.has_key) {
      top.value.make_object().append(std::move(top.key), std::move(value));
      top.key.clear();
      top.has_key = false;
    } else {
      refuse(mark, "a key must be a plain scalar");
    }
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json::Value container) {
    count(mark, anchor);
    if (open_.size() >= limits_.max_depth) refuse(mark, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    if (!open_.empty() && open_.back().value.is_object() && !open_.back().has_key) refuse(mark, "a key must be a plain scalar");
    open_.push_back(Open{std::move(container), {}, false, {}});
  }

  void close() {
    json::Value done = std::move(open_.back().value);
    open_.pop_back();
    place(YAML::Mark::null_mark(), std::move(done));
  }

  json::Value scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) const;

  std::string_view source_;
  Limits limits_;
  std::vector<Open> open_;
  json::Value root_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
  int last_start_ = -1;
};

bool parse_integer(std::string_view text, json::Value& out) {
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits.front() == '-' || digits.front() == '+')) {
    negative = digits.front() == '-';
    digits.remove_prefix(1);
  }
  int base = 10;
  if (digits.starts_with("0x")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.starts_with("0o")) {
    base = 8;
    digits.remove_prefix(2);
  }
  if (digits.empty()) return false;
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (end != digits.data() + digits.size()) return false;
  if (error == std::errc::result_out_of_range || magnitude > static_cast<std::uint64_t>(INT64_MAX)) {
    if (base != 10) return false;
    double wide = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), wide);
    out = negative ? -wide : wide;
    return true;
  }
  if (error != std::errc{}) return false;
  out = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return true;
}

bool parse_float(std::string_view text, json::Value& out) {
  // from_chars would take "inf" and "nan"; YAML writes those with a dot, and JSON has neither.
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return false;
  if (text.front() == '+') text.remove_prefix(1);
  const bool leading_dot = text.starts_with(".") || text.starts_with("-.");
  if (text.empty() || (text.front() != '-' && text.front() != '.' && std::isdigit(static_cast<unsigned char>(text.front())) == 0)) return false;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return false;
  if (leading_dot && text.find_first_of("0123456789") == std::string_view::npos) return false;
  out = value;
  return true;
}

json::Value Builder::scalar(const YAML::Mark& mark, const std::string& tag, const std::string& text) const {
  if (!is_utf8(text)) refuse(mark, "a value is not valid UTF-8");
  if (tag == "!" || tag == "tag:yaml.org,2002:str") return {text};
  if (tag == "tag:yaml.org,2002:binary") refuse(mark, "!!binary is not allowed; write base64 text in quotes");
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return {true};
  if (text == "false" || text == "False" || text == "FALSE") return {false};
  static const std::set<std::string, std::less<>> kOldBooleans{"y", "n", "yes", "no", "on", "off"};
  if (text.size() <= 3 && kOldBooleans.contains(to_lower(text)))
    refuse(mark, "\"" + text + "\" means a boolean to some readers of YAML and text to others; write true or false, or put it in quotes");
  json::Value number;
  // "010" is octal in YAML 1.1 and ten in 1.2: refuse to guess, as with the booleans.
  if (text.size() > 1 && text.front() == '0' && text.find_first_not_of("0123456789") == std::string::npos)
    refuse(mark,
           "\"" + shorten(text, 40) + "\" is octal to some readers of YAML and decimal to others; put it in quotes, or write it without the leading zero");
  if (parse_integer(text, number) || parse_float(text, number)) return number;
  return {text};
}

}  // namespace

Result<std::vector<json::Value>> parse_all(std::string_view text, std::string_view source, Limits limits) {
  if (text.size() > limits.max_bytes)
    return fail(Disposition::Invalid,
                std::string(source) + ": " + std::to_string(text.size()) + " bytes are over the limit of " + std::to_string(limits.max_bytes));
  // yaml-cpp is quadratic on some JSON-like input and laxer than JSON: what starts as JSON is read as JSON.
  if (const auto start = trim(text); start.starts_with('{')) {
    if (auto value = json::parse(start, {.max_bytes = limits.max_bytes, .max_depth = limits.max_depth})) return std::vector<json::Value>{std::move(*value)};
  }
  if (text.find('\0') != std::string_view::npos) return fail(Disposition::Invalid, std::string(source) + ": holds a NUL byte");
  std::vector<json::Value> documents;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(source, limits);
    while (parser.HandleNextDocument(builder)) {
      json::Value document = builder.take();
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const Builder::Refused& refused) {
    return fail(Disposition::Invalid, refused.message);
  } catch (const YAML::Exception& e) {
    return fail(Disposition::Invalid, where(source, e.mark) + ": " + e.msg);
  }
  return documents;
}

Result<json::Value> parse(std::string_view text, std::string_view source, Limits limits) {
  auto documents = parse_all(text, source, limits);
  if (!documents) return fail(std::move(documents).error());
  if (documents->empty()) return json::Value();
  if (documents->size() > 1)
    return fail(Disposition::Invalid, std::string(source) + ": holds " + std::to_string(documents->size()) + " documents where one is expected");
  return std::move(documents->front());
}

}  // namespace slipway::yaml
