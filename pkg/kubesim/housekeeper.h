// What a cluster's controller manager and CRD controllers do for the API itself: garbage collection of owned objects, termination of namespaces, and the
// life of CustomResourceDefinitions. Changes leave notes; a task works them off as soon as the loop comes round, and there is no task while there is
// nothing to do. Thread: the loop's only.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "pkg/async/task_group.h"
#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/garbage_collector.h"
#include "pkg/kubesim/watch_hub.h"

namespace slipway::kubesim {

class Housekeeper {
 public:
  Housekeeper(async::Executor executor, Backend& backend, WatchHub& watches);
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void changed(const GroupResource& gr, const Change& change);  // the storage's listener
  async::Awaitable<void> stop();

 private:
  struct Note {
    enum class Kind : std::uint8_t { Object, Namespace, Definition } kind = Kind::Object;
    ObjectRef ref;
    friend auto operator<=>(const Note&, const Note&) = default;
  };
  void note(Note::Kind kind, ObjectRef ref);
  void perform(const Note& note);
  static async::Awaitable<void> work(Housekeeper* self);

  Backend& backend_;
  WatchHub& watches_;
  GarbageCollector collector_;
  std::deque<Note> queue_;
  std::set<Note> queued_;
  bool working_ = false;
  async::TaskGroup tasks_;
};

}  // namespace slipway::kubesim
