// Everything at once: a server whose objects change while streams break, places expire, answers fail and bytes are torn, from one seed. In the end the store is
// the server's, and every write was told. SLIPWAY_SEED runs one seed; without it a fixed range of them.
#include <cstdlib>

#include "test/faults/stream/fixture.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

class Chaos {
 public:
  Chaos(StreamFixture& fixture, std::uint64_t seed) : f_(fixture), random_(seed) {}

  void run(int steps) {
    f_.server.watch_list = chance(2);
    f_.server.error_in_stream = chance(2);
    f_.server.pieces = [this](std::size_t n) { return chance(4) ? 1 + roll(n) : n; };
    f_.server.fault = [this](const ModelServer::Ask& ask) { return fault(ask); };
    for (int i = 0; i < 20; ++i) write();
    f_.start();
    for (int i = 0; i < steps; ++i) step();
    f_.server.fault = {};
    f_.server.end_bookmark = true;
    for (const auto& s : f_.server.open_streams()) s->reset();
    f_.loop.pass(15min);  // what is half open is found by the server's time-out
  }

 private:
  std::uint64_t roll(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_); }
  bool chance(std::uint64_t one_in) { return roll(one_in) == 0; }

  void write() {
    const std::string name = "o" + std::to_string(roll(30));
    if (chance(5)) {
      f_.server.remove(name);
      f_.oracle.deleted(name);
    } else {
      if (chance(8)) f_.server.remove(name);
      f_.oracle.wrote(name, f_.server.put(name));
    }
  }

  // A stream that dies in one of the ways that streams die.
  void kill_one() {
    const auto open = f_.server.open_streams();
    if (open.empty()) return;
    const auto& stream = open[roll(open.size())];
    switch (roll(6)) {
      case 0: stream->close(); return;
      case 1: stream->reset(); return;
      case 2: stream->go_silent(); return;  // found by the idle deadline
      case 3: {
        const std::string whole = f_.server.objects.empty() ? "x" : frame("MODIFIED", f_.server.objects.begin()->second);
        stream->go_silent();
        stream->break_after(whole.substr(0, roll(whole.size())));
        return;
      }
      case 4: {
        stream->go_silent();
        f_.server.compact();
        stream->fail_with(frame("ERROR", json::parse(status_answer(410, "Expired", "too old").body).value()));
        return;
      }
      default: stream->fail_with(frame("ERROR", json::parse(status_answer(500, "InternalError", "no").body).value())); return;
    }
  }

  void step() {
    switch (roll(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: write(); break;
      case 5: kill_one(); break;
      case 6: f_.server.bookmark(); break;
      case 7: f_.server.compact(); break;
      case 8: f_.server.tell("{\"type\":\"ADDED\",\"obj\xff\n"); break;
      case 9: f_.server.end_bookmark = !chance(4); break;
      case 10: f_.loop.pass(std::chrono::milliseconds(roll(60'000))); break;
      default: f_.loop.pass(std::chrono::milliseconds(roll(500))); break;
    }
    if (chance(2)) f_.loop.settle();
    REQUIRE(f_.oracle.broken() == Lines());
  }

  std::optional<net::Response> fault(const ModelServer::Ask& ask) {
    if (!chance(4)) return std::nullopt;
    switch (roll(8)) {
      case 0: return status_answer(500, "InternalError", "no");
      case 1: return status_answer(503, "ServiceUnavailable", "no", 2);
      case 2: return status_answer(429, "TooManyRequests", "not now", 1);
      case 3: return status_answer(410, "Expired", "too old");
      case 4: return ask.rv.empty() ? status_answer(403, "Forbidden", "no") : status_answer(504, "Timeout", "Too large resource version: 9", 1);
      case 5: return net::Response(200, "application/json", R"({"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[)");
      case 6: return net::Response(200, "text/html", "<html>proxy</html>");
      default: break;
    }
    net::Response closed;
    closed.status = 0;
    return closed;
  }

  StreamFixture& f_;
  std::mt19937_64 random_;
};

void run_seed(std::uint64_t seed) {
  INFO("SLIPWAY_SEED=" << seed);
  StreamFixture fixture;
  fixture.seed = seed;
  Chaos(fixture, seed).run(400);
  CHECK(fixture.store.synced());
  fixture.check_equal();
}

}  // namespace

TEST_CASE("01-26 whatever breaks on the way, the store ends as the server, and every write is told") {
  if (const char* seed = std::getenv("SLIPWAY_SEED"); seed != nullptr) return run_seed(std::strtoull(seed, nullptr, 10));
  for (std::uint64_t seed = 1; seed <= 200; ++seed) run_seed(seed);
}
