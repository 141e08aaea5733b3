#include "pkg/simcloud/reviews.h"

#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

json::Value admission(const json::Value& uid) { return object_of({{"uid", uid}, {"allowed", true}}); }

json::Value conversion(const json::Value& request) {
  json::Value converted{json::Array()};
  for (json::Value object : request["objects"].array()) {
    object.set("apiVersion", request["desiredAPIVersion"]);
    converted.push_back(std::move(object));
  }
  return object_of({{"uid", request["uid"]}, {"result", object_of({{"status", "Success"}})}, {"convertedObjects", std::move(converted)}});
}

net::Response refuse(int status, const std::string& why) { return {status, "text/plain", why + "\n"}; }

}  // namespace

net::Response answer_review(const net::Request& request) {
  if (request.method != "POST") return refuse(405, "reviews are posted");
  const Result<json::Value> review = json::parse(request.body);
  if (!review) return refuse(400, "the review is no JSON: " + review.error().message());
  const json::Value& asked = (*review)["request"];
  const std::string kind = (*review)["kind"].str();
  if (asked["uid"].as_string().empty() || (kind != "AdmissionReview" && kind != "ConversionReview"))
    return refuse(400, "this is no AdmissionReview or ConversionReview with a request and its uid");
  json::Value answer = object_of({{"apiVersion", (*review)["apiVersion"]}, {"kind", kind}});
  answer.set("response", kind == "AdmissionReview" ? admission(asked["uid"]) : conversion(asked));
  return {200, "application/json", json::dump(answer)};
}

}  // namespace slipway::simcloud
