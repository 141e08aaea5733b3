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

template <class O>
O options_of(Writing how) {
  O options;
  options.field_manager = kFieldManager;
  options.dry_run = how.dry_run;
  options.metadata_only = how.metadata_only;
  return options;
}

Awaitable<Result<std::vector<kube::ApiResource>>> ask_served(std::shared_ptr<kube::Client> client) {
  kube::Mapper mapper(std::move(client));
  Result<std::vector<kube::ApiResource>> all = co_await mapper.all();
  co_return all;
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

void Side::settle(const Error* error, std::size_t generation, async::Duration took) {
  slots_.release();
  if (error == nullptr)
    limiter_.succeeded(took);
  else
    limiter_.failed(*error, generation);
  slots_.resize(limiter_.limit());
}

template <class T>
Awaitable<Result<T>> Side::attempt(Verb verb, std::function<Awaitable<Result<T>>()> call) {
  std::optional<async::Backoff> backoff;  // seeding one costs more than the rest of this
  const async::Deadline give_up = min(deadline_, clock().after(kRetryBudget));
  for (int n = 1;; ++n) {
    Status slot = co_await slots_.acquire();
    if (!slot) co_return fail(std::move(slot).error());
    const std::size_t generation = limiter_.generation();
    const async::TimePoint began = clock().now();
    Result<T> result = co_await call();
    settle(result ? nullptr : &result.error(), generation, verb == Verb::Write ? clock().now() - began : async::Duration::max());
    if (result || !worth_retry(result.error())) co_return result;
    if (!backoff) backoff.emplace(retry_backoff());
    const async::TimePoint next = clock().now() + pause_before_retry(result.error(), *backoff, clock().now());
    if (next >= give_up.at) co_return fail(result.error().in("on the " + name_ + ", after " + std::to_string(n) + " attempts"));
    co_await clock().sleep_until(next);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return fail(Disposition::Canceled, "the move was stopped");
  }
}

Awaitable<Result<kube::Object>> Side::get(kube::GroupVersionResource gvr, kube::ObjectKey key) {
  Result<kube::Object> r = co_await attempt<kube::Object>(Verb::Read, [this, gvr, key] { return client_->get(gvr, key); });
  co_return r;
}

Awaitable<Result<std::vector<kube::ApiResource>>> Side::served() {
  using All = std::vector<kube::ApiResource>;
  Result<All> r = co_await attempt<All>(Verb::Read, [this] { return ask_served(client_); });
  co_return r;
}

std::int64_t Side::page_of(const kube::GroupVersionResource& gvr) const {
  const auto found = counts_.find(gvr);
  return found == counts_.end() || found->second > static_cast<std::size_t>(kPage) ? kPage : 0;
}

Awaitable<Result<kube::ListResult>> Side::list_page(kube::GroupVersionResource gvr, kube::ListOptions options, std::string ns) {
  Result<kube::ListResult> r = co_await attempt<kube::ListResult>(Verb::Read, [this, gvr, options, ns] { return client_->list(gvr, ns, options); });
  co_return r;
}

Awaitable<Result<kube::ListResult>> Side::list(kube::GroupVersionResource gvr, std::string label_selector, std::string ns, json::Projection drop) {
  kube::ListResult all;
  kube::ListOptions options;
  const auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop = std::move(drop);
  options.decoding = decoding;
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

Awaitable<Result<kube::Object>> Side::create(kube::GroupVersionResource gvr, kube::Object object, Writing how) {
  const auto body = std::make_shared<const kube::Object>(std::move(object));
  Result<kube::Object> r =
      co_await attempt<kube::Object>(Verb::Write, [this, gvr, body, how] { return client_->create(gvr, *body, options_of<kube::WriteOptions>(how)); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::update(kube::GroupVersionResource gvr, kube::Object object) {
  const auto body = std::make_shared<const kube::Object>(std::move(object));
  Result<kube::Object> r =
      co_await attempt<kube::Object>(Verb::Write, [this, gvr, body] { return client_->update(gvr, *body, options_of<kube::WriteOptions>({})); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::patch(kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value merge_patch, Writing how) {
  const auto body = std::make_shared<const json::Value>(std::move(merge_patch));
  const auto options = options_of<kube::PatchOptions>(how);
  Result<kube::Object> r =
      co_await attempt<kube::Object>(Verb::Write, [this, gvr, key, body, options] { return client_->patch(gvr, key, kube::PatchType::Merge, *body, options); });
  co_return r;
}

Awaitable<Result<kube::Object>> Side::remove(kube::GroupVersionResource gvr, kube::ObjectKey key, std::string uid) {
  kube::DeleteOptions options;
  options.uid = std::move(uid);
  options.metadata_only = true;
  Result<kube::Object> r = co_await attempt<kube::Object>(Verb::Write, [this, gvr, key, options] { return client_->remove(gvr, key, options); });
  co_return r;
}

Awaitable<Status> for_each(SidePtr side, std::size_t count, std::size_t width, async::Work work) {
  Status done = co_await async::for_each(&side->clock(), "move " + side->name(), count, width, std::move(work));
  co_return done;
}

}  // namespace slipway::pivot::detail
