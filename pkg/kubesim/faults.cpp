#include "pkg/kubesim/faults.h"

namespace slipway::kubesim {
namespace {

class Truncated final : public net::BodyStream {
 public:
  Truncated(std::string body, std::unique_ptr<net::BodyStream> rest) : body_(std::move(body)), rest_(std::move(rest)) {}

  net::Awaitable<Result<std::string>> read(net::Deadline deadline) override {
    if (sent_) co_return fail(Disposition::Transient, "connection lost before the end of the body");
    sent_ = true;
    if (!rest_) co_return body_.substr(0, body_.size() / 2);
    auto piece = co_await rest_->read(deadline);
    if (piece && !piece->empty()) piece->resize((piece->size() + 1) / 2);
    co_return piece;
  }

 private:
  std::string body_;
  std::unique_ptr<net::BodyStream> rest_;
  bool sent_ = false;
};

std::string_view reason_for(int status) {
  switch (status) {
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 409: return "Conflict";
    case 410: return "Expired";
    case 422: return "Invalid";
    case 429: return "TooManyRequests";
    case 503: return "ServiceUnavailable";
    case 504: return "Timeout";
    default: return "InternalError";
  }
}

}  // namespace

void Faults::add(Fault fault) { rules_.push_back({std::move(fault)}); }

std::optional<Fault> Faults::take(const RequestInfo& info) {
  std::optional<Fault> due;
  for (auto& rule : rules_) {
    const Fault& f = rule.fault;
    if ((!f.verb.empty() && f.verb != info.verb) || (!f.resource.empty() && f.resource != info.resource)) continue;
    ++rule.seen;
    const bool applies = (f.nth == 0 || rule.seen == f.nth) && (f.times == 0 || rule.done < f.times);
    if (!applies || due) continue;
    ++rule.done;
    due = f;
  }
  return due;
}

StatusError status_of_fault(const Fault& fault) {
  StatusError error{fault.status, fault.reason.empty() ? std::string(reason_for(fault.status)) : fault.reason, "injected fault", {}};
  if (fault.status == 429 || fault.status == 503) error.details = json::Object{{"retryAfterSeconds", 1}};
  return error;
}

net::Response truncated(net::Response response) {
  response.stream = std::make_unique<Truncated>(std::move(response.body), std::move(response.stream));
  response.body.clear();
  return response;
}

}  // namespace slipway::kubesim
