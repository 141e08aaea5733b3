// How a move grows with what it moves. Hidden: run with `test_pivot "[scale]"`.
#include <chrono>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;

World many_machines(std::size_t machines) {
  World world = small_world();
  world.objects.reserve(machines * 2 + 64);
  for (std::size_t i = 0; i < machines; ++i) {
    const std::string name = "md-" + std::to_string(i);
    Object machine = world.at("Machine", kCluster + "-kcp-5h8zq");
    machine.ref({"metadata", "name"}) = name;
    machine.ref({"metadata", "uid"}) = "uid-" + name;
    world.objects.push_back(std::move(machine));
    Object& infra = world.add(kInfra, "VSphereMachine", kSystem, name);
    infra.ref({"spec", "providerID"}) = "vsphere://" + name;
    infra.ref({"metadata", "finalizers"}).push_back("vspheremachine.infrastructure.cluster.x-k8s.io");
    json::Value owner = kube::owner_reference(world.objects[world.objects.size() - 2], true, true);
    infra.ref({"metadata", "ownerReferences"}).push_back(std::move(owner));
  }
  return world;
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "the work of a move grows with its objects and not with their square", "[.][scale]") {
  for (const std::size_t machines : {500U, 1500U}) {
    TwoSides sides(many_machines(machines));
    const auto begin = std::chrono::steady_clock::now();
    const auto done = sides.run();
    if (!done) FAIL(done.error().message());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    WARN(done->planned << " objects, " << sides.budget->writes << " writes, " << took.count() << " ms with both servers in this process");
  }
}

}  // namespace slipway
