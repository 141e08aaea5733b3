#include "pkg/runtime/reflector_fsm.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::runtime;
using S = ReflectorState;
using F = ReflectorFailure;
using Do = ReflectorAction::Kind;
using K = ReflectorEvent::Kind;

namespace {

ReflectorModel at(S state, std::string rv = "", bool watch_list = true) {
  return {.state = state, .resume = S::Idle, .rv = std::move(rv), .watch_list = watch_list};
}
ReflectorModel waiting(S resume, std::string rv = "", bool watch_list = true) {
  return {.state = S::Waiting, .resume = resume, .rv = std::move(rv), .watch_list = watch_list};
}
ReflectorEvent event(K kind, std::string rv = "") { return {.kind = kind, .rv = std::move(rv), .retry_after = {}}; }
ReflectorEvent failed(F failure, bool fruitless = false, std::string rv = "") {
  return {.kind = K::Failed, .rv = std::move(rv), .failure = failure, .fruitless = fruitless, .retry_after = {}};
}
ReflectorEvent ended(bool fruitless, std::string rv = "") { return {.kind = K::Ended, .rv = std::move(rv), .fruitless = fruitless, .retry_after = {}}; }

struct Row {
  const char* rule;
  ReflectorModel before;
  ReflectorEvent event;
  S state;
  Do action;
  std::string rv;  // of the action for Stream, List, Watch
};

}  // namespace

TEST_CASE("the reflector's transitions, as a table") {
  const std::vector<Row> rows{
      {"starts by streaming the most recent state", at(S::Idle), event(K::Started), S::Streaming, Do::Stream, ""},
      {"starts by listing where streams were refused", at(S::Idle, "", false), event(K::Started), S::Listing, Do::List, ""},

      {"initial objects complete: the same stream goes on", at(S::Streaming), event(K::Synced, "7"), S::Watching, Do::Follow, ""},
      {"closed before the bookmark: discard and try again later", at(S::Streaming), ended(false), S::Waiting, Do::Wait, ""},
      {"stream expired: most recent", at(S::Streaming, "5"), failed(F::Expired), S::Streaming, Do::Stream, ""},
      {"stream too new: most recent", at(S::Streaming, "5"), failed(F::TooLarge), S::Streaming, Do::Stream, ""},
      {"most recent expired: the server is ill", at(S::Streaming), failed(F::Expired), S::Waiting, Do::Wait, ""},
      {"stream without a connection waits", at(S::Streaming, "5"), failed(F::Connection), S::Waiting, Do::Wait, ""},
      {"stream throttled waits", at(S::Streaming, "5"), failed(F::TooManyRequests), S::Waiting, Do::Wait, ""},
      {"stream refused: list in the same attempt", at(S::Streaming, "5"), failed(F::Refused), S::Listing, Do::List, "5"},
      {"stream broken: list in the same attempt", at(S::Streaming), failed(F::Other), S::Listing, Do::List, ""},
      {"stream says 404: a list must confirm it", at(S::Streaming, "5"), failed(F::NotFound), S::Listing, Do::List, "5"},

      {"list complete: watch from there", at(S::Listing), event(K::Synced, "7"), S::Watching, Do::Watch, "7"},
      {"list expired: most recent", at(S::Listing, "5"), failed(F::Expired), S::Listing, Do::List, ""},
      {"list too new: most recent", at(S::Listing, "5"), failed(F::TooLarge), S::Listing, Do::List, ""},
      {"list says 404: absent", at(S::Listing, "5"), failed(F::NotFound), S::Absent, Do::Empty, ""},
      {"list throttled waits", at(S::Listing), failed(F::TooManyRequests), S::Waiting, Do::Wait, ""},
      {"list forbidden waits", at(S::Listing), failed(F::Other), S::Waiting, Do::Wait, ""},
      {"list refused waits: there is nothing simpler", at(S::Listing, "", false), failed(F::Refused), S::Waiting, Do::Wait, ""},

      {"the server's clean end: go on, no relist", at(S::Watching, "5"), ended(false, "9"), S::Watching, Do::Watch, "9"},
      {"a watch that closes at once with no events relists", at(S::Watching, "5"), ended(true, "5"), S::Waiting, Do::Wait, ""},
      {"a cut connection: go on from the last event", at(S::Watching, "5"), failed(F::Connection, false, "9"), S::Watching, Do::Watch, "9"},
      {"no connection: wait, then go on", at(S::Watching, "5"), failed(F::Connection, true), S::Waiting, Do::Wait, ""},
      {"in-stream 410: read again at the last place first", at(S::Watching, "5"), failed(F::Expired, false, "9"), S::Streaming, Do::Stream, "9"},
      {"410 at the start: read again, but not in a hot loop", at(S::Watching, "5"), failed(F::Expired, true, "9"), S::Waiting, Do::Wait, ""},
      {"in-stream too new: most recent", at(S::Watching, "5"), failed(F::TooLarge, false, "9"), S::Streaming, Do::Stream, ""},
      {"watch throttled: wait, then the same place", at(S::Watching, "5"), failed(F::TooManyRequests, true, "5"), S::Waiting, Do::Wait, ""},
      {"watch broken: relist later", at(S::Watching, "5"), failed(F::Other, false, "5"), S::Waiting, Do::Wait, ""},
      {"the CRD went: ask whether it is still served", at(S::Watching, "5"), failed(F::NotFound, false, "5"), S::Streaming, Do::Stream, "5"},
      {"lists only: 410 lists", at(S::Watching, "5", false), failed(F::Expired, false, "9"), S::Listing, Do::List, "9"},

      {"after the wait: the watch", waiting(S::Watching, "5"), event(K::Elapsed), S::Watching, Do::Watch, "5"},
      {"after the wait: the stream", waiting(S::Streaming, "5"), event(K::Elapsed), S::Streaming, Do::Stream, "5"},
      {"after the wait: the list", waiting(S::Listing), event(K::Elapsed), S::Listing, Do::List, ""},
      {"absent: ask again after the backoff", at(S::Absent), event(K::Elapsed), S::Streaming, Do::Stream, ""},
      {"absent: the CRD is established", at(S::Absent), event(K::Appeared), S::Streaming, Do::Stream, ""},
      {"waiting: the CRD is established", waiting(S::Watching, "5"), event(K::Appeared), S::Streaming, Do::Stream, ""},
  };
  for (const auto& row : rows) {
    INFO(row.rule);
    const auto [model, action] = step(row.before, row.event);
    CHECK(to_string(model.state) == to_string(row.state));
    CHECK(action.kind == row.action);
    CHECK(action.rv == row.rv);
  }
}

TEST_CASE("what a wait resumes") {
  CHECK(step(at(S::Watching, "5"), ended(true)).model.resume == S::Streaming);
  CHECK(step(at(S::Watching, "5", false), ended(true)).model.resume == S::Listing);
  CHECK(step(at(S::Watching, "5"), failed(F::TooManyRequests)).model.resume == S::Watching);
  CHECK(step(at(S::Watching, "5"), failed(F::Connection, true)).model.resume == S::Watching);
  CHECK(step(at(S::Listing), failed(F::Other)).model.resume == S::Streaming);
}

TEST_CASE("pages that expire while they are read lead to one whole list, then to the most recent") {
  auto late = failed(F::Expired);
  late.later_page = true;
  CHECK(step(at(S::Idle, "", false), event(K::Started)).action.paged);
  auto [model, action] = step(at(S::Listing), late);
  CHECK(action == ReflectorAction{.kind = Do::List, .rv = "", .paged = false, .at_least = {}});
  CHECK(model.whole_list);
  CHECK(step(model, failed(F::Expired)).action.kind == Do::Wait);
  CHECK_FALSE(step(model, event(K::Synced, "8")).model.whole_list);
}

TEST_CASE("a list at a known place is not paged, so that the server's cache can answer it") {
  CHECK_FALSE(step(at(S::Watching, "5", false), failed(F::Expired)).action.paged);
}

TEST_CASE("what the server asks for is passed on") {
  auto throttled = failed(F::TooManyRequests);
  throttled.retry_after = std::chrono::seconds(9);
  CHECK(step(at(S::Listing), throttled).action.at_least == std::chrono::seconds(9));
}

TEST_CASE("no sequence of failures asks the server for ever without a wait") {
  // Every failure, three deep, from every state: a wait or an absence must come within four requests of the same failure.
  for (const S state : {S::Streaming, S::Listing, S::Watching})
    for (const F failure : {F::Expired, F::TooLarge, F::TooManyRequests, F::Connection, F::NotFound, F::Refused, F::Other})
      for (const bool watch_list : {true, false}) {
        ReflectorModel model = at(state, "5", watch_list);
        int requests = 0;
        for (;;) {
          const auto next = step(model, failed(failure, true));
          model = next.model;
          if (next.action.kind == Do::Wait || next.action.kind == Do::Empty) break;
          REQUIRE(++requests < 4);
        }
      }
}

TEST_CASE("errors are classified by what they mean for a watch") {
  const auto with_status = [](Disposition d, int code) {
    return Error(d, "m", ApiStatus{.code = code, .reason = "", .message = "", .causes = {}, .retry_after = {}});
  };
  CHECK(classify(with_status(Disposition::Gone, 410)) == F::Expired);
  CHECK(classify(with_status(Disposition::Transient, 500)) == F::Other);
  CHECK(classify(Error(Disposition::Transient, "reset")) == F::Connection);
  CHECK(classify(Error(Disposition::Timeout, "silent")) == F::Connection);
  CHECK(classify(with_status(Disposition::NotFound, 404)) == F::NotFound);
  CHECK(classify(with_status(Disposition::Invalid, 422)) == F::Refused);
  CHECK(classify(Error(Disposition::Invalid, "bad frame")) == F::Other);
  CHECK(classify(with_status(Disposition::Forbidden, 403)) == F::Other);
  auto lag = ApiStatus{.code = 504, .reason = "Timeout", .message = "Too large resource version: 9", .causes = {}, .retry_after = {}};
  CHECK(classify(Error(Disposition::Transient, "m", lag)) == F::TooLarge);
}
