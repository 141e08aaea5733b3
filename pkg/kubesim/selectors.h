// Label and field selectors, parsed and matched as apimachinery pkg/labels and pkg/fields do. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

class LabelSelector {
 public:
  // "a=b,c!=d,e in (f,g),!h,i notin (j),k>1". Errors: the parser's sentence.
  [[nodiscard]] static std::expected<LabelSelector, std::string> parse(std::string_view text);
  [[nodiscard]] bool matches(const kube::Object& object) const;
  [[nodiscard]] bool empty() const noexcept { return requirements_.empty(); }

  enum class Operator : std::uint8_t { Exists, DoesNotExist, In, NotIn, GreaterThan, LessThan };
  struct Requirement {
    std::string key;
    Operator op = Operator::Exists;
    std::vector<std::string> values;
  };

 private:
  std::vector<Requirement> requirements_;
};

class FieldSelector {
 public:
  // "metadata.name=x,status.phase!=Running". Which fields may be named depends on the resource: metadata.name and metadata.namespace for all; more for
  // pods, events, secrets, namespaces, nodes as the real server has them. Errors: BadRequest.
  [[nodiscard]] static Outcome<FieldSelector> parse(std::string_view text, const ResourceDef& def);
  [[nodiscard]] bool matches(const kube::Object& object) const;
  [[nodiscard]] bool empty() const noexcept { return terms_.empty(); }
  [[nodiscard]] std::string_view exact(std::string_view field) const noexcept;  // the value that the field must equal, or empty

 private:
  struct Term {
    std::string field;
    std::string value;
    bool equal = true;
  };
  std::vector<Term> terms_;
};

}  // namespace slipway::kubesim
