// The server's own controllers have nobody to answer to: what they could not write goes to the log. An object that is gone already is no failure.
#pragma once

#include <string_view>

#include "pkg/kubesim/status_error.h"
#include "pkg/log/log.h"

namespace slipway::kubesim::detail {

template <class T>
void report(std::string_view event, const kube::ObjectKey& key, const Outcome<T>& outcome) {
  if (outcome || outcome.error().code == 404) return;
  log::warn(event, {{"name", key.name}, {"namespace", key.ns}, {"error", outcome.error().message}});
}

}  // namespace slipway::kubesim::detail
