// The body of a watch: first what is there already, where the request asks for it, then changes as they happen, with bookmarks and a time-out. It pulls
// from the storage's history, so a slow reader costs no memory and gets 410 Expired when the history runs away from it. Thread: the loop's only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/encode.h"
#include "pkg/kubesim/selectors.h"
#include "pkg/kubesim/watch_hub.h"

namespace slipway::kubesim {

inline constexpr std::chrono::seconds kBookmarkEvery{60};     // cacher.go defaultBookmarkFrequency
inline constexpr std::chrono::seconds kBookmarkAhead{2};      // before a known end: cacher.go, 2 s before the deadline
inline constexpr std::chrono::seconds kDefaultTimeout{1800};  // --min-request-timeout; the real server adds up to as much again at random

struct WatchRequest {
  ResourcePtr def;
  std::string ns;  // empty: all
  LabelSelector labels;
  FieldSelector fields;
  OutputFormat format;
  Revision since = 0;             // changes after this one
  bool initial = false;           // what is there comes first, as ADDED
  bool initial_bookmark = false;  // and then the bookmark that says so
  bool bookmarks = false;
  std::chrono::seconds timeout = kDefaultTimeout;
  std::optional<StatusError> refuse;  // answer with this ERROR event and end
};

// `keep` is held as long as the stream lives: it owns the backend.
[[nodiscard]] std::unique_ptr<net::BodyStream> make_watch_stream(std::shared_ptr<void> keep, Backend& backend, std::shared_ptr<OpenWatch> open,
                                                                 WatchRequest request);

}  // namespace slipway::kubesim
