#include "pkg/kube/mapper.h"

#include "pkg/async/sync.h"
#include "pkg/kube/detail/discovery.h"
#include "pkg/log/log.h"

namespace slipway::kube {

// One read at a time: who comes while it runs waits for its end and then looks for itself, so a leader that is cancelled leaves nobody behind.
struct Mapper::State {
  explicit State(std::shared_ptr<Client> c) : client(std::move(c)) {}

  std::shared_ptr<Client> client;
  std::vector<ApiResource> resources;
  std::vector<detail::FailedGroup> failed;  // their resources are those of the last time that they answered
  bool loaded = false;
  async::TimePoint read_at{};
  std::uint64_t generation = 0;       // bumped by invalidate()
  std::uint64_t read_generation = 0;  // what the last successful read started from
  std::shared_ptr<async::Event> reading;

  [[nodiscard]] bool current() const noexcept { return loaded && read_generation == generation; }
};

namespace {

// A kind that is not known is looked for again so often: a CRD that is missing would otherwise cost a discovery for every question. Whoever watches CRDs says
// invalidate() and need not wait.
constexpr async::Duration kUnknownInterval = std::chrono::seconds(10);

// Groups that did not answer keep what they had.
template <class State>
void adopt(State& state, detail::Catalogue found) {
  for (const auto& failed : found.failed)
    for (const auto& old : state.resources)
      if (old.gvr.group == failed.gv.group && old.gvr.version == failed.gv.version) found.resources.push_back(old);
  if (!found.failed.empty() && found.failed.size() != state.failed.size())
    log::warn(
        "some groups of the API do not answer",
        {{"server", state.client->server()}, {"groups", static_cast<std::int64_t>(found.failed.size())}, {"error", found.failed.front().error.message()}});
  state.resources = std::move(found.resources);
  state.failed = std::move(found.failed);
}

// Not served as far as is known: it may be, where its group does not answer.
template <class State>
std::unexpected<Error> unknown(const State& state, const std::string& group, std::string what) {
  for (const auto& failed : state.failed)
    if (failed.gv.group == group)
      return fail(Disposition::Transient, what + ": whether it is served is not known, since its group does not answer: " + failed.error.message());
  return fail(Disposition::NotFound, what);
}

// Frees the turn however the reading coroutine ends.
template <class State>
class Turn {
 public:
  Turn(std::shared_ptr<State> state, const async::Executor& executor) : state_(std::move(state)) { state_->reading = std::make_shared<async::Event>(executor); }
  ~Turn() { std::exchange(state_->reading, nullptr)->set(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::shared_ptr<State> state_;
};

template <class State>
Awaitable<Status> read_once(std::shared_ptr<State> state) {
  const async::Executor executor = co_await async::asio::this_coro::executor;
  const Turn<State> turn(state, executor);
  const std::uint64_t generation = state->generation;
  Result<detail::Catalogue> found = co_await detail::discover(state->client);
  if (!found) co_return fail(std::move(found).error());
  adopt(*state, std::move(*found));
  state->read_generation = generation;
  state->read_at = state->client->clock().now();
  state->loaded = true;
  co_return Status();
}

// Makes the cache at least as new as the last invalidate(); with `again`, as new as the pace for unknown kinds allows.
template <class State>
Awaitable<Status> refresh(std::shared_ptr<State> state, bool again) {
  for (;;) {
    const bool paced = state->current() && state->client->clock().now() - state->read_at < kUnknownInterval;
    if (again ? paced : state->current()) co_return Status();
    const std::shared_ptr<async::Event> reading = state->reading;
    if (!reading) {
      Status read = co_await read_once(state);
      if (!read) co_return read;
      again = false;
      continue;
    }
    Status waited = co_await reading->wait(state->client->clock());
    if (!waited) co_return waited;
  }
}

}  // namespace

Mapper::Mapper(std::shared_ptr<Client> client) : state_(std::make_shared<State>(std::move(client))) {}
Mapper::~Mapper() = default;

void Mapper::invalidate() noexcept { ++state_->generation; }

Awaitable<Result<ApiResource>> Mapper::resource_for(GroupVersionKind gvk) {
  const std::shared_ptr<State> state = state_;
  for (const bool again : {false, true}) {
    Status read = co_await refresh(state, again);
    if (!read) co_return fail(std::move(read).error());
    for (const auto& r : state->resources)
      if (r.gvk == gvk) co_return r;
  }
  co_return unknown(*state, gvk.group, "no resource serves kind " + gvk.kind + " of " + gvk.api_version() + " on " + state->client->server());
}

Awaitable<Result<std::vector<ApiResource>>> Mapper::versions_of(std::string group, std::string kind) {
  const std::shared_ptr<State> state = state_;
  std::vector<ApiResource> found;
  for (const bool again : {false, true}) {
    Status read = co_await refresh(state, again);
    if (!read) co_return fail(std::move(read).error());
    for (const auto& r : state->resources)
      if (r.gvk.group == group && r.gvk.kind == kind) found.push_back(r);
    if (!found.empty()) co_return found;
  }
  co_return unknown(*state, group, "no version of group \"" + group + "\" serves kind " + kind + " on " + state->client->server());
}

Awaitable<Result<std::vector<ApiResource>>> Mapper::all() {
  const std::shared_ptr<State> state = state_;
  Status read = co_await refresh(state, false);
  if (!read) co_return fail(std::move(read).error());
  co_return state->resources;
}

}  // namespace slipway::kube
