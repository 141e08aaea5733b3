// Predicates: which changes are worth a reconcile. Small values that compose: all_of({generation_changed(), matches("tier=gold")}).
//
// An add and a delete always pass the "changed" ones: only of an update is there something to compare. They compare what the store held with what it holds now.
// What to know before using generation_changed(): the server raises metadata.generation for a change of spec; of a kind without status subresource also for a
// status; for setting deletionTimestamp too; not for labels, annotations, finalizers. No predicate makes a cache smaller: selectors of the informer do.
// Thread: the loop's only.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

using Predicate = std::function<bool(const Change&)>;

[[nodiscard]] Predicate resource_version_changed();  // drops updates that change nothing (resyncs)
[[nodiscard]] Predicate generation_changed();
[[nodiscard]] Predicate labels_changed();
[[nodiscard]] Predicate annotations_changed();
// An update passes where the property's hash differs from the last that was seen of that object (key and UID): the old state is not needed, so this also works
// where what changed is outside of what the store keeps. 8 bytes an object, given back when it is deleted. Each call makes a memory of its own.
[[nodiscard]] Predicate property_changed(std::function<std::uint64_t(const kube::Object&)> hash_of);
// By the object's labels as they are (of a delete: were). Kubernetes' selector syntax: a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a; joined by commas.
// Errors: Invalid, naming the selector and the part.
[[nodiscard]] Result<Predicate> matches(std::string_view label_selector);

[[nodiscard]] Predicate all_of(std::vector<Predicate> all);
[[nodiscard]] Predicate any_of(std::vector<Predicate> any);
[[nodiscard]] Predicate none_of(Predicate predicate);

}  // namespace slipway::runtime
