// The words and numbers of the pivot: annotations, labels and limits, each with its source.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace slipway::pivot {

inline constexpr std::string_view kFieldManager = "slipway-move";

// Our marks on a target object, until it is finalized; so that the target describes itself to a restart.
inline constexpr std::string_view kMoveId = "slipway.dev/move-id";
inline constexpr std::string_view kSourceUid = "slipway.dev/source-uid";
inline constexpr std::string_view kKeptOnSource = "slipway.dev/kept-on-source";   // a copy whose original is never deleted
inline constexpr std::string_view kManagedFields = "slipway.dev/managed-fields";  // the source's list: it has no other place once the source is gone
inline constexpr std::string_view kPauseToken = "slipway.dev/paused-by-move";     // on both sides: this pause is ours, and whose

inline constexpr std::string_view kMoveLabel = "slipway.dev/move";  // on journals
inline constexpr std::string_view kJournalPrefix = "slipway-move-";
inline constexpr std::string_view kLeaseName = "slipway-move";

// Cluster API and clusterctl (cmd/clusterctl/api/v1alpha3/labels.go, api/core/v1beta1/common_types.go).
inline constexpr std::string_view kClusterctlLabel = "clusterctl.cluster.x-k8s.io";
inline constexpr std::string_view kMoveObjectLabel = "clusterctl.cluster.x-k8s.io/move";
inline constexpr std::string_view kMoveHierarchyLabel = "clusterctl.cluster.x-k8s.io/move-hierarchy";
inline constexpr std::string_view kBlockMoveAnnotation = "clusterctl.cluster.x-k8s.io/block-move";
inline constexpr std::string_view kDeleteForMoveAnnotation = "clusterctl.cluster.x-k8s.io/delete-for-move";
inline constexpr std::string_view kPausedAnnotation = "cluster.x-k8s.io/paused";
inline constexpr std::string_view kProviderLabel = "cluster.x-k8s.io/provider";

// What `<cluster>-<purpose>` may end with (util/secret/consts.go). The longest match counts, since one purpose has dashes itself.
inline constexpr std::array<std::string_view, 6> kSecretPurposes{"apiserver-etcd-client", "kubeconfig", "proxy", "etcd", "ca", "sa"};

inline constexpr std::size_t kMaxJournalBytes = 900UL << 10U;   // a ConfigMap holds 1 MiB
inline constexpr std::size_t kMaxMarkBytes = 200UL << 10U;      // all annotations of an object hold 256 KiB together
inline constexpr std::size_t kMaxNamed = 8;                     // how many objects an error names before "and N more"
inline constexpr std::size_t kProgressEvery = 25;               // objects between two reports
inline constexpr int kMaxRounds = 5;                            // of verify and copy again, or delete and list again, before giving up
inline constexpr std::chrono::seconds kRetryBudget{120};        // a call; clusterctl spends about 154 s on one write
inline constexpr std::chrono::milliseconds kRetryInitial{250};  // clusterctl's read backoff starts so
inline constexpr std::chrono::seconds kRetryCap{10};
inline constexpr std::chrono::seconds kLeaseDuration{60};  // for readers; who holds it is decided by the journal, not by time
inline constexpr std::chrono::seconds kLeaseRenewal{10};
inline constexpr std::chrono::seconds kAcknowledgeTimeout{374};  // clusterctl's block-move backoff, but for all objects together
inline constexpr std::chrono::seconds kQuiesceTimeout{120};      // pods have 10 s of grace by Cluster API's manifests

}  // namespace slipway::pivot
