// What the programs behind webhooks answer, as far as the simulated world plays them: every admission review is allowed with the object unchanged, and every
// conversion review gets its objects back under the apiVersion that it asked for. Pure; any thread.
#pragma once

#include "pkg/net/http.h"

namespace slipway::simcloud {

// 405 for what is no POST, 400 for what is no AdmissionReview or ConversionReview with a uid.
[[nodiscard]] net::Response answer_review(const net::Request& request);

}  // namespace slipway::simcloud
