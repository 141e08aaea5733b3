// What every command of bench_move stands on: one loop, clients by kubeconfig, and an end with a sentence where something fails.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "pkg/kube/client.h"
#include "test/bench/runtime/common/flags.h"
#include "test/bench/runtime/common/measure.h"

namespace slipway::bench {

using async::Awaitable;

class Bench {
 public:
  [[nodiscard]] std::shared_ptr<kube::Client> connect(const std::string& kubeconfig);
  // Runs a command to its end; an error ends the process.
  void run(Awaitable<Status> command);
  boost::asio::io_context io{1};
  async::RealClock clock;
};

// The commands; main.cpp says what each takes.
void prepare(Flags& flags);   // CRDs, namespaces, and what both clusters have
void fill(Flags& flags);      // the objects of a move
void revive(Flags& flags);    // status of Clusters and Machines, which no move carries over
void wipe(Flags& flags);      // objects of a namespace
void floor_of(Flags& flags);  // the writes of a move and nothing else
void plain(Flags& flags);     // a move by pkg/pivot
void delay(Flags& flags);     // a proxy, until it is ended
void simulate(Flags& flags);  // kubesim, until it is ended
void plan(Flags& flags);      // a plan by pkg/pivot
int measure(int argc, char** argv);

// Errors that a second try of the same write gets.
[[nodiscard]] bool is_done_already(const Error& error);

}  // namespace slipway::bench
