// A table, hence its length: message|number name type;... as the field tags of k8s.io/api and k8s.io/apimachinery 0.32 have them (types.go). "{" before a
// type: a map from strings, "*" behind it: repeated, "!": kept in JSON though zero. A line that starts with a blank continues the one above.
#include "pkg/kubesim/typed_fields.h"

#include <charconv>
#include <map>

#include "pkg/base/strings.h"

namespace slipway::kubesim {
namespace {

constexpr std::string_view kTable = R"(
AWSElasticBlockStoreVolumeSource|1 volumeID s!;2 fsType s;3 partition j;4 readOnly b
Affinity|1 nodeAffinity NodeAffinity!;2 podAffinity PodAffinity!;3 podAntiAffinity PodAntiAffinity!
AggregationRule|1 clusterRoleSelectors LabelSelector*
AppArmorProfile|1 type s!;2 localhostProfile s!
AttachedVolume|1 name s!;2 devicePath s!
AuditAnnotation|1 key s!;2 valueExpression s!
AzureDiskVolumeSource|1 diskName s!;2 diskURI s!;3 cachingMode s!;4 fsType s!;5 readOnly b!;6 kind s!
AzureFilePersistentVolumeSource|1 secretName s!;2 shareName s!;3 readOnly b;4 secretNamespace s!
AzureFileVolumeSource|1 secretName s!;2 shareName s!;3 readOnly b
Binding|1 metadata ObjectMeta;2 target ObjectReference
CSIDriverSpec|1 attachRequired b!;2 podInfoOnMount b!;3 volumeLifecycleModes s*;4 storageCapacity b!;5 fsGroupPolicy s!;6 tokenRequests TokenRequest*;
 7 requiresRepublish b!;8 seLinuxMount b!
CSIDriver|1 metadata ObjectMeta;2 spec CSIDriverSpec
CSINodeDriver|1 name s!;2 nodeID s!;3 topologyKeys s*!;4 allocatable VolumeNodeResources!
CSINodeSpec|1 drivers CSINodeDriver*
CSINode|1 metadata ObjectMeta;2 spec CSINodeSpec
CSIPersistentVolumeSource|1 driver s!;2 volumeHandle s!;3 readOnly b;4 fsType s;5 volumeAttributes {s;6 controllerPublishSecretRef SecretReference!;
 7 nodeStageSecretRef SecretReference!;8 nodePublishSecretRef SecretReference!;9 controllerExpandSecretRef SecretReference!;
 10 nodeExpandSecretRef SecretReference!
CSIVolumeSource|1 driver s!;2 readOnly b!;3 fsType s!;4 volumeAttributes {s;5 nodePublishSecretRef LocalObjectReference!
Capabilities|1 add s*;2 drop s*
CephFSPersistentVolumeSource|1 monitors s*!;2 path s;3 user s;4 secretFile s;5 secretRef SecretReference!;6 readOnly b
CephFSVolumeSource|1 monitors s*!;2 path s;3 user s;4 secretFile s;5 secretRef LocalObjectReference!;6 readOnly b
CertificateSigningRequestCondition|1 type s!;6 status s!;2 reason s;3 message s;4 lastUpdateTime T;5 lastTransitionTime T
CertificateSigningRequestSpec|1 request y;7 signerName s!;8 expirationSeconds j!;5 usages s*;2 username s;3 uid s;4 groups s*;6 extra {X
CertificateSigningRequestStatus|1 conditions CertificateSigningRequestCondition*;2 certificate y
CertificateSigningRequest|1 metadata ObjectMeta;2 spec CertificateSigningRequestSpec;3 status CertificateSigningRequestStatus
CinderPersistentVolumeSource|1 volumeID s!;2 fsType s;3 readOnly b;4 secretRef SecretReference!
CinderVolumeSource|1 volumeID s!;2 fsType s;3 readOnly b;4 secretRef LocalObjectReference!
ClientIPConfig|1 timeoutSeconds j!
ClusterRoleBinding|1 metadata ObjectMeta;2 subjects Subject*;3 roleRef RoleRef
ClusterRole|1 metadata ObjectMeta;2 rules PolicyRule*;3 aggregationRule AggregationRule!
ClusterTrustBundleProjection|1 name s!;2 signerName s!;3 labelSelector LabelSelector!;5 optional b!;4 path s!
Condition|1 type s!;2 status s!;3 observedGeneration i;4 lastTransitionTime T;5 reason s!;6 message s!
ConfigMapEnvSource|1 + LocalObjectReference;2 optional b!
ConfigMapKeySelector|1 + LocalObjectReference;2 key s!;3 optional b!
ConfigMapNodeConfigSource|1 namespace s!;2 name s!;3 uid s;4 resourceVersion s;5 kubeletConfigKey s!
ConfigMapProjection|1 + LocalObjectReference;2 items KeyToPath*;4 optional b!
ConfigMapVolumeSource|1 + LocalObjectReference;2 items KeyToPath*;3 defaultMode j!;4 optional b!
ConfigMap|1 metadata ObjectMeta;4 immutable b!;2 data {s;3 binaryData {y
ContainerImage|1 names s*!;2 sizeBytes i
ContainerPort|1 name s;2 hostPort j;3 containerPort j!;4 protocol s;5 hostIP s
ContainerResizePolicy|1 resourceName s!;2 restartPolicy s!
ContainerResourceMetricSource|1 name s!;2 target MetricTarget;3 container s!
ContainerResourceMetricStatus|1 name s!;2 current MetricValueStatus;3 container s!
ContainerStateRunning|1 startedAt T
ContainerStateTerminated|1 exitCode j!;2 signal j;3 reason s;4 message s;5 startedAt T;6 finishedAt T;7 containerID s
ContainerStateWaiting|1 reason s;2 message s
ContainerState|1 waiting ContainerStateWaiting!;2 running ContainerStateRunning!;3 terminated ContainerStateTerminated!
ContainerStatus|1 name s!;2 state ContainerState;3 lastState ContainerState;4 ready b!;5 restartCount j!;6 image s!;7 imageID s!;8 containerID s;
 9 started b!;10 allocatedResources {Q;11 resources ResourceRequirements!;12 volumeMounts VolumeMountStatus*;13 user ContainerUser!;
 14 allocatedResourcesStatus ResourceStatus*
ContainerUser|1 linux LinuxContainerUser!
Container|1 name s!;2 image s;3 command s*;4 args s*;5 workingDir s;6 ports ContainerPort*;19 envFrom EnvFromSource*;7 env EnvVar*;
 8 resources ResourceRequirements;23 resizePolicy ContainerResizePolicy*;24 restartPolicy s!;9 volumeMounts VolumeMount*;21 volumeDevices VolumeDevice*;
 10 livenessProbe Probe!;11 readinessProbe Probe!;22 startupProbe Probe!;12 lifecycle Lifecycle!;13 terminationMessagePath s;20 terminationMessagePolicy s;
 14 imagePullPolicy s;15 securityContext SecurityContext!;16 stdin b;17 stdinOnce b;18 tty b
ControllerRevision|1 metadata ObjectMeta;2 data R;3 revision i!
CronJobSpec|1 schedule s!;8 timeZone s!;2 startingDeadlineSeconds i!;3 concurrencyPolicy s;4 suspend b!;5 jobTemplate JobTemplateSpec;
 6 successfulJobsHistoryLimit j!;7 failedJobsHistoryLimit j!
CronJobStatus|1 active ObjectReference*;4 lastScheduleTime T!;5 lastSuccessfulTime T!
CronJob|1 metadata ObjectMeta;2 spec CronJobSpec;3 status CronJobStatus
CrossVersionObjectReference|1 kind s!;2 name s!;3 apiVersion s
DaemonEndpoint|1 Port j!
DaemonSetCondition|1 type s!;2 status s!;3 lastTransitionTime T;4 reason s;5 message s
DaemonSetSpec|1 selector LabelSelector!;2 template PodTemplateSpec;3 updateStrategy DaemonSetUpdateStrategy;4 minReadySeconds j;6 revisionHistoryLimit j!
DaemonSetStatus|1 currentNumberScheduled j!;2 numberMisscheduled j!;3 desiredNumberScheduled j!;4 numberReady j!;5 observedGeneration i;
 6 updatedNumberScheduled j;7 numberAvailable j;8 numberUnavailable j;9 collisionCount j!;10 conditions DaemonSetCondition*
DaemonSetUpdateStrategy|1 type s;2 rollingUpdate RollingUpdateDaemonSet!
DaemonSet|1 metadata ObjectMeta;2 spec DaemonSetSpec;3 status DaemonSetStatus
DeleteOptions|1 gracePeriodSeconds i!;2 preconditions Preconditions!;3 orphanDependents b!;4 propagationPolicy s!;5 dryRun s*;
 6 ignoreStoreReadErrorWithClusterBreakingPotential b!
DeploymentCondition|1 type s!;2 status s!;6 lastUpdateTime T;7 lastTransitionTime T;4 reason s;5 message s
DeploymentSpec|1 replicas j!;2 selector LabelSelector!;3 template PodTemplateSpec;4 strategy DeploymentStrategy;5 minReadySeconds j;
 6 revisionHistoryLimit j!;7 paused b;9 progressDeadlineSeconds j!
DeploymentStatus|1 observedGeneration i;2 replicas j;3 updatedReplicas j;7 readyReplicas j;4 availableReplicas j;5 unavailableReplicas j;
 6 conditions DeploymentCondition*;8 collisionCount j!
DeploymentStrategy|1 type s;2 rollingUpdate RollingUpdateDeployment!
Deployment|1 metadata ObjectMeta;2 spec DeploymentSpec;3 status DeploymentStatus
DownwardAPIProjection|1 items DownwardAPIVolumeFile*
DownwardAPIVolumeFile|1 path s!;2 fieldRef ObjectFieldSelector!;3 resourceFieldRef ResourceFieldSelector!;4 mode j!
DownwardAPIVolumeSource|1 items DownwardAPIVolumeFile*;2 defaultMode j!
EmptyDirVolumeSource|1 medium s;2 sizeLimit Q!
EndpointAddress|1 ip s!;3 hostname s;4 nodeName s!;2 targetRef ObjectReference!
EndpointConditions|1 ready b!;2 serving b!;3 terminating b!
EndpointHints|1 forZones ForZone*
EndpointPort|1 name s!;2 protocol s!;3 port j!;4 appProtocol s!
EndpointSlice|1 metadata ObjectMeta;4 addressType s!;2 endpoints Endpoint*;3 ports EndpointPort*
EndpointSubset|1 addresses EndpointAddress*;2 notReadyAddresses EndpointAddress*;3 ports core.EndpointPort*
Endpoints|1 metadata ObjectMeta;2 subsets EndpointSubset*
Endpoint|1 addresses s*!;2 conditions EndpointConditions;3 hostname s!;4 targetRef ObjectReference!;5 deprecatedTopology {s;6 nodeName s!;7 zone s!;
 8 hints EndpointHints!
EnvFromSource|1 prefix s;2 configMapRef ConfigMapEnvSource!;3 secretRef SecretEnvSource!
EnvVarSource|1 fieldRef ObjectFieldSelector!;2 resourceFieldRef ResourceFieldSelector!;3 configMapKeyRef ConfigMapKeySelector!;
 4 secretKeyRef SecretKeySelector!
EnvVar|1 name s!;2 value s;3 valueFrom EnvVarSource!
EphemeralContainerCommon|1 name s!;2 image s;3 command s*;4 args s*;5 workingDir s;6 ports ContainerPort*;19 envFrom EnvFromSource*;7 env EnvVar*;
 8 resources ResourceRequirements;23 resizePolicy ContainerResizePolicy*;24 restartPolicy s!;9 volumeMounts VolumeMount*;21 volumeDevices VolumeDevice*;
 10 livenessProbe Probe!;11 readinessProbe Probe!;22 startupProbe Probe!;12 lifecycle Lifecycle!;13 terminationMessagePath s;20 terminationMessagePolicy s;
 14 imagePullPolicy s;15 securityContext SecurityContext!;16 stdin b;17 stdinOnce b;18 tty b
EphemeralContainer|1 + EphemeralContainerCommon;2 targetContainerName s
EphemeralVolumeSource|1 volumeClaimTemplate PersistentVolumeClaimTemplate!
EventSeries|1 count j;2 lastObservedTime M
EventSource|1 component s;2 host s
Event|1 metadata ObjectMeta;2 involvedObject ObjectReference;3 reason s;4 message s;5 source EventSource;6 firstTimestamp T;7 lastTimestamp T;8 count j;
 9 type s;10 eventTime M;11 series EventSeries!;12 action s;13 related ObjectReference!;14 reportingComponent s!;15 reportingInstance s!
ExecAction|1 command s*
ExpressionWarning|2 fieldRef s!;3 warning s!
ExternalMetricSource|1 metric MetricIdentifier;2 target MetricTarget
ExternalMetricStatus|1 metric MetricIdentifier;2 current MetricValueStatus
FCVolumeSource|1 targetWWNs s*;2 lun j!;3 fsType s;4 readOnly b;5 wwids s*
FieldSelectorAttributes|1 rawSelector s;2 requirements FieldSelectorRequirement*
FieldSelectorRequirement|1 key s!;2 operator s!;3 values s*
FlexPersistentVolumeSource|1 driver s!;2 fsType s;3 secretRef SecretReference!;4 readOnly b;5 options {s
FlexVolumeSource|1 driver s!;2 fsType s;3 secretRef LocalObjectReference!;4 readOnly b;5 options {s
FlockerVolumeSource|1 datasetName s;2 datasetUUID s
ForZone|1 name s!
GCEPersistentDiskVolumeSource|1 pdName s!;2 fsType s;3 partition j;4 readOnly b
GRPCAction|1 port j!;2 service s!
GitRepoVolumeSource|1 repository s!;2 revision s;3 directory s
GlusterfsPersistentVolumeSource|1 endpoints s!;2 path s!;3 readOnly b;4 endpointsNamespace s!
GlusterfsVolumeSource|1 endpoints s!;2 path s!;3 readOnly b
HPAScalingPolicy|1 type s!;2 value j!;3 periodSeconds j!
HPAScalingRules|3 stabilizationWindowSeconds j!;1 selectPolicy s!;2 policies HPAScalingPolicy*
HTTPGetAction|1 path s;2 port I;3 host s;4 scheme s;5 httpHeaders HTTPHeader*
HTTPHeader|1 name s!;2 value s!
HTTPIngressPath|1 path s;3 pathType s!;2 backend IngressBackend
HTTPIngressRuleValue|1 paths HTTPIngressPath*
HorizontalPodAutoscalerBehavior|1 scaleUp HPAScalingRules!;2 scaleDown HPAScalingRules!
HorizontalPodAutoscalerCondition|1 type s!;2 status s!;3 lastTransitionTime T;4 reason s;5 message s
HorizontalPodAutoscalerSpec|1 scaleTargetRef CrossVersionObjectReference;2 minReplicas j!;3 maxReplicas j!;4 metrics MetricSpec*;
 5 behavior HorizontalPodAutoscalerBehavior!
HorizontalPodAutoscalerStatus|1 observedGeneration i!;2 lastScaleTime T!;3 currentReplicas j;4 desiredReplicas j!;5 currentMetrics MetricStatus*;
 6 conditions HorizontalPodAutoscalerCondition*
HorizontalPodAutoscaler|1 metadata ObjectMeta;2 spec HorizontalPodAutoscalerSpec;3 status HorizontalPodAutoscalerStatus
HostAlias|1 ip s!;2 hostnames s*
HostIP|1 ip s!
HostPathVolumeSource|1 path s!;2 type s!
IPBlock|1 cidr s!;2 except s*
ISCSIPersistentVolumeSource|1 targetPortal s!;2 iqn s!;3 lun j!;4 iscsiInterface s;5 fsType s;6 readOnly b;7 portals s*;8 chapAuthDiscovery b;
 11 chapAuthSession b;10 secretRef SecretReference!;12 initiatorName s!
ISCSIVolumeSource|1 targetPortal s!;2 iqn s!;3 lun j!;4 iscsiInterface s;5 fsType s;6 readOnly b;7 portals s*;8 chapAuthDiscovery b;11 chapAuthSession b;
 10 secretRef LocalObjectReference!;12 initiatorName s!
ImageVolumeSource|1 reference s;2 pullPolicy s
IngressBackend|4 service IngressServiceBackend!;3 resource TypedLocalObjectReference!
IngressClassParametersReference|1 apiGroup s!;2 kind s!;3 name s!;4 scope s!;5 namespace s!
IngressClassSpec|1 controller s;2 parameters IngressClassParametersReference!
IngressClass|1 metadata ObjectMeta;2 spec IngressClassSpec
IngressLoadBalancerIngress|1 ip s;2 hostname s;4 ports IngressPortStatus*
IngressLoadBalancerStatus|1 ingress IngressLoadBalancerIngress*
IngressPortStatus|1 port j!;2 protocol s!;3 error s!
IngressRuleValue|1 http HTTPIngressRuleValue!
IngressRule|1 host s;2 + IngressRuleValue
IngressServiceBackend|1 name s!;2 port ServiceBackendPort
IngressSpec|4 ingressClassName s!;1 defaultBackend IngressBackend!;2 tls IngressTLS*;3 rules IngressRule*
IngressStatus|1 loadBalancer IngressLoadBalancerStatus
IngressTLS|1 hosts s*;2 secretName s
Ingress|1 metadata ObjectMeta;2 spec IngressSpec;3 status IngressStatus
JobCondition|1 type s!;2 status s!;3 lastProbeTime T;4 lastTransitionTime T;5 reason s;6 message s
JobSpec|1 parallelism j!;2 completions j!;3 activeDeadlineSeconds i!;11 podFailurePolicy PodFailurePolicy!;16 successPolicy SuccessPolicy!;
 7 backoffLimit j!;12 backoffLimitPerIndex j!;13 maxFailedIndexes j!;4 selector LabelSelector!;5 manualSelector b!;6 template PodTemplateSpec;
 8 ttlSecondsAfterFinished j!;9 completionMode s!;10 suspend b!;14 podReplacementPolicy s!;15 managedBy s!
JobStatus|1 conditions JobCondition*;2 startTime T!;3 completionTime T!;4 active j;5 succeeded j;6 failed j;11 terminating j!;7 completedIndexes s;
 10 failedIndexes s!;8 uncountedTerminatedPods UncountedTerminatedPods!;9 ready j!
JobTemplateSpec|1 metadata ObjectMeta;2 spec JobSpec
Job|1 metadata ObjectMeta;2 spec JobSpec;3 status JobStatus
KeyToPath|1 key s!;2 path s!;3 mode j!
LabelSelectorAttributes|1 rawSelector s;2 requirements LabelSelectorRequirement*
LabelSelectorRequirement|1 key s!;2 operator s!;3 values s*
LabelSelector|1 matchLabels {s;2 matchExpressions LabelSelectorRequirement*
LeaseSpec|1 holderIdentity s!;2 leaseDurationSeconds j!;3 acquireTime M!;4 renewTime M!;5 leaseTransitions j!;6 strategy s!;7 preferredHolder s!
Lease|1 metadata ObjectMeta;2 spec LeaseSpec
LifecycleHandler|1 exec ExecAction!;2 httpGet HTTPGetAction!;3 tcpSocket TCPSocketAction!;4 sleep SleepAction!
Lifecycle|1 postStart LifecycleHandler!;2 preStop LifecycleHandler!
LimitRangeItem|1 type s!;2 max {Q;3 min {Q;4 default {Q;5 defaultRequest {Q;6 maxLimitRequestRatio {Q
LimitRangeSpec|1 limits LimitRangeItem*
LimitRange|1 metadata ObjectMeta;2 spec LimitRangeSpec
LinuxContainerUser|1 uid i!;2 gid i!;3 supplementalGroups i*
LoadBalancerIngress|1 ip s;2 hostname s;3 ipMode s!;4 ports PortStatus*
LoadBalancerStatus|1 ingress LoadBalancerIngress*
LocalObjectReference|1 name s
LocalSubjectAccessReview|1 metadata ObjectMeta;2 spec SubjectAccessReviewSpec;3 status SubjectAccessReviewStatus
LocalVolumeSource|1 path s!;2 fsType s!
ManagedFieldsEntry|1 manager s;2 operation s;3 apiVersion s;4 time T!;6 fieldsType s;7 fieldsV1 F!;8 subresource s
MatchCondition|1 name s!;2 expression s!
MatchResources|1 namespaceSelector LabelSelector!;2 objectSelector LabelSelector!;3 resourceRules NamedRuleWithOperations*;
 4 excludeResourceRules NamedRuleWithOperations*;7 matchPolicy s!
MetricIdentifier|1 name s!;2 selector LabelSelector!
MetricSpec|1 type s!;2 object ObjectMetricSource!;3 pods PodsMetricSource!;4 resource ResourceMetricSource!;
 7 containerResource ContainerResourceMetricSource!;5 external ExternalMetricSource!
MetricStatus|1 type s!;2 object ObjectMetricStatus!;3 pods PodsMetricStatus!;4 resource ResourceMetricStatus!;
 7 containerResource ContainerResourceMetricStatus!;5 external ExternalMetricStatus!
MetricTarget|1 type s!;2 value Q!;3 averageValue Q!;4 averageUtilization j!
MetricValueStatus|1 value Q!;2 averageValue Q!;3 averageUtilization j!
ModifyVolumeStatus|1 targetVolumeAttributesClassName s;2 status s!
MutatingWebhookConfiguration|1 metadata ObjectMeta;2 webhooks MutatingWebhook*
MutatingWebhook|1 name s!;2 clientConfig WebhookClientConfig;3 rules RuleWithOperations*;4 failurePolicy s!;9 matchPolicy s!;
 5 namespaceSelector LabelSelector!;11 objectSelector LabelSelector!;6 sideEffects s!;7 timeoutSeconds j!;8 admissionReviewVersions s*!;
 10 reinvocationPolicy s!;12 matchConditions MatchCondition*
NFSVolumeSource|1 server s!;2 path s!;3 readOnly b
NamedRuleWithOperations|1 resourceNames s*;2 + RuleWithOperations
NamespaceCondition|1 type s!;2 status s!;4 lastTransitionTime T;5 reason s;6 message s
NamespaceSpec|1 finalizers s*
NamespaceStatus|1 phase s;2 conditions NamespaceCondition*
Namespace|1 metadata ObjectMeta;2 spec NamespaceSpec;3 status NamespaceStatus
NetworkPolicyEgressRule|1 ports NetworkPolicyPort*;2 to NetworkPolicyPeer*
NetworkPolicyIngressRule|1 ports NetworkPolicyPort*;2 from NetworkPolicyPeer*
NetworkPolicyPeer|1 podSelector LabelSelector!;2 namespaceSelector LabelSelector!;3 ipBlock IPBlock!
NetworkPolicyPort|1 protocol s!;2 port I!;3 endPort j!
NetworkPolicySpec|1 podSelector LabelSelector;2 ingress NetworkPolicyIngressRule*;3 egress NetworkPolicyEgressRule*;4 policyTypes s*
NetworkPolicy|1 metadata ObjectMeta;2 spec NetworkPolicySpec
NodeAddress|1 type s!;2 address s!
NodeAffinity|1 requiredDuringSchedulingIgnoredDuringExecution NodeSelector!;2 preferredDuringSchedulingIgnoredDuringExecution PreferredSchedulingTerm*
NodeCondition|1 type s!;2 status s!;3 lastHeartbeatTime T;4 lastTransitionTime T;5 reason s;6 message s
NodeConfigSource|2 configMap ConfigMapNodeConfigSource!
NodeConfigStatus|1 assigned NodeConfigSource!;2 active NodeConfigSource!;3 lastKnownGood NodeConfigSource!;4 error s
NodeDaemonEndpoints|1 kubeletEndpoint DaemonEndpoint
NodeFeatures|1 supplementalGroupsPolicy b!
NodeRuntimeHandlerFeatures|1 recursiveReadOnlyMounts b!;2 userNamespaces b!
NodeRuntimeHandler|1 name s!;2 features NodeRuntimeHandlerFeatures!
NodeSelectorRequirement|1 key s!;2 operator s!;3 values s*
NodeSelectorTerm|1 matchExpressions NodeSelectorRequirement*;2 matchFields NodeSelectorRequirement*
NodeSelector|1 nodeSelectorTerms NodeSelectorTerm*
NodeSpec|1 podCIDR s;7 podCIDRs s*;3 providerID s;4 unschedulable b;5 taints Taint*;6 configSource NodeConfigSource!;2 externalID s
NodeStatus|1 capacity {Q;2 allocatable {Q;3 phase s;4 conditions NodeCondition*;5 addresses NodeAddress*;6 daemonEndpoints NodeDaemonEndpoints;
 7 nodeInfo NodeSystemInfo;8 images ContainerImage*;9 volumesInUse s*;10 volumesAttached AttachedVolume*;11 config NodeConfigStatus!;
 12 runtimeHandlers NodeRuntimeHandler*;13 features NodeFeatures!
NodeSystemInfo|1 machineID s!;2 systemUUID s!;3 bootID s!;4 kernelVersion s!;5 osImage s!;6 containerRuntimeVersion s!;7 kubeletVersion s!;
 8 kubeProxyVersion s!;9 operatingSystem s!;10 architecture s!
Node|1 metadata ObjectMeta;2 spec NodeSpec;3 status NodeStatus
NonResourceAttributes|1 path s;2 verb s
NonResourceRule|1 verbs s*!;2 nonResourceURLs s*
ObjectFieldSelector|1 apiVersion s;2 fieldPath s!
ObjectMeta|1 name s;2 generateName s;3 namespace s;4 selfLink s;5 uid s;6 resourceVersion s;7 generation i;8 creationTimestamp T;9 deletionTimestamp T!;
 10 deletionGracePeriodSeconds i!;11 labels {s;12 annotations {s;13 ownerReferences OwnerReference*;14 finalizers s*;17 managedFields ManagedFieldsEntry*
ObjectMetricSource|1 describedObject CrossVersionObjectReference;2 target MetricTarget;3 metric MetricIdentifier
ObjectMetricStatus|1 metric MetricIdentifier;2 current MetricValueStatus;3 describedObject CrossVersionObjectReference
ObjectReference|1 kind s;2 namespace s;3 name s;4 uid s;5 apiVersion s;6 resourceVersion s;7 fieldPath s
Overhead|1 podFixed {Q
OwnerReference|5 apiVersion s!;1 kind s!;3 name s!;4 uid s!;6 controller b!;7 blockOwnerDeletion b!
ParamKind|1 apiVersion s;2 kind s
ParamRef|1 name s;2 namespace s;3 selector LabelSelector!;4 parameterNotFoundAction s!
PersistentVolumeClaimCondition|1 type s!;2 status s!;3 lastProbeTime T;4 lastTransitionTime T;5 reason s;6 message s
PersistentVolumeClaimSpec|1 accessModes s*;4 selector LabelSelector!;2 resources VolumeResourceRequirements;3 volumeName s;5 storageClassName s!;
 6 volumeMode s!;7 dataSource TypedLocalObjectReference!;8 dataSourceRef TypedObjectReference!;9 volumeAttributesClassName s!
PersistentVolumeClaimStatus|1 phase s;2 accessModes s*;3 capacity {Q;4 conditions PersistentVolumeClaimCondition*;5 allocatedResources {Q;
 7 allocatedResourceStatuses {s;8 currentVolumeAttributesClassName s!;9 modifyVolumeStatus ModifyVolumeStatus!
PersistentVolumeClaimTemplate|1 metadata ObjectMeta;2 spec PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource|1 claimName s!;2 readOnly b
PersistentVolumeClaim|1 metadata ObjectMeta;2 spec PersistentVolumeClaimSpec;3 status PersistentVolumeClaimStatus
PersistentVolumeSource|1 gcePersistentDisk GCEPersistentDiskVolumeSource!;2 awsElasticBlockStore AWSElasticBlockStoreVolumeSource!;
 3 hostPath HostPathVolumeSource!;4 glusterfs GlusterfsPersistentVolumeSource!;5 nfs NFSVolumeSource!;6 rbd RBDPersistentVolumeSource!;
 7 iscsi ISCSIPersistentVolumeSource!;8 cinder CinderPersistentVolumeSource!;9 cephfs CephFSPersistentVolumeSource!;10 fc FCVolumeSource!;
 11 flocker FlockerVolumeSource!;12 flexVolume FlexPersistentVolumeSource!;13 azureFile AzureFilePersistentVolumeSource!;
 14 vsphereVolume VsphereVirtualDiskVolumeSource!;15 quobyte QuobyteVolumeSource!;16 azureDisk AzureDiskVolumeSource!;
 17 photonPersistentDisk PhotonPersistentDiskVolumeSource!;18 portworxVolume PortworxVolumeSource!;19 scaleIO ScaleIOPersistentVolumeSource!;
 20 local LocalVolumeSource!;21 storageos StorageOSPersistentVolumeSource!;22 csi CSIPersistentVolumeSource!
PersistentVolumeSpec|1 capacity {Q;2 + PersistentVolumeSource;3 accessModes s*;4 claimRef ObjectReference!;5 persistentVolumeReclaimPolicy s;
 6 storageClassName s;7 mountOptions s*;8 volumeMode s!;9 nodeAffinity VolumeNodeAffinity!;10 volumeAttributesClassName s!
PersistentVolumeStatus|1 phase s;2 message s;3 reason s;4 lastPhaseTransitionTime T!
PersistentVolume|1 metadata ObjectMeta;2 spec PersistentVolumeSpec;3 status PersistentVolumeStatus
PhotonPersistentDiskVolumeSource|1 pdID s!;2 fsType s
PodAffinityTerm|1 labelSelector LabelSelector!;2 namespaces s*;3 topologyKey s!;4 namespaceSelector LabelSelector!;5 matchLabelKeys s*;
 6 mismatchLabelKeys s*
PodAffinity|1 requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm*;2 preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm*
PodAntiAffinity|1 requiredDuringSchedulingIgnoredDuringExecution PodAffinityTerm*;
 2 preferredDuringSchedulingIgnoredDuringExecution WeightedPodAffinityTerm*
PodCondition|1 type s!;2 status s!;3 lastProbeTime T;4 lastTransitionTime T;5 reason s;6 message s
PodDNSConfigOption|1 name s;2 value s!
PodDNSConfig|1 nameservers s*;2 searches s*;3 options PodDNSConfigOption*
PodDisruptionBudgetSpec|1 minAvailable I!;2 selector LabelSelector!;3 maxUnavailable I!;4 unhealthyPodEvictionPolicy s!
PodDisruptionBudgetStatus|1 observedGeneration i;2 disruptedPods {T;3 disruptionsAllowed j!;4 currentHealthy j!;5 desiredHealthy j!;6 expectedPods j!;
 7 conditions Condition*
PodDisruptionBudget|1 metadata ObjectMeta;2 spec PodDisruptionBudgetSpec;3 status PodDisruptionBudgetStatus
PodFailurePolicyOnExitCodesRequirement|1 containerName s!;2 operator s!;3 values j*!
PodFailurePolicyOnPodConditionsPattern|1 type s!;2 status s!
PodFailurePolicyRule|1 action s!;2 onExitCodes PodFailurePolicyOnExitCodesRequirement!;3 onPodConditions PodFailurePolicyOnPodConditionsPattern*
PodFailurePolicy|1 rules PodFailurePolicyRule*
PodIP|1 ip s!
PodOS|1 name s!
PodReadinessGate|1 conditionType s!
PodResourceClaimStatus|1 name s!;2 resourceClaimName s!
PodResourceClaim|1 name s!;3 resourceClaimName s!;4 resourceClaimTemplateName s!
PodSchedulingGate|1 name s!
PodSecurityContext|1 seLinuxOptions SELinuxOptions!;8 windowsOptions WindowsSecurityContextOptions!;2 runAsUser i!;6 runAsGroup i!;3 runAsNonRoot b!;
 4 supplementalGroups i*;12 supplementalGroupsPolicy s!;5 fsGroup i!;7 sysctls Sysctl*;9 fsGroupChangePolicy s!;10 seccompProfile SeccompProfile!;
 11 appArmorProfile AppArmorProfile!;13 seLinuxChangePolicy s!
PodSpec|1 volumes Volume*;20 initContainers Container*;2 containers Container*;34 ephemeralContainers EphemeralContainer*;3 restartPolicy s;
 4 terminationGracePeriodSeconds i!;5 activeDeadlineSeconds i!;6 dnsPolicy s;7 nodeSelector {s;8 serviceAccountName s;9 serviceAccount s;
 21 automountServiceAccountToken b!;10 nodeName s;11 hostNetwork b;12 hostPID b;13 hostIPC b;27 shareProcessNamespace b!;
 14 securityContext PodSecurityContext!;15 imagePullSecrets LocalObjectReference*;16 hostname s;17 subdomain s;18 affinity Affinity!;19 schedulerName s;
 22 tolerations Toleration*;23 hostAliases HostAlias*;24 priorityClassName s;25 priority j!;26 dnsConfig PodDNSConfig!;28 readinessGates PodReadinessGate*;
 29 runtimeClassName s!;30 enableServiceLinks b!;31 preemptionPolicy s!;32 overhead {Q;33 topologySpreadConstraints TopologySpreadConstraint*;
 35 setHostnameAsFQDN b!;36 os PodOS!;37 hostUsers b!;38 schedulingGates PodSchedulingGate*;39 resourceClaims PodResourceClaim*;
 40 resources ResourceRequirements!
PodStatus|1 phase s;2 conditions PodCondition*;3 message s;4 reason s;11 nominatedNodeName s;5 hostIP s;16 hostIPs HostIP*;6 podIP s;12 podIPs PodIP*;
 7 startTime T!;10 initContainerStatuses ContainerStatus*;8 containerStatuses ContainerStatus*;9 qosClass s;13 ephemeralContainerStatuses ContainerStatus*;
 14 resize s;15 resourceClaimStatuses PodResourceClaimStatus*
PodTemplateSpec|1 metadata ObjectMeta;2 spec PodSpec
PodTemplate|1 metadata ObjectMeta;2 template PodTemplateSpec
PodsMetricSource|1 metric MetricIdentifier;2 target MetricTarget
PodsMetricStatus|1 metric MetricIdentifier;2 current MetricValueStatus
Pod|1 metadata ObjectMeta;2 spec PodSpec;3 status PodStatus
PolicyRule|1 verbs s*!;2 apiGroups s*;3 resources s*;4 resourceNames s*;5 nonResourceURLs s*
PortStatus|1 port j!;2 protocol s!;3 error s!
PortworxVolumeSource|1 volumeID s!;2 fsType s;3 readOnly b
Preconditions|1 uid s!;2 resourceVersion s!
PreferredSchedulingTerm|1 weight j!;2 preference NodeSelectorTerm
PriorityClass|1 metadata ObjectMeta;2 value j!;3 globalDefault b;4 description s;5 preemptionPolicy s!
ProbeHandler|1 exec ExecAction!;2 httpGet HTTPGetAction!;3 tcpSocket TCPSocketAction!;4 grpc GRPCAction!
Probe|1 + ProbeHandler;2 initialDelaySeconds j;3 timeoutSeconds j;4 periodSeconds j;5 successThreshold j;6 failureThreshold j;
 7 terminationGracePeriodSeconds i!
ProjectedVolumeSource|1 sources VolumeProjection*;2 defaultMode j!
QuobyteVolumeSource|1 registry s!;2 volume s!;3 readOnly b;4 user s;5 group s;6 tenant s
RBDPersistentVolumeSource|1 monitors s*!;2 image s!;3 fsType s;4 pool s;5 user s;6 keyring s;7 secretRef SecretReference!;8 readOnly b
RBDVolumeSource|1 monitors s*!;2 image s!;3 fsType s;4 pool s;5 user s;6 keyring s;7 secretRef LocalObjectReference!;8 readOnly b
ReplicaSetCondition|1 type s!;2 status s!;3 lastTransitionTime T;4 reason s;5 message s
ReplicaSetSpec|1 replicas j!;4 minReadySeconds j;2 selector LabelSelector!;3 template PodTemplateSpec
ReplicaSetStatus|1 replicas j!;2 fullyLabeledReplicas j;4 readyReplicas j;5 availableReplicas j;3 observedGeneration i;6 conditions ReplicaSetCondition*
ReplicaSet|1 metadata ObjectMeta;2 spec ReplicaSetSpec;3 status ReplicaSetStatus
ReplicationControllerCondition|1 type s!;2 status s!;3 lastTransitionTime T;4 reason s;5 message s
ReplicationControllerSpec|1 replicas j!;4 minReadySeconds j;2 selector {s;3 template PodTemplateSpec!
ReplicationControllerStatus|1 replicas j!;2 fullyLabeledReplicas j;4 readyReplicas j;5 availableReplicas j;3 observedGeneration i;
 6 conditions ReplicationControllerCondition*
ReplicationController|1 metadata ObjectMeta;2 spec ReplicationControllerSpec;3 status ReplicationControllerStatus
ResourceAttributes|1 namespace s;2 verb s;3 group s;4 version s;5 resource s;6 subresource s;7 name s;8 fieldSelector FieldSelectorAttributes!;
 9 labelSelector LabelSelectorAttributes!
ResourceClaim|1 name s!;2 request s
ResourceFieldSelector|1 containerName s;2 resource s!;3 divisor Q
ResourceHealth|1 resourceID s!;2 health s
ResourceMetricSource|1 name s!;2 target MetricTarget
ResourceMetricStatus|1 name s!;2 current MetricValueStatus
ResourceQuotaSpec|1 hard {Q;2 scopes s*;3 scopeSelector ScopeSelector!
ResourceQuotaStatus|1 hard {Q;2 used {Q
ResourceQuota|1 metadata ObjectMeta;2 spec ResourceQuotaSpec;3 status ResourceQuotaStatus
ResourceRequirements|1 limits {Q;2 requests {Q;3 claims ResourceClaim*
ResourceRule|1 verbs s*!;2 apiGroups s*;3 resources s*;4 resourceNames s*
ResourceStatus|1 name s!;2 resources ResourceHealth*
RoleBinding|1 metadata ObjectMeta;2 subjects Subject*;3 roleRef RoleRef
RoleRef|1 apiGroup s!;2 kind s!;3 name s!
Role|1 metadata ObjectMeta;2 rules PolicyRule*
RollingUpdateDaemonSet|1 maxUnavailable I!;2 maxSurge I!
RollingUpdateDeployment|1 maxUnavailable I!;2 maxSurge I!
RollingUpdateStatefulSetStrategy|1 partition j!;2 maxUnavailable I!
RuleWithOperations|1 operations s*;2 + Rule
Rule|1 apiGroups s*;2 apiVersions s*;3 resources s*;4 scope s!
RuntimeClass|1 metadata ObjectMeta;2 handler s!;3 overhead Overhead!;4 scheduling Scheduling!
SELinuxOptions|1 user s;2 role s;3 type s;4 level s
ScaleIOPersistentVolumeSource|1 gateway s!;2 system s!;3 secretRef SecretReference!;4 sslEnabled b;5 protectionDomain s;6 storagePool s;7 storageMode s;
 8 volumeName s;9 fsType s;10 readOnly b
ScaleIOVolumeSource|1 gateway s!;2 system s!;3 secretRef LocalObjectReference!;4 sslEnabled b;5 protectionDomain s;6 storagePool s;7 storageMode s;
 8 volumeName s;9 fsType s;10 readOnly b
Scheduling|1 nodeSelector {s;2 tolerations Toleration*
ScopeSelector|1 matchExpressions ScopedResourceSelectorRequirement*
ScopedResourceSelectorRequirement|1 scopeName s!;2 operator s!;3 values s*
SeccompProfile|1 type s!;2 localhostProfile s!
SecretEnvSource|1 + LocalObjectReference;2 optional b!
SecretKeySelector|1 + LocalObjectReference;2 key s!;3 optional b!
SecretProjection|1 + LocalObjectReference;2 items KeyToPath*;4 optional b!
SecretReference|1 name s;2 namespace s
SecretVolumeSource|1 secretName s;2 items KeyToPath*;3 defaultMode j!;4 optional b!
Secret|1 metadata ObjectMeta;5 immutable b!;2 data {y;4 stringData {s;3 type s
SecurityContext|1 capabilities Capabilities!;2 privileged b!;3 seLinuxOptions SELinuxOptions!;10 windowsOptions WindowsSecurityContextOptions!;
 4 runAsUser i!;8 runAsGroup i!;5 runAsNonRoot b!;6 readOnlyRootFilesystem b!;7 allowPrivilegeEscalation b!;9 procMount s!;
 11 seccompProfile SeccompProfile!;12 appArmorProfile AppArmorProfile!
SelfSubjectAccessReviewSpec|1 resourceAttributes ResourceAttributes!;2 nonResourceAttributes NonResourceAttributes!
SelfSubjectAccessReview|1 metadata ObjectMeta;2 spec SelfSubjectAccessReviewSpec;3 status SubjectAccessReviewStatus
SelfSubjectReviewStatus|1 userInfo UserInfo
SelfSubjectReview|1 metadata ObjectMeta;2 status SelfSubjectReviewStatus
SelfSubjectRulesReviewSpec|1 namespace s
SelfSubjectRulesReview|1 metadata ObjectMeta;2 spec SelfSubjectRulesReviewSpec;3 status SubjectRulesReviewStatus
ServiceAccountTokenProjection|1 audience s;2 expirationSeconds i!;3 path s!
ServiceAccount|1 metadata ObjectMeta;2 secrets ObjectReference*;3 imagePullSecrets LocalObjectReference*;4 automountServiceAccountToken b!
ServiceBackendPort|1 name s;2 number j
ServicePort|1 name s;2 protocol s;6 appProtocol s!;3 port j!;4 targetPort I;5 nodePort j
ServiceReference|1 namespace s!;2 name s!;3 path s!;4 port j!
ServiceSpec|1 ports ServicePort*;2 selector {s;3 clusterIP s;18 clusterIPs s*;4 type s;5 externalIPs s*;7 sessionAffinity s;8 loadBalancerIP s;
 9 loadBalancerSourceRanges s*;10 externalName s;11 externalTrafficPolicy s;12 healthCheckNodePort j;13 publishNotReadyAddresses b;
 14 sessionAffinityConfig SessionAffinityConfig!;19 ipFamilies s*;17 ipFamilyPolicy s!;20 allocateLoadBalancerNodePorts b!;21 loadBalancerClass s!;
 22 internalTrafficPolicy s!;23 trafficDistribution s!
ServiceStatus|1 loadBalancer LoadBalancerStatus;2 conditions Condition*
Service|1 metadata ObjectMeta;2 spec ServiceSpec;3 status ServiceStatus
SessionAffinityConfig|1 clientIP ClientIPConfig!
SleepAction|1 seconds i!
StatefulSetCondition|1 type s!;2 status s!;3 lastTransitionTime T;4 reason s;5 message s
StatefulSetOrdinals|1 start j!
StatefulSetPersistentVolumeClaimRetentionPolicy|1 whenDeleted s;2 whenScaled s
StatefulSetSpec|1 replicas j!;2 selector LabelSelector!;3 template PodTemplateSpec;4 volumeClaimTemplates PersistentVolumeClaim*;5 serviceName s!;
 6 podManagementPolicy s;7 updateStrategy StatefulSetUpdateStrategy;8 revisionHistoryLimit j!;9 minReadySeconds j;
 10 persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy!;11 ordinals StatefulSetOrdinals!
StatefulSetStatus|1 observedGeneration i;2 replicas j!;3 readyReplicas j;4 currentReplicas j;5 updatedReplicas j;6 currentRevision s;7 updateRevision s;
 9 collisionCount j!;10 conditions StatefulSetCondition*;11 availableReplicas j!
StatefulSetUpdateStrategy|1 type s;2 rollingUpdate RollingUpdateStatefulSetStrategy!
StatefulSet|1 metadata ObjectMeta;2 spec StatefulSetSpec;3 status StatefulSetStatus
StorageClass|1 metadata ObjectMeta;2 provisioner s!;3 parameters {s;4 reclaimPolicy s!;5 mountOptions s*;6 allowVolumeExpansion b!;7 volumeBindingMode s!;
 8 allowedTopologies TopologySelectorTerm*
StorageOSPersistentVolumeSource|1 volumeName s;2 volumeNamespace s;3 fsType s;4 readOnly b;5 secretRef ObjectReference!
StorageOSVolumeSource|1 volumeName s;2 volumeNamespace s;3 fsType s;4 readOnly b;5 secretRef LocalObjectReference!
SubjectAccessReviewSpec|1 resourceAttributes ResourceAttributes!;2 nonResourceAttributes NonResourceAttributes!;3 user s;4 groups s*;5 extra {X;6 uid s
SubjectAccessReviewStatus|1 allowed b!;4 denied b;2 reason s;3 evaluationError s
SubjectAccessReview|1 metadata ObjectMeta;2 spec SubjectAccessReviewSpec;3 status SubjectAccessReviewStatus
SubjectRulesReviewStatus|1 resourceRules ResourceRule*;2 nonResourceRules NonResourceRule*;3 incomplete b!;4 evaluationError s
Subject|1 kind s!;2 apiGroup s;3 name s!;4 namespace s
SuccessPolicyRule|1 succeededIndexes s!;2 succeededCount j!
SuccessPolicy|1 rules SuccessPolicyRule*
Sysctl|1 name s!;2 value s!
TCPSocketAction|1 port I;2 host s
Taint|1 key s!;2 value s;3 effect s!;4 timeAdded T!
TokenRequest|1 audience s!;2 expirationSeconds i!
TokenReviewSpec|1 token s;2 audiences s*
TokenReviewStatus|1 authenticated b;2 user UserInfo;4 audiences s*;3 error s
TokenReview|1 metadata ObjectMeta;2 spec TokenReviewSpec;3 status TokenReviewStatus
Toleration|1 key s;2 operator s;3 value s;4 effect s;5 tolerationSeconds i!
TopologySelectorLabelRequirement|1 key s!;2 values s*!
TopologySelectorTerm|1 matchLabelExpressions TopologySelectorLabelRequirement*
TopologySpreadConstraint|1 maxSkew j!;2 topologyKey s!;3 whenUnsatisfiable s!;4 labelSelector LabelSelector!;5 minDomains j!;6 nodeAffinityPolicy s!;
 7 nodeTaintsPolicy s!;8 matchLabelKeys s*
TypeChecking|1 expressionWarnings ExpressionWarning*
TypedLocalObjectReference|1 apiGroup s!;2 kind s!;3 name s!
TypedObjectReference|1 apiGroup s!;2 kind s!;3 name s!;4 namespace s!
UncountedTerminatedPods|1 succeeded s*;2 failed s*
UserInfo|1 username s;2 uid s;3 groups s*;4 extra {X
ValidatingAdmissionPolicyBindingSpec|1 policyName s;2 paramRef ParamRef!;3 matchResources MatchResources!;4 validationActions s*
ValidatingAdmissionPolicyBinding|1 metadata ObjectMeta;2 spec ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicySpec|1 paramKind ParamKind!;2 matchConstraints MatchResources!;3 validations Validation*;4 failurePolicy s!;
 5 auditAnnotations AuditAnnotation*;6 matchConditions MatchCondition*;7 variables Variable*
ValidatingAdmissionPolicyStatus|1 observedGeneration i;2 typeChecking TypeChecking!;3 conditions Condition*
ValidatingAdmissionPolicy|1 metadata ObjectMeta;2 spec ValidatingAdmissionPolicySpec;3 status ValidatingAdmissionPolicyStatus
ValidatingWebhookConfiguration|1 metadata ObjectMeta;2 webhooks ValidatingWebhook*
ValidatingWebhook|1 name s!;2 clientConfig WebhookClientConfig;3 rules RuleWithOperations*;4 failurePolicy s!;9 matchPolicy s!;
 5 namespaceSelector LabelSelector!;10 objectSelector LabelSelector!;6 sideEffects s!;7 timeoutSeconds j!;8 admissionReviewVersions s*!;
 11 matchConditions MatchCondition*
Validation|1 expression s!;2 message s;3 reason s!;4 messageExpression s
Variable|1 name s!;2 expression s!
VolumeAttachmentSource|1 persistentVolumeName s!;2 inlineVolumeSpec PersistentVolumeSpec!
VolumeAttachmentSpec|1 attacher s!;2 source VolumeAttachmentSource;3 nodeName s!
VolumeAttachmentStatus|1 attached b!;2 attachmentMetadata {s;3 attachError VolumeError!;4 detachError VolumeError!
VolumeAttachment|1 metadata ObjectMeta;2 spec VolumeAttachmentSpec;3 status VolumeAttachmentStatus
VolumeDevice|1 name s!;2 devicePath s!
VolumeError|1 time T;2 message s
VolumeMountStatus|1 name s!;2 mountPath s!;3 readOnly b;4 recursiveReadOnly s!
VolumeMount|1 name s!;2 readOnly b;7 recursiveReadOnly s!;3 mountPath s!;4 subPath s;5 mountPropagation s!;6 subPathExpr s
VolumeNodeAffinity|1 required NodeSelector!
VolumeNodeResources|1 count j!
VolumeProjection|1 secret SecretProjection!;2 downwardAPI DownwardAPIProjection!;3 configMap ConfigMapProjection!;
 4 serviceAccountToken ServiceAccountTokenProjection!;5 clusterTrustBundle ClusterTrustBundleProjection!
VolumeResourceRequirements|1 limits {Q;2 requests {Q
VolumeSource|1 hostPath HostPathVolumeSource!;2 emptyDir EmptyDirVolumeSource!;3 gcePersistentDisk GCEPersistentDiskVolumeSource!;
 4 awsElasticBlockStore AWSElasticBlockStoreVolumeSource!;5 gitRepo GitRepoVolumeSource!;6 secret SecretVolumeSource!;7 nfs NFSVolumeSource!;
 8 iscsi ISCSIVolumeSource!;9 glusterfs GlusterfsVolumeSource!;10 persistentVolumeClaim PersistentVolumeClaimVolumeSource!;11 rbd RBDVolumeSource!;
 12 flexVolume FlexVolumeSource!;13 cinder CinderVolumeSource!;14 cephfs CephFSVolumeSource!;15 flocker FlockerVolumeSource!;
 16 downwardAPI DownwardAPIVolumeSource!;17 fc FCVolumeSource!;18 azureFile AzureFileVolumeSource!;19 configMap ConfigMapVolumeSource!;
 20 vsphereVolume VsphereVirtualDiskVolumeSource!;21 quobyte QuobyteVolumeSource!;22 azureDisk AzureDiskVolumeSource!;
 23 photonPersistentDisk PhotonPersistentDiskVolumeSource!;26 projected ProjectedVolumeSource!;24 portworxVolume PortworxVolumeSource!;
 25 scaleIO ScaleIOVolumeSource!;27 storageos StorageOSVolumeSource!;28 csi CSIVolumeSource!;29 ephemeral EphemeralVolumeSource!;
 30 image ImageVolumeSource!
Volume|1 name s!;2 + VolumeSource
VsphereVirtualDiskVolumeSource|1 volumePath s!;2 fsType s;3 storagePolicyName s;4 storagePolicyID s
WebhookClientConfig|3 url s!;1 service ServiceReference!;2 caBundle y
WeightedPodAffinityTerm|1 weight j!;2 podAffinityTerm PodAffinityTerm
WindowsSecurityContextOptions|1 gmsaCredentialSpecName s!;2 gmsaCredentialSpec s!;3 runAsUserName s!;4 hostProcess b!
core.EndpointPort|1 name s;2 port j!;3 protocol s;4 appProtocol s!
)";

TypedField field_of(std::string_view text) {
  const auto parts = split(text, ' ');
  TypedField field;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), field.number);
  field.name = parts[1];
  std::string_view type = parts[2];
  if (type.ends_with('!')) field.keep_zero = true, type.remove_suffix(1);
  if (type.ends_with('*')) field.repeated = true, type.remove_suffix(1);
  if (type.starts_with('{')) field.map = true, type.remove_prefix(1);
  field.type = type;
  return field;
}

using Messages = std::map<std::string, std::vector<TypedField>, std::less<>>;

Messages read_table() {
  Messages messages;
  std::vector<TypedField>* current = nullptr;
  for (const auto& line : split(kTable, '\n')) {
    if (line.empty()) continue;
    std::string_view fields = trim(line);
    if (line.front() != ' ') {
      const auto bar = fields.find('|');
      current = &messages[std::string(fields.substr(0, bar))];
      fields.remove_prefix(bar + 1);
    }
    for (const auto& field : split(fields, ';'))
      if (!field.empty() && current != nullptr) current->push_back(field_of(field));
  }
  return messages;
}

}  // namespace

const std::vector<TypedField>* typed_fields(std::string_view message) {
  static const Messages kMessages = read_table();
  const auto it = kMessages.find(message);
  return it == kMessages.end() ? nullptr : &it->second;
}

}  // namespace slipway::kubesim
