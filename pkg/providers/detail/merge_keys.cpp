#include "pkg/providers/detail/merge_keys.h"

#include <algorithm>
#include <span>

namespace slipway::providers::detail {

struct Shape {
  std::span<const Field> fields;
};

namespace {

constexpr Field list(std::string_view name, std::string_view merge_key, const Shape* elements = nullptr) { return {name, elements, merge_key, false}; }
constexpr Field object(std::string_view name, const Shape* shape) { return {name, shape, {}, false}; }
constexpr Field set(std::string_view name) { return {name, nullptr, {}, true}; }

// k8s.io/apimachinery meta/v1
constexpr Field kMetadataFields[] = {list("ownerReferences", "uid"), set("finalizers")};
constexpr Shape kMetadata{kMetadataFields};

// k8s.io/api core/v1
constexpr Field kContainerFields[] = {list("ports", "containerPort"), list("env", "name"), list("volumeMounts", "mountPath"),
                                      list("volumeDevices", "devicePath")};
constexpr Shape kContainer{kContainerFields};
constexpr Field kPodSpecFields[] = {list("containers", "name", &kContainer),
                                    list("initContainers", "name", &kContainer),
                                    list("ephemeralContainers", "name", &kContainer),
                                    list("volumes", "name"),
                                    list("imagePullSecrets", "name"),
                                    list("hostAliases", "ip"),
                                    list("topologySpreadConstraints", "topologyKey"),
                                    list("schedulingGates", "name"),
                                    list("resourceClaims", "name")};
constexpr Shape kPodSpec{kPodSpecFields};
constexpr Field kPodFields[] = {object("metadata", &kMetadata), object("spec", &kPodSpec)};  // a PodTemplate too
constexpr Shape kPod{kPodFields};
constexpr Field kServiceSpecFields[] = {list("ports", "port")};
constexpr Shape kServiceSpec{kServiceSpecFields};
constexpr Field kServiceFields[] = {object("metadata", &kMetadata), object("spec", &kServiceSpec)};
constexpr Shape kService{kServiceFields};
constexpr Field kServiceAccountFields[] = {object("metadata", &kMetadata), list("secrets", "name")};
constexpr Shape kServiceAccount{kServiceAccountFields};

// apps/v1, batch/v1
constexpr Field kWorkloadSpecFields[] = {object("template", &kPod)};
constexpr Shape kWorkloadSpec{kWorkloadSpecFields};
constexpr Field kWorkloadFields[] = {object("metadata", &kMetadata), object("spec", &kWorkloadSpec)};
constexpr Shape kWorkload{kWorkloadFields};
constexpr Field kCronJobSpecFields[] = {object("jobTemplate", &kWorkload)};
constexpr Shape kCronJobSpec{kCronJobSpecFields};
constexpr Field kCronJobFields[] = {object("metadata", &kMetadata), object("spec", &kCronJobSpec)};
constexpr Shape kCronJob{kCronJobFields};

// admissionregistration/v1
constexpr Field kWebhookFields[] = {list("matchConditions", "name")};
constexpr Shape kWebhook{kWebhookFields};
constexpr Field kWebhooksFields[] = {object("metadata", &kMetadata), list("webhooks", "name", &kWebhook)};
constexpr Shape kWebhooks{kWebhooksFields};
constexpr Field kPolicySpecFields[] = {list("matchConditions", "name"), list("variables", "name")};
constexpr Shape kPolicySpec{kPolicySpecFields};
constexpr Field kPolicyFields[] = {object("metadata", &kMetadata), object("spec", &kPolicySpec)};
constexpr Shape kPolicy{kPolicyFields};

constexpr Field kOtherFields[] = {object("metadata", &kMetadata)};
constexpr Shape kOther{kOtherFields};

struct Kind {
  std::string_view group, kind;
  const Shape* shape;
};
constexpr Kind kKinds[] = {
    {"", "Pod", &kPod},
    {"", "ReplicationController", &kWorkload},
    {"", "Service", &kService},
    {"", "ServiceAccount", &kServiceAccount},
    {"apps", "Deployment", &kWorkload},
    {"apps", "DaemonSet", &kWorkload},
    {"apps", "StatefulSet", &kWorkload},
    {"apps", "ReplicaSet", &kWorkload},
    {"batch", "Job", &kWorkload},
    {"batch", "CronJob", &kCronJob},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration", &kWebhooks},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", &kWebhooks},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy", &kPolicy},
};

}  // namespace

const Shape& shape_of(std::string_view group, std::string_view kind) noexcept {
  const auto* found = std::ranges::find_if(kKinds, [&](const Kind& k) { return k.group == group && k.kind == kind; });
  return found == std::end(kKinds) ? kOther : *found->shape;
}

const Field* field_of(const Shape* shape, std::string_view name) noexcept {
  if (shape == nullptr) return nullptr;
  const auto found = std::ranges::find(shape->fields, name, &Field::name);
  return found == shape->fields.end() ? nullptr : &*found;
}

}  // namespace slipway::providers::detail
