#include "pkg/kubesim/patch_json.h"

#include <charconv>
#include <string_view>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {
namespace {

using Done = std::expected<void, std::string>;

constexpr std::string_view kMissing = ": missing value";

std::string sentence(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out.append(part);
  return out;
}
std::unexpected<std::string> wrong(std::initializer_list<std::string_view> parts) { return std::unexpected(sentence(parts)); }

std::string decoded(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    out.push_back(!escape ? token[i] : token[++i] == '0' ? '~' : '/');
  }
  return out;
}

// A container and the member of it that a path ends in; no container where the way there does not exist.
struct Place {
  json::Value* container = nullptr;
  std::string key;
};

std::expected<std::size_t, std::string> index_of(const std::string& key, std::size_t size, std::size_t end) {
  std::int64_t index = 0;
  const char* first = key.data() + (key.starts_with('+') ? 1 : 0);
  const auto [last, error] = std::from_chars(first, key.data() + key.size(), index);
  if (key.empty() || error != std::errc{} || last != key.data() + key.size() || key.starts_with("+-"))
    return wrong({"strconv.Atoi: parsing ", quoted(key), error == std::errc::result_out_of_range ? ": value out of range" : ": invalid syntax"});
  const auto length = static_cast<std::int64_t>(size);
  if (index >= static_cast<std::int64_t>(end) || index < -length)
    return wrong({"Unable to access invalid index: ", std::to_string(index), ": invalid index referenced"});
  return static_cast<std::size_t>(index < 0 ? index + length : index);
}

// Null, without an error, where an object does not have the member.
std::expected<json::Value*, std::string> get(json::Value& container, const std::string& key) {
  if (container.is_object()) return container.find_mut(key);
  auto index = index_of(key, container.size(), container.size());
  if (!index) return std::unexpected(std::move(index).error());
  return &container.make_array()[*index];
}

Done add(json::Value& container, const std::string& key, json::Value value) {
  if (container.is_object()) {
    container.set(key, std::move(value));
    return {};
  }
  json::Array& items = container.make_array();
  if (key == "-") {
    items.push_back(std::move(value));
    return {};
  }
  auto index = index_of(key, items.size() + 1, items.size() + 1);
  if (!index && index.error().starts_with("strconv")) return wrong({"value was not a proper array index: '", key, "': ", index.error()});
  if (!index) return std::unexpected(std::move(index).error());
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
  return {};
}

Done remove(json::Value& container, const std::string& key) {
  if (container.is_object()) {
    if (container.erase(key)) return {};
    return wrong({"Unable to remove nonexistent key: ", key, kMissing});
  }
  json::Array& items = container.make_array();
  auto index = index_of(key, items.size(), items.size());
  if (!index) return std::unexpected(std::move(index).error());
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
  return {};
}

Place find(json::Value& document, std::string_view path) {
  const std::vector<std::string> tokens = split(path, '/');
  if (tokens.size() < 2) return {};
  json::Value* at = &document;
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    const auto next = get(*at, decoded(tokens[i]));
    if (!next || *next == nullptr || !((*next)->is_object() || (*next)->is_array())) return {};
    at = *next;
  }
  return {at, decoded(tokens.back())};
}

class Patcher {
 public:
  explicit Patcher(json::Value document) : document_(std::move(document)) {}

  Done apply(const json::Value& operation) {
    const std::string op = operation["op"].is_string() ? operation["op"].str() : "unknown";
    if (op == "add") return apply_add(operation);
    if (op == "remove") return apply_remove(operation);
    if (op == "replace") return apply_replace(operation);
    if (op == "move") return apply_move(operation);
    if (op == "test") return apply_test(operation);
    if (op == "copy") return apply_copy(operation);
    return wrong({"Unexpected kind: ", op});
  }
  [[nodiscard]] json::Value take() && { return std::move(document_); }

 private:
  Done apply_add(const json::Value& o) {
    if (!o["path"].is_string()) return wrong({"add operation failed to decode path", kMissing});
    const auto path = o["path"].as_string();
    const Place at = find(document_, path);
    if (at.container == nullptr) return wrong({"add operation does not apply: doc is missing path: \"", path, "\"", kMissing});
    auto done = add(*at.container, at.key, o["value"]);
    if (!done) return wrong({"error in add for path: '", path, "': ", done.error()});
    return {};
  }

  Done apply_remove(const json::Value& o) {
    if (!o["path"].is_string()) return wrong({"remove operation failed to decode path", kMissing});
    const auto path = o["path"].as_string();
    const Place at = find(document_, path);
    if (at.container == nullptr) return wrong({"remove operation does not apply: doc is missing path: \"", path, "\"", kMissing});
    auto done = remove(*at.container, at.key);
    if (!done) return wrong({"error in remove for path: '", path, "': ", done.error()});
    return {};
  }

  Done apply_replace(const json::Value& o) {
    if (!o["path"].is_string()) return wrong({"replace operation failed to decode path: operation missing path field", kMissing});
    const auto path = o["path"].as_string();
    const json::Value& value = o["value"];
    if (path.empty()) {
      if (!value.is_object() && !value.is_array()) return wrong({"replace operation value must be object or array: %!w(<nil>)"});
      document_ = value;
      return {};
    }
    const Place at = find(document_, path);
    if (at.container == nullptr) return wrong({"replace operation does not apply: doc is missing path: ", path, kMissing});
    const auto found = get(*at.container, at.key);
    if (!found) return wrong({"replace operation does not apply: doc is missing key: ", path, kMissing});
    if (*found != nullptr) {
      **found = value;
      return {};
    }
    at.container->set(at.key, value);
    return {};
  }

  Done apply_move(const json::Value& o) {
    if (!o["from"].is_string()) return wrong({"move operation failed to decode from: operation, missing from field", kMissing});
    const auto from = o["from"].as_string();
    const Place source = find(document_, from);
    if (source.container == nullptr) return wrong({"move operation does not apply: doc is missing from path: ", from, kMissing});
    const auto found = get(*source.container, source.key);
    if (!found) return wrong({"error in move for path: '", source.key, "': ", found.error()});
    json::Value value = *found == nullptr ? json::Value() : **found;
    if (auto removed = remove(*source.container, source.key); !removed) return wrong({"error in move for path: '", source.key, "': ", removed.error()});
    if (!o["path"].is_string()) return wrong({"move operation failed to decode path: operation missing path field", kMissing});
    const auto path = o["path"].as_string();
    const Place at = find(document_, path);
    if (at.container == nullptr) return wrong({"move operation does not apply: doc is missing destination path: ", path, kMissing});
    auto done = add(*at.container, at.key, std::move(value));
    if (!done) return wrong({"error in move for path: '", path, "': ", done.error()});
    return {};
  }

  Done apply_test(const json::Value& o) {
    if (!o["path"].is_string()) return wrong({"test operation failed to decode path: operation missing path field", kMissing});
    const auto path = o["path"].as_string();
    const json::Value none;
    const json::Value* have = &document_;
    if (!path.empty()) {
      const Place at = find(document_, path);
      if (at.container == nullptr) return wrong({"test operation does not apply: is missing path: ", path, kMissing});
      const auto found = get(*at.container, at.key);
      if (!found) return wrong({"error in test for path: '", path, "': ", found.error()});
      have = *found == nullptr ? &none : *found;
    }
    if (*have == o["value"]) return {};
    return wrong({"testing value ", path, " failed: test failed"});
  }

  Done apply_copy(const json::Value& o) {
    if (!o["from"].is_string()) return wrong({"copy operation failed to decode from: operation, missing from field", kMissing});
    const auto from = o["from"].as_string();
    const Place source = find(document_, from);
    if (source.container == nullptr) return wrong({"copy operation does not apply: doc is missing from path: ", from, kMissing});
    const auto found = get(*source.container, source.key);
    if (!found) return wrong({"error in copy for from: '", from, "': ", found.error()});
    if (!o["path"].is_string()) return wrong({"copy operation failed to decode path", kMissing});
    const auto path = o["path"].as_string();
    const Place at = find(document_, path);
    if (at.container == nullptr) return wrong({"copy operation does not apply: doc is missing destination path: ", path, kMissing});
    json::Value value = *found == nullptr ? json::Value() : **found;
    copied_ += json::dump(value).size();
    if (copied_ > kMaxCopied)
      return wrong({"Unable to complete the copy, the accumulated size increase of copy is ", std::to_string(copied_), ", exceeding the limit ",
                    std::to_string(kMaxCopied)});
    auto done = add(*at.container, at.key, std::move(value));
    if (!done) return wrong({"error while adding value during copy: ", done.error()});
    return {};
  }

  json::Value document_;
  std::size_t copied_ = 0;
};

}  // namespace

std::expected<json::Value, std::string> patch_json(json::Value document, const json::Value& operations) {
  Patcher patcher(std::move(document));
  for (const auto& operation : operations.array())
    if (auto done = patcher.apply(operation); !done) return std::unexpected(std::move(done).error());
  return std::move(patcher).take();
}

}  // namespace slipway::kubesim
