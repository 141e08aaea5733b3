#include "pkg/providers/webhooks.h"

#include <algorithm>
#include <map>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/providers/sample.h"

namespace slipway::providers {
namespace {

using json::Value;

bool holds(const Value& list, std::string_view value) {
  return std::ranges::any_of(list.array(), [&](const Value& v) { return v.as_string() == value || v.as_string() == "*"; });
}

const kube::Object* crd_for(const Components& components, const Value& rule, std::string_view resource) {
  for (const kube::Object& object : components.objects)
    if (kube::kind_of(object) == "CustomResourceDefinition" && object["spec"]["names"]["plural"].as_string() == resource &&
        holds(rule["apiGroups"], object["spec"]["group"].as_string()))
      return &object;
  return nullptr;
}

std::string_view served_version(const kube::Object& crd, const Value& rule) {
  for (const Value& version : crd["spec"]["versions"].array())
    if (version["served"].as_bool() && holds(rule["apiVersions"], version["name"].as_string())) return version["name"].as_string();
  return {};
}

void add_questions(const Components& components, const Value& webhook, std::vector<WebhookQuestion>& out) {
  const Value& service = webhook["clientConfig"]["service"];
  if (service.is_null()) return;
  const std::string id = service["namespace"].str() + "/" + service["name"].str();
  for (const Value& rule : webhook["rules"].array()) {
    if (!holds(rule["operations"], "CREATE")) continue;
    for (const Value& resource : rule["resources"].array()) {
      const kube::Object* crd = crd_for(components, rule, resource.as_string());
      const std::string_view version = crd == nullptr ? std::string_view() : served_version(*crd, rule);
      if (version.empty()) continue;
      const bool namespaced = (*crd)["spec"]["scope"].as_string() != "Cluster";
      kube::Object sample = sample_of(*crd, version, {components.ns, "slipway-asks"});
      if (!sample.is_null()) out.push_back({id, {(*crd)["spec"]["group"].str(), std::string(version), resource.str(), namespaced}, std::move(sample)});
    }
  }
}

enum class Answer : std::uint8_t { Answered, Silent, Unknown };

Answer judge(const Error& error) {
  const std::string& text = error.message();
  if (text.find("failed calling webhook") != std::string::npos) return Answer::Silent;
  if (text.find("denied the request") != std::string::npos) return Answer::Answered;
  return Answer::Unknown;
}

}  // namespace

std::vector<WebhookQuestion> webhook_questions(const Components& components) {
  std::vector<WebhookQuestion> out;
  for (const kube::Object& object : components.objects) {
    const auto kind = kube::kind_of(object);
    if (kind != "ValidatingWebhookConfiguration" && kind != "MutatingWebhookConfiguration") continue;
    for (const Value& webhook : object["webhooks"].array()) add_questions(components, webhook, out);
  }
  return out;
}

async::Awaitable<Status> ask_webhooks(std::shared_ptr<kube::Client> client, std::shared_ptr<const Components> components) {
  const std::vector<WebhookQuestion> questions = webhook_questions(*components);
  std::set<std::string> answered;
  std::map<std::string, std::string> unknown;
  for (const WebhookQuestion& question : questions) {
    if (answered.contains(question.service)) continue;
    kube::WriteOptions options;
    options.dry_run = true;
    Result<kube::Object> created = co_await client->create(question.gvr, question.object, options);
    const Answer answer = created ? Answer::Answered : judge(created.error());
    if (answer == Answer::Answered) answered.insert(question.service);
    if (answer == Answer::Silent)
      co_return fail(Disposition::Transient,
                     "the webhooks behind Service " + question.service + " do not answer yet: " + shorten(created.error().message(), 400));
    if (answer != Answer::Unknown) continue;
    if (created.error().retryable()) co_return fail(std::move(created).error());
    unknown[question.service] = created.error().message();
  }
  for (const auto& [service, last] : unknown)
    if (!answered.contains(service)) log::info("webhooks could not be asked", {{"service", service}, {"error", shorten(last, 200)}});
  co_return Status{};
}

}  // namespace slipway::providers
