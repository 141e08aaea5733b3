#include "api/v1alpha1/rules.h"

#include <set>

#include <catch2/catch_test_macros.hpp>

#include "api/v1alpha1/codec.h"
#include "api/v1alpha1/match.h"
#include "api/v1alpha1/schema.h"
#include "test/unit/api/support.h"

using namespace slipway;

TEST_CASE("every case of the table gets exactly its sentences") {
  for (const test::Case& c : test::cases()) {
    INFO(c.name);
    std::vector<std::string> said;
    for (const api::FieldError& error : api::check(c.object, c.old.is_null() ? nullptr : &c.old)) said.push_back(error.to_string());
    CHECK(said == c.errors);
  }
}

TEST_CASE("every rule has a case that breaks it") {
  std::string said;
  for (const test::Case& c : test::cases())
    for (const std::string& error : c.errors) said += error + "\n";
  for (const api::Rule& rule : api::rules()) {
    INFO(rule.scope);
    CHECK(said.find(rule.sentence) != std::string::npos);
  }
}

TEST_CASE("the operator says at reconcile what admission says on creation") {
  for (const test::Case& c : test::cases()) {
    if (!c.old.is_null()) continue;
    INFO(c.name);
    std::vector<api::FieldError> errors;
    std::vector<api::FieldError> broken;
    if (c.object["kind"].as_string() == "WorkloadCluster") {
      const auto decoded = api::decode_workload_cluster(c.object, errors);
      broken = api::validate(decoded);
    } else {
      const auto decoded = api::decode_management_cluster_request(c.object, errors);
      broken = api::validate(decoded);
    }
    if (errors.empty()) errors = broken;
    CHECK(errors.empty() == c.errors.empty());
    for (const api::FieldError& error : errors) {
      INFO(error.to_string());
      CHECK((std::ranges::find(c.errors, error.to_string()) != c.errors.end()) == true);
    }
  }
}

TEST_CASE("sentences are sentences: no full stop, no line break, and they fit") {
  for (const api::Rule& rule : api::rules()) {
    INFO(rule.sentence);
    CHECK_FALSE(rule.sentence.ends_with('.'));
    CHECK(rule.sentence.find('\n') == std::string_view::npos);
    CHECK(rule.sentence.size() < 160);
  }
}

TEST_CASE("durations are what time.h can read") {
  for (const char* good : {"1s", "90s", "30m", "2h", "1h30m", "500ms", "1h0m5s"}) CHECK(api::is_duration(good));
  for (const char* bad : {"", "0", "0s", "30", "1.5h", "-1s", "s", "1d", "1h 30m", "1hm", "1234567s"}) CHECK_FALSE(api::is_duration(bad));
}

TEST_CASE("hosts are addresses and names, never both with a port") {
  for (const char* good : {"10.0.0.10", "api.example.com", "::1", "fd00::1", "::ffff:10.0.0.1", "a"}) CHECK(api::is_host(good));
  for (const char* bad : {"", "10.0.0.10:6443", "https://a", "a b", "-a", "a.", "[::1]", "[::1]:6443", "fe80::1%eth0"}) CHECK_FALSE(api::is_host(bad));
}

TEST_CASE("CIDRs need an address and a prefix length that fit each other") {
  for (const char* good : {"0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32", "::/0", "fd00::/48", "2001:db8:0:0:0:0:0:0/128"}) CHECK(api::is_cidr(good));
  for (const char* bad : {"", "10.0.0.0", "10.0.0/8", "10.0.0.0.0/8", "256.0.0.0/8", "10.0.0.0/33", "10.0.0.0/", "01.0.0.0/8", "10.0.0.0/08", "::/129", ":/64",
                          "12345::/64", "g::/64", "10.0.0.0/8/8"})
    CHECK_FALSE(api::is_cidr(bad));
}
