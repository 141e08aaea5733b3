// A bearer token, fixed or from a file that somebody rotates (the kubelet, for projected tokens). The file is read again when what was read is 50 s old
// (client-go transport/token_source.go: a minute less ten seconds), and before the next request after the server refused it. While it cannot be read, or is
// empty, the last good token stays in use; the first such time, and the tenth, are logged.
#pragma once

#include <string>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::kube::detail {

class TokenSource {
 public:
  TokenSource(async::Clock& clock, std::string token, std::string file) : clock_(&clock), token_(std::move(token)), file_(std::move(file)) {}
  [[nodiscard]] bool empty() const noexcept { return token_.empty() && file_.empty(); }
  // Errors: Unauthorized where there has been no good token yet, naming the file.
  [[nodiscard]] Result<std::string> get();
  // 401 for a request that began at `started`: a token that was read since is not to blame.
  void refused(async::TimePoint started) noexcept;

 private:
  Status reread();
  async::Clock* clock_;
  std::string token_;
  std::string file_;
  async::TimePoint read_at_{};
  bool fresh_ = false;
  int failures_ = 0;
};

}  // namespace slipway::kube::detail
