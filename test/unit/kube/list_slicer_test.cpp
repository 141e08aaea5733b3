#include "pkg/kube/detail/list_slicer.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::kube;
using namespace slipway::kube::detail;
using Lines = std::vector<std::string>;

namespace {

constexpr std::string_view kList =
    R"( { "kind" : "PodList" , "apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"t"},"items" : [ {"metadata":{"name":"a]}\"\\"}} ,)"
    R"({"metadata":{"name":"b"}} ] , "more":[1,2] } )";

struct Outcome {
  Lines items;
  std::string error;
  bool complete = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// `cut`: bytes a piece.
Outcome slice(std::string_view text, std::size_t cut, std::size_t cap = kMaxFrame) {
  ListSlicer slicer(cap);
  Outcome out;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    slicer.feed(text.substr(at, cut));
    for (;;) {
      auto item = slicer.next();
      if (!item) {
        out.error = item.error().message();
        return out;
      }
      if (!*item) break;
      out.items.emplace_back(**item);
    }
  }
  out.complete = slicer.complete();
  return out;
}

}  // namespace

TEST_CASE("a list is cut into its items wherever its bytes are cut") {
  const Outcome whole = slice(kList, kList.size());
  CHECK(whole.complete);
  CHECK(whole.items == Lines{R"({"metadata":{"name":"a]}\"\\"}})", R"({"metadata":{"name":"b"}})"});
  for (std::size_t cut = 1; cut < kList.size(); ++cut) CHECK(slice(kList, cut) == whole);
}

TEST_CASE("a list without its end is not complete") {
  const std::string_view text = kList.substr(0, kList.find_last_of('}') + 1);
  for (std::size_t n = 0; n < text.size(); ++n) CHECK_FALSE(slice(text.substr(0, n), 5).complete);
}

TEST_CASE("what is no list is refused") {
  CHECK(slice("[]", 1).error == "the list is not valid JSON");
  CHECK(slice("{\"a\":1,\"a\":2}", 1).error == "the list is not valid JSON");
  CHECK(slice("{\"a\" 1}", 1).error == "the list is not valid JSON");
  CHECK(slice("{\"a\":}", 1).error == "the list is not valid JSON");
  CHECK(slice("{\"items\":[1 2]}", 1).error == "the list is not valid JSON");
  CHECK(slice("{\"items\":[],\"items\":[]}", 1).error == "the list has its items twice");
  CHECK(slice("{\"items\":[]} x", 1).error == "the list goes on after its end");
  CHECK(slice("{}", 1).complete);
  CHECK(slice("{\"items\":[\"" + std::string(100, 'x') + "\"]}", 7, 50).error == "a part of the list is longer than 50 bytes");
}

TEST_CASE("items come with the kind of their list, without what is dropped, and not at all where they are known") {
  auto decoding = std::make_shared<Decoding>();
  decoding->drop.drop({"metadata", "managedFields"});
  decoding->tolerant = true;
  decoding->known = [](const Decoding::Identity& who) { return who.name == "b" && who.uid == "2" && who.resource_version == "6" && who.ns == "n"; };
  Lines got;
  ListReader reader(decoding, [&](Object object, WatchEvent::Body body) { got.push_back(json::dump(object) + " " + std::to_string(static_cast<int>(body))); });
  REQUIRE(reader.take(R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[)"
                      R"({"metadata":{"name":"a","managedFields":[{}],"uid":"1"}},)"
                      R"({"metadata":{"name":"b","namespace":"n","uid":"2","resourceVersion":"6","managedFields":[tru]}},)"
                      R"({"metadata":{"name":"c","uid":"3","resourceVersion":"6"},"x":tru}]})"));
  const auto end = reader.end();
  REQUIRE(end);
  CHECK(end->resource_version == "7");
  CHECK(got == Lines{R"({"metadata":{"name":"a","uid":"1"},"kind":"Pod","apiVersion":"v1"} 0)",
                     R"({"metadata":{"name":"b","namespace":"n","uid":"2","resourceVersion":"6"}} 1)",
                     R"({"metadata":{"name":"c","uid":"3","resourceVersion":"6"}} 2)"});
}

TEST_CASE("an answer that is no list, or that is not whole, is an error") {
  const auto read = [](std::string_view text) {
    ListReader reader({}, [](Object, WatchEvent::Body) {});
    if (Status ok = reader.take(text); !ok) return ok.error().message();
    const auto end = reader.end();
    return end ? std::string("ok") : end.error().message();
  };
  CHECK(read(R"({"kind":"PodList","items":null,"metadata":{}})") == "ok");
  CHECK(read(R"({"kind":"Pod"})") == "the server answered a Pod, not a list");
  CHECK(read(R"({})") == "the server answered a value without a kind, not a list");
  CHECK(read(R"({"kind":"PodList","items":{}})") == "the items of the list are no array");
  CHECK(read(R"({"kind":"PodList","items":[)") == "the list ended before its end");
  CHECK(read("") == "the list ended before its end");
}
