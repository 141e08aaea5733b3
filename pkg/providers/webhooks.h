// Whether the admission webhooks of a set answer. An Available Deployment does not say so: the certificate may not be mounted yet, the CA not injected where
// the server looks, the Service without endpoints. So each Service is asked once, through the server, by a create that is a dry run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/client.h"
#include "pkg/providers/providers.h"

namespace slipway::providers {

// One question: an object whose dry-run create calls a webhook behind `service`.
struct WebhookQuestion {
  std::string service;  // "capi-system/capi-webhook-service"
  kube::GroupVersionResource gvr;
  kube::Object object;
};
// For every Service behind a webhook on creates of the set's own kinds, its questions, one a kind. Pure.
[[nodiscard]] std::vector<WebhookQuestion> webhook_questions(const Components& components);

// Asks until each Service has answered once: to say no is an answer. A question that the server itself refuses before its webhooks (the sample does not please
// the schema) tells nothing, the next one is asked; a Service of which nothing could be learnt is let pass, with a log line. Errors: Transient where a webhook
// could not be called, in the server's words; what the client says otherwise. Nothing is written: every create is a dry run.
async::Awaitable<Status> ask_webhooks(std::shared_ptr<kube::Client> client, std::shared_ptr<const Components> components);

}  // namespace slipway::providers
