#include "pkg/async/backoff.h"
#include "pkg/async/task_group.h"
#include "pkg/pivot/detail/side.h"

namespace slipway::pivot::detail {
namespace {

void note(Objects& objects, const kube::WatchEvent& event) {
  if (event.type == kube::EventType::Bookmark) return;
  if (event.type == kube::EventType::Deleted)
    objects.erase(kube::key_of(event.object));
  else
    objects.insert_or_assign(kube::key_of(event.object), event.object);
}

enum class Ended : std::uint8_t { Satisfied, Broken };

// Follows one stream. Broken: list again.
Awaitable<Result<Ended>> follow(SidePtr side, Watched what, ReasonToWait reason_to_wait, std::shared_ptr<Objects> objects, std::string resource_version,
                                async::Deadline deadline) {
  kube::WatchOptions options;
  options.label_selector = what.label_selector;
  options.resource_version = std::move(resource_version);
  Result<std::unique_ptr<kube::WatchStream>> opened = co_await side->client()->watch(what.gvr, what.ns, options);
  if (!opened && opened.error().is(Disposition::Canceled)) co_return fail(std::move(opened).error());
  if (!opened) co_return Ended::Broken;
  const std::unique_ptr<kube::WatchStream> stream = std::move(*opened);
  for (;;) {
    Result<std::optional<kube::WatchEvent>> event = co_await stream->next(deadline);
    if (!event && (event.error().is(Disposition::Canceled) || event.error().is(Disposition::Timeout))) co_return fail(std::move(event).error());
    if (!event || !*event || (*event)->type == kube::EventType::Error) co_return Ended::Broken;
    note(*objects, **event);
    if (reason_to_wait(*objects).empty()) co_return Ended::Satisfied;
  }
}

}  // namespace

Awaitable<Status> wait_until(SidePtr side, Watched what, ReasonToWait reason_to_wait, async::Deadline deadline) {
  async::Backoff backoff;
  for (;;) {
    Result<kube::ListResult> listed = co_await side->list(what.gvr, what.label_selector, what.ns);
    if (!listed) co_return fail(std::move(listed).error());
    const auto objects = std::make_shared<Objects>();
    for (auto& item : listed->items) objects->insert_or_assign(kube::key_of(item), std::move(item));
    const std::string reason = reason_to_wait(*objects);
    if (reason.empty()) co_return Status();
    if (side->clock().now() >= deadline.at) co_return fail(Disposition::Timeout, reason);
    Result<Ended> ended = co_await follow(side, what, reason_to_wait, objects, listed->resource_version, deadline);
    if (!ended && !ended.error().is(Disposition::Timeout)) co_return fail(std::move(ended).error());
    if (!ended) co_return fail(Disposition::Timeout, reason_to_wait(*objects));
    if (*ended == Ended::Satisfied) co_return Status();
    co_await side->clock().sleep_until(std::min(deadline.at, side->clock().now() + backoff.next(side->clock().now())));
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return fail(Disposition::Canceled, "the move was stopped");
  }
}

}  // namespace slipway::pivot::detail
