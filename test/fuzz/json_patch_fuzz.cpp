// [document, patch]: any patch is applied or refused, both by the API's own rules (RFC 6902 with what kube-apiserver forgives) and by RFC 6902 itself, which
// leaves the document alone when it refuses. A patch that replaces the whole document by what it is changes nothing.
#include <cstdlib>

#include "pkg/json/value.h"
#include "pkg/kubesim/patch_json.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const auto input = json::parse({reinterpret_cast<const char*>(data), size}, {.max_bytes = 1UL << 15U, .max_depth = 60});
  if (!input || input->size() != 2) return 0;
  const json::Value& document = (*input)[0U];
  const json::Value& patch = (*input)[1U];
  // Copies of copies grow without bound in RFC 6902; the API caps their sum, the plain one is only asked about few.
  if (const auto patched = kubesim::patch_json(document, patch)) {
    require(json::dump(*patched).size() <= json::dump(document).size() + size + kubesim::kMaxCopied + 4096);
  } else {
    require(!patched.error().empty());
  }
  if (patch.size() > 12) return 0;
  json::Value plain = document;
  if (!json::json_patch(plain, patch)) require(plain == document);
  json::Value same = document;
  json::merge_patch(same, json::Object{});
  if (document.is_object()) require(same == document);
  return 0;
}
