#include "pkg/pivot/detail/side.h"

#include "pkg/async/backoff.h"
#include "pkg/async/task_group.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

constexpr std::int64_t kPage = 500;  // client-go tools/pager

async::BackoffOptions retry_backoff() { return {.initial = kRetryInitial, .cap = kRetryCap, .factor = 2.0, .jitter = 0.5, .reset_after = kRetryBudget}; }

async::Duration pause_before_retry(const Error& error, async::Backoff& backoff, async::TimePoint now) {
  const async::Duration wanted = backoff.next(now);
  const ApiStatus* status = error.status();
  if (status == nullptr || !status->retry_after) return wanted;
  return std::max<async::Duration>(wanted, *status->retry_after);
}

kube::WriteOptions write_options(bool dry_run) {
  kube::WriteOptions options;
  options.field_manager = kFieldManager;
  options.dry_run = dry_run;
  return options;
}

}  // namespace

bool worth_retry(const Error& error) noexcept {
  return error.is(Disposition::Transient) || error.is(Disposition::Timeout) || error.is(Disposition::TooManyRequests);
}

Side::Side(std::string name, std::shared_ptr<kube::Client> client, async::Executor executor, std::size_t max_concurrency, async::Deadline deadline)
    : name_(std::move(name)),
      client_(std::move(client)),
      executor_(executor),
      deadline_(deadline),
      limiter_(max_concurrency),
      slots_(std::move(executor), limiter_.limit()) {}

void Side::settle(const Error* error, std::size_t generation) {
  slots_.release();
  if (error == nullptr)
    limiter_.succeeded();
  else
    limiter_.failed(*error, generation);
  slots_.resize(limiter_.limit());
}

template <class T>
Awaitable<Result<T>> Side::attempt(std::function<Awaitable<Result<T>>()> call) {
  async::Backoff backoff(retry_backoff());
  const async::Deadline give_up = min(deadline_, clock().after(kRetryBudget));
  for (int n = 1;; ++n) {
    Status slot = co_await slots_.acquire();
    if (!slot) co_return fail(std::move(slot).error());
    const std::size_t generation = limiter_.generation();
    Result<T> result = co_await call();
    settle(result ? nullptr : &result.error(), generation);
    if (result || !worth_retry(result.error())) co_return result;
    const async::TimePoint next = clock().now() + pause_before_retry(result.error(), backoff, clock().now());
    if (next >= give_up.at) co_return fail(result.error().in("on the " + name_ + ", after " + std::to_string(n) + " attempts"));
    co_await clock().sleep_until(next);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return fail(Disposition::Canceled, "the move was stopped");
  }
}

Awaitable<Result<kube::Object>> Side::get(kube::GroupVersionResource gvr, kube::ObjectKey key) {
  Result<kube::Object> r = co_await attempt<kube::Object>([this, gvr, key] { return client_->get(gvr, key); });
  co_return r;
}

Awaitable<Result<kube::ListResult>> Side::list_page(kube::GroupVersionResource gvr, kube::ListOptions options, std::string ns) {
  Result<kube::ListResult> r = co_await attempt<kube::ListResult>([this, gvr, options, ns] { return client_->list(gvr, ns, options); });
  co_return r;
}

Awaitable<Result<kube::ListResult>> Side::list(kube::GroupVersionResource gvr, std::string label_selector, std::string ns) {
  kube::ListResult all;
  kube::ListOptions options;
  options.label_selector = std::move(label_selector);
  options.limit = kPage;
  for (;;) {
    Result<kube::ListResult> page = co_await list_page(gvr, options, ns);
    if (!page && page.error().is(Disposition::NotFound)) co_return kube::ListResult{};
    if (!page) co_return page;
    all.resource_version = page->resource_version;
    std::ranges::move(page->items, std::back_inserter(all.items));
    if (page->continue_token.empty()) co_return all;
    options.continue_token = page->continue_token;
  }
}

Awaitable<Result<kube::Object>> Side::create(kube::GroupVersionResource gvr, kube::Object object, bool dry_run) {
  const auto body = std::make_shared<const kube::Object>(std::move(object));
  Result<kube::Object> r = co_await attempt<kube::Object>([this, gvr, body, dry_run] { return client_->create(gvr, *body, write_options(dry_run)); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::update(kube::GroupVersionResource gvr, kube::Object object) {
  const auto body = std::make_shared<const kube::Object>(std::move(object));
  Result<kube::Object> r = co_await attempt<kube::Object>([this, gvr, body] { return client_->update(gvr, *body, write_options(false)); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value merge_patch) {
  const auto body = std::make_shared<const json::Value>(std::move(merge_patch));
  kube::PatchOptions options;
  options.field_manager = kFieldManager;
  Result<kube::Object> r =
      co_await attempt<kube::Object>([this, gvr, key, body, options] { return client_->patch(gvr, key, kube::PatchType::Merge, *body, options); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::remove(kube::GroupVersionResource gvr, kube::ObjectKey key, std::string uid) {
  kube::DeleteOptions options;
  options.uid = std::move(uid);
  Result<kube::Object> r = co_await attempt<kube::Object>([this, gvr, key, options] { return client_->remove(gvr, key, options); });
  co_return r;
}

Awaitable<Status> for_each(SidePtr side, std::size_t count, std::size_t width, async::Work work) {
  Status done = co_await async::for_each(&side->clock(), "move " + side->name(), count, width, std::move(work));
  co_return done;
}

}  // namespace slipway::pivot::detail
