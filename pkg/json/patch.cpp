// RFC 7386 and RFC 6902.
#include <algorithm>
#include <charconv>
#include <span>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"

namespace slipway::json {
namespace {

constexpr std::size_t kMaxOperations = 10'000;  // kube-apiserver: maxJSONPatchOperations

Result<std::vector<std::string>> parse_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') return fail(Disposition::Invalid, "path \"" + std::string(pointer) + "\" must start with /");
  for (std::string& part : split(pointer.substr(1), '/')) {
    std::string token;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '~') {
        token.push_back(part[i]);
      } else if (i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1')) {
        token.push_back(part[++i] == '0' ? '~' : '/');
      } else {
        return fail(Disposition::Invalid, "path \"" + std::string(pointer) + "\" has a broken escape");
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

bool parse_index(std::string_view token, std::size_t size, bool end_allowed, std::size_t& out) {
  if (token == "-") {
    out = size;
    return end_allowed;
  }
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return false;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), out);
  return error == std::errc{} && end == token.data() + token.size() && (out < size || (end_allowed && out == size));
}

Value* child(Value& at, const std::string& token) {
  if (at.is_object()) return at.find_mut(token);
  std::size_t index = 0;
  if (!at.is_array() || !parse_index(token, at.size(), false, index)) return nullptr;
  return &at.make_array()[index];
}

Value* resolve(Value& root, std::span<const std::string> tokens) {
  Value* at = &root;
  for (const std::string& token : tokens) {
    at = child(*at, token);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::unexpected<Error> no_such_path(std::string_view path) {
  return fail(Disposition::Invalid, "doc is missing path: \"" + std::string(path) + "\": missing value");
}

Status add(Value& root, std::span<const std::string> tokens, std::string_view path, Value value) {
  if (tokens.empty()) {
    root = std::move(value);
    return {};
  }
  Value* parent = resolve(root, tokens.first(tokens.size() - 1));
  if (parent == nullptr) return no_such_path(path);
  if (parent->is_object()) {
    parent->set(tokens.back(), std::move(value));
    return {};
  }
  std::size_t index = 0;
  if (!parent->is_array() || !parse_index(tokens.back(), parent->size(), true, index)) return no_such_path(path);
  Array& elements = parent->make_array();
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
  return {};
}

Result<Value> remove(Value& root, std::span<const std::string> tokens, std::string_view path) {
  if (tokens.empty()) return std::exchange(root, Value());
  Value* parent = resolve(root, tokens.first(tokens.size() - 1));
  Value* found = parent == nullptr ? nullptr : child(*parent, tokens.back());
  if (found == nullptr) return no_such_path(path);
  Value taken = std::move(*found);
  if (parent->is_object()) {
    parent->erase(tokens.back());
  } else {
    Array& elements = parent->make_array();
    elements.erase(elements.begin() + (found - elements.data()));
  }
  return taken;
}

Status apply_one(Value& root, const Value& operation) {
  const std::string_view op = operation["op"].as_string();
  const std::string_view path = operation["path"].as_string();
  if (!operation["path"].is_string()) return fail(Disposition::Invalid, "path is missing");
  auto tokens = parse_pointer(path);
  if (!tokens) return fail(std::move(tokens).error());
  const Value* value = operation.find("value");
  if ((op == "add" || op == "replace" || op == "test") && value == nullptr) return fail(Disposition::Invalid, "value is missing");

  if (op == "add") return add(root, *tokens, path, *value);
  if (op == "remove") {
    auto removed = remove(root, *tokens, path);
    if (!removed) return fail(std::move(removed).error());
    return {};
  }
  if (op == "replace") {
    Value* found = resolve(root, *tokens);
    if (found == nullptr) return no_such_path(path);
    *found = *value;
    return {};
  }
  if (op == "test") {
    const Value* found = resolve(root, *tokens);
    const Value null;
    if ((found == nullptr ? null : *found) == *value) return {};
    return fail(Disposition::Invalid, "testing value " + std::string(path) + " failed: test failed");
  }
  if (op == "move" || op == "copy") {
    const std::string_view from = operation["from"].as_string();
    auto source = parse_pointer(from);
    if (!source) return fail(std::move(source).error());
    if (op == "move") {
      if (path.starts_with(std::string(from) + "/")) return fail(Disposition::Invalid, "cannot move a value into itself");
      auto taken = remove(root, *source, from);
      if (!taken) return fail(std::move(taken).error());
      return add(root, *tokens, path, std::move(*taken));
    }
    const Value* found = resolve(root, *source);
    if (found == nullptr) return no_such_path(from);
    return add(root, *tokens, path, Value(*found));
  }
  return fail(Disposition::Invalid, "unexpected kind: \"" + shorten(op, 40) + "\"");
}

}  // namespace

void merge_patch(Value& target, const Value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  target.make_object();
  for (const Member& member : patch.object()) {
    if (member.value.is_null()) {
      target.erase(member.key);
    } else {
      merge_patch(target.ref(member.key), member.value);
    }
  }
}

Status json_patch(Value& target, const Value& operations) {
  if (!operations.is_array()) return fail(Disposition::Invalid, "a JSON patch must be a list of operations");
  if (operations.size() > kMaxOperations)
    return fail(Disposition::Invalid,
                "the allowed maximum operations in a JSON patch is " + std::to_string(kMaxOperations) + ", got " + std::to_string(operations.size()));
  Value work = target;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (auto done = apply_one(work, operations[i]); !done)
      return fail(std::move(done).error().in("operation " + std::to_string(i) + " (" + shorten(operations[i]["op"].as_string(), 20) + ")"));
  }
  target = std::move(work);
  return {};
}

Value diff(const Value& from, const Value& to) {
  if (from == to) return {};
  if (!from.is_object() || !to.is_object()) return to;
  Value patch;
  patch.make_object();
  for (const Member& member : from.object())
    if (!to.contains(member.key)) patch.set(member.key, nullptr);
  for (const Member& member : to.object()) {
    const Value* before = from.find(member.key);
    if (before == nullptr) {
      patch.set(member.key, member.value);
    } else if (*before != member.value) {
      patch.set(member.key, diff(*before, member.value));
    }
  }
  return patch;
}

}  // namespace slipway::json
