#include "pkg/kube/mapper.h"

#include "pkg/async/sync.h"
#include "pkg/kube/detail/discovery.h"

namespace slipway::kube {

// One read at a time: who comes while it runs waits for its end and then looks for itself, so a leader that is cancelled leaves nobody behind.
struct Mapper::State {
  explicit State(std::shared_ptr<Client> c) : client(std::move(c)) {}

  std::shared_ptr<Client> client;
  std::vector<ApiResource> resources;
  bool loaded = false;
  async::TimePoint read_at{};
  std::uint64_t generation = 0;       // bumped by invalidate()
  std::uint64_t read_generation = 0;  // what the last successful read started from
  std::shared_ptr<async::Event> reading;

  [[nodiscard]] bool current() const noexcept { return loaded && read_generation == generation; }
};

namespace {

constexpr async::Duration kUnknownInterval = std::chrono::seconds(2);

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
  Result<std::vector<ApiResource>> found = co_await detail::discover(state->client);
  if (!found) co_return fail(std::move(found).error());
  state->resources = std::move(*found);
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
  co_return fail(Disposition::NotFound, "no resource serves kind " + gvk.kind + " of " + gvk.api_version() + " on " + state->client->server());
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
  co_return fail(Disposition::NotFound, "no version of group \"" + group + "\" serves kind " + kind + " on " + state->client->server());
}

Awaitable<Result<std::vector<ApiResource>>> Mapper::all() {
  const std::shared_ptr<State> state = state_;
  Status read = co_await refresh(state, false);
  if (!read) co_return fail(std::move(read).error());
  co_return state->resources;
}

}  // namespace slipway::kube
