// The top-level fields of built-in kinds. Bodies are open: kubesim stores what clients write.
#include <algorithm>
#include <span>
#include <string>

#include "pkg/kubesim/openapi.h"

namespace slipway::kubesim {

namespace {

enum class Shape : std::uint8_t { Text, Flag, Number, Texts, Open, OpenList };

struct Field {
  std::string_view name;
  Shape shape;
  std::string_view description;
};
constexpr Field kSpec{"spec", Shape::Open, "What is wanted."};
constexpr Field kStatus{"status", Shape::Open, "What is observed; written by controllers."};

constexpr Field kSpecAndStatus[] = {kSpec, kStatus};
constexpr Field kSpecOnly[] = {kSpec};
constexpr Field kConfigMap[] = {{"data", Shape::Texts, "Keys and their values, as text."},
                                {"binaryData", Shape::Texts, "Keys and their values, as base64."},
                                {"immutable", Shape::Flag, "Whether the data can never change again."}};
constexpr Field kSecret[] = {{"data", Shape::Texts, "Keys and their values, as base64."},
                             {"stringData", Shape::Texts, "Keys and values as text; written into data by the server, never read back."},
                             {"immutable", Shape::Flag, "Whether the data can never change again."},
                             {"type", Shape::Text, "What the Secret is for; Opaque where nothing is said."}};
constexpr Field kServiceAccount[] = {{"secrets", Shape::OpenList, "Secrets that pods of this account may use."},
                                     {"imagePullSecrets", Shape::OpenList, "Secrets for pulling images."},
                                     {"automountServiceAccountToken", Shape::Flag, "Whether pods get a token of this account."}};
constexpr Field kRules[] = {{"rules", Shape::OpenList, "What the role allows."},
                            {"aggregationRule", Shape::Open, "Cluster roles whose rules are gathered here."}};
constexpr Field kBinding[] = {{"subjects", Shape::OpenList, "Who is given the role."}, {"roleRef", Shape::Open, "The role; it cannot be changed."}};
constexpr Field kEndpoints[] = {{"subsets", Shape::OpenList, "Addresses with the ports that they serve."}};
constexpr Field kWebhooks[] = {{"webhooks", Shape::OpenList, "The webhooks, with what each is asked about."}};
constexpr Field kPodTemplate[] = {{"template", Shape::Open, "The pods that are made from it."}};
constexpr Field kStorageClass[] = {{"provisioner", Shape::Text, "Who makes the volumes."},
                                   {"parameters", Shape::Texts, "What the provisioner is told."},
                                   {"reclaimPolicy", Shape::Text, "What becomes of a volume that is released: Delete or Retain."},
                                   {"volumeBindingMode", Shape::Text, "When a volume is bound: Immediate or WaitForFirstConsumer."},
                                   {"allowVolumeExpansion", Shape::Flag, "Whether volumes may grow."},
                                   {"mountOptions", Shape::OpenList, "Options of mount for the volumes."},
                                   {"allowedTopologies", Shape::OpenList, "Where volumes may be."}};
constexpr Field kPriorityClass[] = {{"value", Shape::Number, "The priority of pods of this class."},
                                    {"globalDefault", Shape::Flag, "Whether it is for pods that name no class."},
                                    {"description", Shape::Text, "When to use the class."},
                                    {"preemptionPolicy", Shape::Text, "Whether pods of this class push others out."}};
constexpr Field kEndpointSlice[] = {{"addressType", Shape::Text, "IPv4, IPv6 or FQDN."},
                                    {"endpoints", Shape::OpenList, "The addresses."},
                                    {"ports", Shape::OpenList, "The ports of each address."}};
constexpr Field kRevision[] = {{"revision", Shape::Number, "The revision of the state."}, {"data", Shape::Open, "The state."}};
constexpr Field kRuntimeClass[] = {{"handler", Shape::Text, "The runtime's configuration on the nodes."},
                                   {"overhead", Shape::Open, "What running a pod costs beside its containers."},
                                   {"scheduling", Shape::Open, "Nodes that support the class."}};
constexpr Field kEvent[] = {{"involvedObject", Shape::Open, "The object that the event is about."},
                            {"related", Shape::Open, "A second object."},
                            {"reason", Shape::Text, "Why, in one CamelCase word."},
                            {"message", Shape::Text, "What happened, for people."},
                            {"source", Shape::Open, "The component that reports it."},
                            {"firstTimestamp", Shape::Text, "When it was first seen."},
                            {"lastTimestamp", Shape::Text, "When it was last seen."},
                            {"count", Shape::Number, "How often it was seen."},
                            {"type", Shape::Text, "Normal or Warning."},
                            {"eventTime", Shape::Text, "When it happened."},
                            {"series", Shape::Open, "Of repeated events, how often and when last."},
                            {"action", Shape::Text, "What was done."},
                            {"reportingComponent", Shape::Text, "The controller that reports it."},
                            {"reportingInstance", Shape::Text, "The instance of the controller."}};
constexpr Field kNewEvent[] = {{"regarding", Shape::Open, "The object that the event is about."},
                               {"related", Shape::Open, "A second object."},
                               {"reason", Shape::Text, "Why, in one CamelCase word."},
                               {"note", Shape::Text, "What happened, for people."},
                               {"type", Shape::Text, "Normal or Warning."},
                               {"action", Shape::Text, "What was done."},
                               {"eventTime", Shape::Text, "When it happened."},
                               {"series", Shape::Open, "Of repeated events, how often and when last."},
                               {"reportingController", Shape::Text, "The controller that reports it."},
                               {"reportingInstance", Shape::Text, "The instance of the controller."},
                               {"deprecatedSource", Shape::Open, "The source in the older form."},
                               {"deprecatedFirstTimestamp", Shape::Text, "When it was first seen, in the older form."},
                               {"deprecatedLastTimestamp", Shape::Text, "When it was last seen, in the older form."},
                               {"deprecatedCount", Shape::Number, "How often it was seen, in the older form."}};

struct Entry {
  std::string_view kind;
  std::span<const Field> fields;
};
constexpr Entry kEntries[] = {
    {"ConfigMap", kConfigMap},
    {"Secret", kSecret},
    {"ServiceAccount", kServiceAccount},
    {"Role", kRules},
    {"ClusterRole", kRules},
    {"RoleBinding", kBinding},
    {"ClusterRoleBinding", kBinding},
    {"Endpoints", kEndpoints},
    {"MutatingWebhookConfiguration", kWebhooks},
    {"ValidatingWebhookConfiguration", kWebhooks},
    {"PodTemplate", kPodTemplate},
    {"StorageClass", kStorageClass},
    {"PriorityClass", kPriorityClass},
    {"EndpointSlice", kEndpointSlice},
    {"ControllerRevision", kRevision},
    {"RuntimeClass", kRuntimeClass},
    {"Lease", kSpecOnly},
    {"IngressClass", kSpecOnly},
    {"NetworkPolicy", kSpecOnly},
    {"LimitRange", kSpecOnly},
    {"CSIDriver", kSpecOnly},
    {"CSINode", kSpecOnly},
    {"ValidatingAdmissionPolicyBinding", kSpecOnly},
};

json::Value shaped(const Field& field) {
  json::Value out = json::Object{{"description", field.description}};
  switch (field.shape) {
    case Shape::Text: out.set("type", "string"); break;
    case Shape::Flag: out.set("type", "boolean"); break;
    case Shape::Number: out.set("type", "integer"); break;
    case Shape::Texts:
      out.set("type", "object");
      out.set("additionalProperties", json::Object{{"type", "string"}});
      break;
    case Shape::Open:
      out.set("type", "object");
      out.set("x-kubernetes-preserve-unknown-fields", true);
      break;
    case Shape::OpenList:
      out.set("type", "array");
      out.set("items", json::Object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}});
      break;
  }
  return out;
}

}  // namespace

json::Value builtin_properties(const ResourceDef& def, bool& complete) {
  std::span<const Field> fields = kSpecAndStatus;
  if (def.kind == "Event") {
    fields = def.gvr.group.empty() ? std::span<const Field>(kEvent) : kNewEvent;
  } else if (const auto* const it = std::ranges::find(kEntries, def.kind, &Entry::kind); it != std::end(kEntries)) {
    fields = it->fields;
  }
  complete = std::ranges::none_of(fields, [](const Field& f) { return f.shape == Shape::Open || f.shape == Shape::OpenList; });
  json::Value out = json::Object{};
  for (const Field& field : fields) out.set(field.name, shaped(field));
  return out;
}

}  // namespace slipway::kubesim
