// Any object may be decoded and checked: errors are bounded and on one line; what has none survives encode and decode, and is valid.
#include <cstdlib>

#include "api/v1alpha1/check.h"
#include "api/v1alpha1/codec.h"

namespace {

using namespace slipway;

void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
void decode_and_check(const json::Value& object, T (*decode)(const json::Value&, std::vector<api::FieldError>&)) {
  std::vector<api::FieldError> errors;
  const T decoded = decode(object, errors);
  const json::Value status = api::encode(decoded.status);
  require(api::encode(api::decode_status(status)) == status);
  if (!errors.empty()) return;
  const json::Value once = api::encode(decoded);
  std::vector<api::FieldError> again;
  require(api::encode(decode(once, again)) == once && again.empty());
  require(api::validate(decoded).empty() == api::check(once).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto object = json::parse({reinterpret_cast<const char*>(data), size}, {.max_bytes = 1UL << 16U, .max_depth = 60});
  if (!object) return 0;
  const auto errors = api::check(*object, &*object);
  require(errors.size() <= 3 * api::kMaxErrors + 8);
  const std::string text = api::to_string(errors);
  require(text.find('\n') == std::string::npos && text.size() < 200'000);
  decode_and_check(*object, api::decode_management_cluster_request);
  decode_and_check(*object, api::decode_workload_cluster);
  return 0;
}
