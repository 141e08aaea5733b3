// Leases: what leader election stands on.
#include "test/contract/server.h"

using namespace slipway;

namespace {

constexpr std::string_view kLease =
    R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,
  "acquireTime":"2026-01-01T00:00:00.123456Z","renewTime":"2026-01-01T00:00:00.000000Z","leaseTransitions":0}})";

struct Leased : contract::Server {
  const std::string leases = path_of("coordination.k8s.io/v1", "leases");
  const std::string lease = path_of("coordination.k8s.io/v1", "leases", "l");
};

}  // namespace

TEST_CASE_METHOD(Leased, "times of a lease keep their microseconds") {
  const auto created = post(leases, std::string(kLease));
  INFO(created.text);
  CHECK(created.status == 201);
  CHECK(created.body["spec"]["acquireTime"].as_string() == "2026-01-01T00:00:00.123456Z");
  CHECK(created.body["spec"]["renewTime"].as_string() == "2026-01-01T00:00:00.000000Z");
}

TEST_CASE_METHOD(Leased, "of two updates from one resourceVersion one is a conflict") {
  const auto created = post(leases, std::string(kLease));
  json::Value mine = created.body, theirs = created.body;
  mine.ref("spec").set("holderIdentity", "me");
  theirs.ref("spec").set("holderIdentity", "them");
  const auto won = put(lease, mine);
  CHECK(won.status == 200);
  CHECK_STATUS(
      put(lease, theirs),
      R"({"code":409,"reason":"Conflict","message":"Operation cannot be fulfilled on leases.coordination.k8s.io \"l\": the object has been modified; please apply your changes to the latest version and try again",
               "details":{"name":"l","group":"coordination.k8s.io","kind":"leases"}})");
  CHECK(get(lease).body["spec"]["holderIdentity"].as_string() == "me");
}

TEST_CASE_METHOD(Leased, "of two creates one finds it there") {
  CHECK(post(leases, std::string(kLease)).status == 201);
  CHECK_STATUS(
      post(leases, std::string(kLease)),
      R"({"code":409,"reason":"AlreadyExists","message":"leases.coordination.k8s.io \"l\" already exists","details":{"name":"l","group":"coordination.k8s.io","kind":"leases"}})");
}

TEST_CASE_METHOD(Leased, "an update of a lease must name its resourceVersion") {
  REQUIRE(post(leases, std::string(kLease)).status == 201);
  CHECK_STATUS(
      put(lease, parse(std::string(kLease))),
      R"({"code":422,"reason":"Invalid","message":"leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update",
               "details":{"name":"l","group":"coordination.k8s.io","kind":"leases","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 0: must be specified for an update","field":"metadata.resourceVersion"}]}})");
}

TEST_CASE_METHOD(Leased, "an update of a lease that is gone creates it anew, but for one that names the uid of the old one") {
  const auto created = post(leases, std::string(kLease));
  REQUIRE(remove(lease).status == 200);
  const auto late = put(lease, created.body);
  INFO(late.text);
  CHECK(late.status == 409);
  CHECK(late.message() == "Operation cannot be fulfilled on leases.coordination.k8s.io \"l\": StorageError: invalid object, Code: 4, Key: /registry/leases/" +
                              ns + "/l, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: " + created.uid() +
                              ", UID in object meta: ");
  CHECK(get(lease).status == 404);
  json::Value nameless = created.body;
  nameless.ref("metadata").erase("uid");
  const auto anew = put(lease, nameless);
  CHECK(anew.status == 201);
  CHECK(anew.uid() != created.uid());
}

TEST_CASE_METHOD(Leased, "a lease is checked") {
  json::Value lease_body = parse(std::string(kLease));
  lease_body.ref("spec").set("leaseDurationSeconds", 0);
  const auto refused = post(leases, json::dump(lease_body));
  CHECK_STATUS(
      refused,
      R"({"code":422,"reason":"Invalid","message":"Lease.coordination.k8s.io \"l\" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
               "details":{"name":"l","group":"coordination.k8s.io","kind":"Lease","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 0: must be greater than 0","field":"spec.leaseDurationSeconds"}]}})");
  lease_body.ref("spec").set("leaseDurationSeconds", 15);
  lease_body.ref("spec").set("renewTime", "yesterday");
  const auto undecodable = post(leases, json::dump(lease_body));
  CHECK(undecodable.status == 400);
  CHECK(undecodable.reason() == "BadRequest");
}
