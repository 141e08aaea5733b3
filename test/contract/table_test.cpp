// Tables, as kubectl asks for them, and metadata alone.
#include "test/contract/server.h"

using namespace slipway;
using contract::config_map;

namespace {

const std::string kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const std::string kPartial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const std::string kPartialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

std::string columns(const json::Value& table) {
  std::string out;
  for (const auto& c : table["columnDefinitions"].array())
    out += c["name"].str() + ":" + c["type"].str() + (c["format"].as_string().empty() ? "" : "/" + c["format"].str()) +
           (c["priority"].as_int() > 0 ? "*" : "") + " ";
  return out;
}

}  // namespace

TEST_CASE_METHOD(contract::Server, "a built-in kind is printed with its columns") {
  REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"x":"1","y":"2"}})").status == 201);
  const auto table = get(path("secrets"), kTable);
  CHECK(table.body["kind"].as_string() == "Table");
  CHECK(table.body["apiVersion"].as_string() == "meta.k8s.io/v1");
  CHECK(columns(table.body) == "Name:string/name Type:string Data:string Age:string ");
  REQUIRE(table.body["rows"].size() == 1);
  const json::Value& row = table.body["rows"][0U];
  CHECK(row["cells"][0U].as_string() == "a");
  CHECK(row["cells"][1U].as_string() == "Opaque");
  CHECK(row["cells"][2U].as_int() == 2);
  CHECK(row["object"]["kind"].as_string() == "PartialObjectMetadata");
  CHECK(row["object"]["metadata"]["name"].as_string() == "a");
  CHECK_FALSE(table.rv().empty());
  const auto one = get(path("secrets", "a"), kTable);
  CHECK(one.body["rows"].size() == 1);
}

TEST_CASE_METHOD(contract::Server, "deployments are printed with readiness and, when asked for wide, containers") {
  REQUIRE(post(path_of("apps/v1", "deployments"),
               R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"paused":true,"replicas":0,"selector":{"matchLabels":{"a":"b"}},
               "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"one","image":"i:1"}]}}}})")
              .status == 201);
  const auto table = get(path_of("apps/v1", "deployments"), kTable);
  CHECK(columns(table.body) ==
        "Name:string/name Ready:string Up-to-date:string Available:string Age:string Containers:string* Images:string* Selector:string* ");
  const json::Value& cells = table.body["rows"][0U]["cells"];
  CHECK(cells[1U].as_string() == "0/0");
  CHECK(cells[5U].as_string() == "one");
  CHECK(cells[6U].as_string() == "i:1");
  CHECK(cells[7U].as_string() == "a=b");
}

TEST_CASE_METHOD(contract::Server, "custom resources are printed by their printer columns") {
  serve_widgets(
      R"({"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"string"}}}}})",
      R"(,"additionalPrinterColumns":[{"name":"N","type":"integer","jsonPath":".spec.n","description":"how many"},{"name":"S","type":"string","jsonPath":".spec.s","priority":1},)"
      R"({"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}])");
  REQUIRE(post(widgets(), contract::widget("a", R"(,"spec":{"n":3})")).status == 201);
  const auto table = get(widgets(), kTable);
  CHECK(columns(table.body) == "Name:string/name N:integer S:string* Age:date ");
  CHECK(table.body["columnDefinitions"][1U]["description"].as_string() == "how many");
  const json::Value& cells = table.body["rows"][0U]["cells"];
  CHECK(cells[0U].as_string() == "a");
  CHECK(cells[1U].as_int() == 3);
  CHECK(cells[2U].is_null());
  CHECK(cells.size() == 4);
}

TEST_CASE_METHOD(contract::Server, "custom resources without printer columns have name and age") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  CHECK(columns(get(widgets(), kTable).body) == "Name:string/name Age:date ");
}

TEST_CASE_METHOD(contract::Server, "metadata alone can be read and listed") {
  REQUIRE(post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"x":"1"}})").status == 201);
  const auto one = get(path("secrets", "a"), kPartial);
  CHECK(one.body["kind"].as_string() == "PartialObjectMetadata");
  CHECK(one.body["apiVersion"].as_string() == "meta.k8s.io/v1");
  CHECK(one.meta("name").as_string() == "a");
  CHECK(one.body.size() == 3);
  const auto list = get(path("secrets"), kPartialList);
  CHECK(list.body["kind"].as_string() == "PartialObjectMetadataList");
  CHECK(list.body["items"][0U]["metadata"]["name"].as_string() == "a");
  CHECK(list.body["items"][0U]["data"].is_null());
}

TEST_CASE_METHOD(contract::Server, "a watch as Table says its columns once") {
  const auto start = post(path("configmaps"), config_map("a"));
  contract::Watch w(*this, path("configmaps") + "?watch=true&fieldSelector=metadata.name!%3Dkube-root-ca.crt&resourceVersion=" + start.rv(), kTable);
  REQUIRE(post(path("configmaps"), config_map("b")).status == 201);
  REQUIRE(post(path("configmaps"), config_map("c")).status == 201);
  const auto first = w.next();
  CHECK(first["object"]["kind"].as_string() == "Table");
  CHECK(columns(first["object"]) == "Name:string/name Data:string Age:string ");
  CHECK(first["object"]["rows"][0U]["cells"][0U].as_string() == "b");
  const auto second = w.next();
  CHECK(second["object"]["columnDefinitions"].size() == 0);
  CHECK(second["object"]["rows"][0U]["cells"][0U].as_string() == "c");
}
