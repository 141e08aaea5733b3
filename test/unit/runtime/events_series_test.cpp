#include "pkg/runtime/events_series.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Table {
  EventSeries series;
  async::TimePoint now{};
  WallTime wall{};

  static kube::Object object(const std::string& uid, std::string_view ns = "team", std::string_view name = "a") {
    kube::Object about = kube::make_object("v1", "ConfigMap", {std::string(ns), std::string(name)});
    about.ref("metadata").set("uid", uid);
    return about;
  }
  EventVerdict record(const std::string& uid, const std::string& note) { return series.record(object(uid), {"Normal", "Do", "Said", note}, now, wall); }
  std::optional<EventSeries::Write> send() {
    auto write = series.next();
    if (write) series.written(*write, now);
    return write;
  }
  void pass(std::chrono::seconds d) { now += d; }
};

}  // namespace

TEST_CASE("an object may begin twenty-five series at once, then one in five minutes; others are not touched") {
  Table t;
  for (int i = 0; i < 1000; ++i) CHECK((t.record("u1", std::to_string(i)) == EventVerdict::Queued) == (i < 25));
  CHECK(t.record("u2", "m") == EventVerdict::Queued);
  t.pass(300s);
  CHECK(t.record("u1", "later") == EventVerdict::Queued);
  CHECK(t.record("u1", "too much") == EventVerdict::RateLimited);
}

TEST_CASE("repeats cost no tokens") {
  Table t;
  for (int i = 0; i < 10'000; ++i) CHECK(t.record("u1", "m") != EventVerdict::RateLimited);
  const auto write = t.send();
  REQUIRE(write);
  CHECK(write->facts.count == 10'000);
  CHECK(t.record("u1", "other") == EventVerdict::Queued);
}

TEST_CASE("the queue is bounded while nobody sends") {
  Table t;
  for (std::size_t i = 0; i < 3000; ++i) {
    const EventVerdict verdict = t.record("u" + std::to_string(i), "m");
    CHECK((verdict == EventVerdict::Queued) == (i < EventSeries::kQueue));
  }
  CHECK(t.series.queued() == EventSeries::kQueue);
}

TEST_CASE("what is remembered is bounded, and forgotten after six minutes of silence") {
  Table t;
  for (int i = 0; i < 10'000; ++i) {
    CHECK(t.record("u" + std::to_string(i), "m") == EventVerdict::Queued);
    CHECK(t.send());
  }
  CHECK(t.series.remembered() == EventSeries::kRemembered);
  t.pass(6min);
  CHECK(t.series.next_due() <= t.now);
  t.series.sweep(t.now);
  CHECK(t.series.remembered() == 0);
  CHECK(t.series.next_due() == async::TimePoint::max());
}

TEST_CASE("the second occurrence while the first is on its way is written after it") {
  Table t;
  t.record("u1", "m");
  const auto first = t.series.next();
  REQUIRE(first);
  CHECK(t.record("u1", "m") == EventVerdict::Counted);
  t.series.written(*first, t.now);
  const auto second = t.send();
  REQUIRE(second);
  CHECK(second->created);
  CHECK(second->facts.count == 2);
  CHECK_FALSE(t.series.next());
}

TEST_CASE("a series ends with its count written, and goes on where something comes meanwhile") {
  Table t;
  t.record("u1", "m");
  t.send();
  t.record("u1", "m");
  t.send();
  t.record("u1", "m");
  t.pass(6min);
  t.series.sweep(t.now);
  const auto last = t.series.next();
  REQUIRE(last);
  CHECK(last->facts.count == 3);
  CHECK(t.record("u1", "m") == EventVerdict::Counted);
  t.series.written(*last, t.now);
  CHECK(t.series.remembered() == 1);
  t.pass(6min);
  t.series.sweep(t.now);
  const auto again = t.send();
  REQUIRE(again);
  CHECK(again->facts.count == 4);
  CHECK(again->facts.key == last->facts.key);
  CHECK(t.series.remembered() == 0);
}

TEST_CASE("what was refused is forgotten; what was interrupted comes first again") {
  Table t;
  t.record("u1", "m");
  t.record("u2", "m");
  const auto interrupted = t.series.next();
  REQUIRE(interrupted);
  t.series.put_back(*interrupted);
  const auto same = t.series.next();
  REQUIRE(same);
  CHECK(same->key == interrupted->key);
  t.series.refused(*same);
  CHECK(t.series.remembered() == 1);
}

TEST_CASE("names are DNS subdomains beside their object, and never the same") {
  CHECK(event_key(Table::object("u"), 0xabc) == kube::ObjectKey{"team", "a.abc"});
  CHECK(event_key(Table::object("u", "", "System:Node:x"), 1) == kube::ObjectKey{"default", "system-node-x.1"});
  CHECK(event_key(Table::object("u", "team", "::"), 1) == kube::ObjectKey{"team", "event.1"});
  const auto cut = event_key(Table::object("u", "team", std::string(240, 'n') + "....." + std::string(8, 'n')), 0x123456789abcdef0);
  CHECK(cut.name == std::string(236, 'n') + ".123456789abcdef0");
  Table t;
  t.record("u1", "1");
  t.record("u1", "2");
  const auto one = t.send();
  const auto two = t.send();
  CHECK(one->facts.key != two->facts.key);
}

TEST_CASE("long texts are cut to the API's limits at a whole character") {
  const EventText text = within_limits({"Normal", std::string(500, 'A'), std::string(500, 'R'), std::string(1022, 'm') + "\u00e4\u00e4"});
  CHECK(text.action.size() == 128);
  CHECK(text.reason.size() == 128);
  CHECK(text.note == std::string(1021, 'm') + "...");
  EventFacts facts;
  facts.text = text;
  const auto body = event_body(facts, {"slipway", std::string(500, 'i')}, EventApi::Events);
  CHECK(body["reportingInstance"].as_string().size() == 128);
}
