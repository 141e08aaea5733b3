// bench_move COMMAND: the pieces of the side by side with clusterctl move (run.sh puts them together).
//   prepare --kubeconfig F --repository DIR --fixture DIR          CRDs of Cluster API, cert-manager and of the shape of CAPV; what both clusters have
//   fill --kubeconfig F --fixture DIR --clusters N --machines M --others N     the objects of a move; N others that no Cluster owns
//   revive --kubeconfig F                       status of Clusters and Machines, as their controllers would write it after a move
//   wipe --kubeconfig F --namespace N           what fill has made, without waiting for anybody's finalizers
//   floor --from F --to F --width N             the writes of a move of what is there, without order and checks, into namespace "floor"
//   pivot --from F --to F --namespace N --id X --rehearse 0|1      a move by pkg/pivot; prints RESULT with the time of each phase
//   delay --port P --round-trip-ms N            a proxy to loopback port P, until it is ended; prints its own port
//   simulate --kubeconfig F                     kubesim, until it is ended; writes its kubeconfig and prints its port
//   plan --kubeconfig F                         what a move would do; prints RESULT objects, moved
//   measure OUTPUT PROGRAM ARGS...              RESULT wall_ms, cpu_ms, peak_kb of a program whose output goes to a file; its exit code
#include <csignal>
#include <map>

#include "pkg/log/log.h"
#include "test/bench/move/bench.h"

int main(int argc, char** argv) {
  using namespace slipway;
  std::signal(SIGPIPE, SIG_IGN);
  const std::map<std::string, void (*)(bench::Flags&)> commands{{"prepare", bench::prepare}, {"fill", bench::fill},         {"revive", bench::revive},
                                                                {"wipe", bench::wipe},       {"floor", bench::floor_of},    {"pivot", bench::plain},
                                                                {"delay", bench::delay},     {"simulate", bench::simulate}, {"plan", bench::plan}};
  const std::string name = argc < 2 ? "" : argv[1];
  if (name == "measure") return bench::measure(argc - 2, argv + 2);
  const auto found = commands.find(name);
  if (found == commands.end()) bench::die("no such command: " + name);
  log::configure(log::Level::Error, log::Format::Text);
  bench::Flags flags(argc - 1, argv + 1);
  found->second(flags);
  flags.end();
}
