// Which Events are worth a request: the pure half of events.h.
//
// Flow: record() counts an occurrence; next() is what to write now; written() or refused() says how it went; sweep() at next_due() writes the counts that only
// this table knows. The first of a series is created; the second is a patch, which makes it a series; from then on counts stay here until a refresh (30
// minutes) or the series' end (6 minutes of silence). Source: client-go tools/events, whose key leaves the note out; here a different note is a different
// Event, for the note is what a person reads.
// Guarantees: at most kQueue writes wait; at most kRemembered series and objects are remembered; an object may begin 25 series at once and one every 300 s (the
// spam filter of client-go tools/record).
// Thread: one. No I/O, no clock.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "pkg/async/clock.h"
#include "pkg/runtime/events_body.h"

namespace slipway::runtime {

enum class EventVerdict : std::uint8_t { Queued, Counted, RateLimited, QueueFull };

class EventSeries {
 public:
  static constexpr std::size_t kQueue = 1000;
  static constexpr std::size_t kRemembered = 4096;
  static constexpr std::chrono::minutes kFinish{6};
  static constexpr std::chrono::minutes kRefresh{30};

  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;  // who, type, action, reason, note
  struct Write {
    Key key;
    EventFacts facts;
    bool created = false;  // it is on the server already: a patch
  };

  EventVerdict record(const kube::Object& about, EventText text, async::TimePoint now, WallTime wall);
  [[nodiscard]] std::optional<Write> next();  // out of the queue
  void put_back(const Write& write);          // it was not tried to the end: first in line again
  void written(const Write& write, async::TimePoint now);
  void refused(const Write& write);  // forgotten
  void sweep(async::TimePoint now);
  void queue_counts();  // every count that the server does not know, for the last flush
  [[nodiscard]] async::TimePoint next_due() const noexcept { return due_; }
  [[nodiscard]] std::size_t queued() const noexcept { return queue_.size(); }
  [[nodiscard]] std::size_t remembered() const noexcept { return series_.size(); }

 private:
  struct Bucket {
    double tokens;
    async::TimePoint at;
    bool take(async::TimePoint now);
  };
  struct Entry {
    EventFacts facts;
    async::TimePoint last;
    async::TimePoint written_at;
    std::int64_t written = 0;  // the count that the server knows; 0: nothing
    bool queued = false;
    bool finishing = false;
  };
  bool take_token(const std::string& who, async::TimePoint now);
  bool push(const Key& key, Entry& entry);
  void remind(const Entry& entry);

  std::map<Key, Entry> series_;
  std::map<std::string, Bucket> buckets_;
  std::deque<Key> queue_;
  async::TimePoint due_ = async::TimePoint::max();
  std::uint64_t made_ = 0;
};

}  // namespace slipway::runtime
