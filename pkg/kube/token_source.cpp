#include "pkg/kube/detail/token_source.h"

#include "pkg/kube/detail/kubeconfig.h"
#include "pkg/log/log.h"

namespace slipway::kube::detail {
namespace {

constexpr std::chrono::seconds kReread{50};
constexpr int kAlertAfter = 10;

}  // namespace

Result<std::string> TokenSource::get() {
  if (file_.empty() || (fresh_ && clock_->now() - read_at_ < kReread)) return token_;
  Status read = reread();
  if (read) {
    if (failures_ > 0) log::info("the token file can be read again", {{"file", file_}});
    failures_ = 0;
    return token_;
  }
  if (token_.empty()) return fail(std::move(read).error());
  if (++failures_ == 1) log::warn("the token file cannot be read; the last good token stays in use", {{"error", read.error().message()}});
  if (failures_ == kAlertAfter) log::error("the token file still cannot be read; the token will soon be refused", {{"error", read.error().message()}});
  return token_;
}

Status TokenSource::reread() {
  auto text = read_small_file(file_);
  if (!text) return fail(Disposition::Unauthorized, "no token to sign in with: " + text.error().message());
  auto token = clean_token(*text, file_);
  if (!token) return fail(Disposition::Unauthorized, "no token to sign in with: " + token.error().message());
  token_ = std::move(*token);
  read_at_ = clock_->now();
  fresh_ = true;
  return {};
}

void TokenSource::refused(async::TimePoint started) noexcept {
  if (read_at_ <= started) fresh_ = false;
}

}  // namespace slipway::kube::detail
