// The grammar of CEL (cel-spec langdef.md) as far as x-kubernetes-validations of our resources use it: everything but messages, bytes, unsigned
// integers and optional types. Errors: Invalid, with cel-go's shape ("ERROR: <input>:1:5: ..."). Depth and number of nodes are capped, so that walking
// the tree by recursion is safe. Thread: any; values only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/kubesim/cel_value.h"

namespace slipway::kubesim::cel {

struct Function;  // cel_functions.h

enum class NodeKind : std::uint8_t {
  Literal,     // value
  Identifier,  // text
  Select,      // children[0] . text
  Has,         // the same, asked for presence
  Index,       // children[0] [ children[1] ]
  Call,        // function text(children); operators are calls of "_+_" and the like
  And,         // all children
  Or,          // any child
  Not,
  Conditional,    // children[0] ? children[1] : children[2]
  List,           // children
  Map,            // key, value, key, value, ...
  Comprehension,  // macro text over children[0] with variable: all, exists, exists_one, filter: children[1]; map: [children[1],] children.back()
};

struct Node {
  NodeKind kind = NodeKind::Literal;
  bool member_call = false;  // Call: the receiver is children[0]
  std::uint32_t offset = 0;  // of the source, for errors
  std::uint32_t depth = 1;
  std::string text;
  std::string variable;                // Comprehension
  const Function* function = nullptr;  // Call; set by the checker
  Value value;                         // Literal
  std::vector<std::uint32_t> children;
};

struct Ast {
  std::string source;
  std::vector<Node> nodes;  // children stand before their parents
  std::uint32_t root = 0;
};

[[nodiscard]] Result<Ast> parse(std::string_view source);

// "ERROR: <input>:1:5: undefined field 'x'\n | self.x\n | ....^"
[[nodiscard]] std::string describe_error(std::string_view source, std::uint32_t offset, std::string_view message);

}  // namespace slipway::kubesim::cel
