// Any selector parses or is refused with a sentence; what parsed can be matched, and says the same of the same object twice. Exists and DoesNotExist of a key
// are each other's opposite.
#include <cstdlib>

#include "pkg/kubesim/selectors.h"

namespace {

using namespace slipway;

void require(bool condition) {
  if (!condition) std::abort();
}

const kube::Object& sample() {
  static const kube::Object object = json::Object{
      {"metadata", json::Object{{"name", "a"}, {"namespace", "n"}, {"labels", json::Object{{"a", "b"}, {"x.dev/y", "1"}, {"n", "7"}, {"empty", ""}}}}}};
  return object;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto labels = kubesim::LabelSelector::parse(text);
  if (labels) {
    require(labels->matches(sample()) == labels->matches(sample()));
    if (labels->empty()) require(labels->matches(sample()));
  } else {
    require(!labels.error().empty());
  }
  const auto there = kubesim::LabelSelector::parse(std::string(text));
  const auto absent = kubesim::LabelSelector::parse("!" + std::string(text));
  const bool one_key = text.find_first_of(",=!<>( \t\r\n") == std::string_view::npos && !text.empty();
  if (one_key && there && absent) require(there->matches(sample()) != absent->matches(sample()));
  kubesim::ResourceDef def;
  def.gvr = {"", "v1", "secrets", true};
  def.kind = "Secret";
  const auto fields = kubesim::FieldSelector::parse(text, def);
  if (fields) {
    static_cast<void>(fields->matches(sample()));
    static_cast<void>(fields->exact("metadata.name"));
  } else {
    require(fields.error().code == 400);
  }
  return 0;
}
