// What a step asks for, as values: a step never writes. apply.cpp is the only one that carries intents out, in their order (Applies of one stage side by side).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "controllers/cluster_view.h"
#include "pkg/providers/providers.h"

namespace slipway::controllers {

struct Apply {  // server-side apply with field manager "slipway"; stages one after another
  Role cluster = Role::Hub;
  Object object;
  int stage = 0;
};
struct Merge {  // RFC 7386; where `uid` is set, only on that very object
  Role cluster = Role::Hub;
  Gvr gvr;
  ObjectKey key;
  json::Value body;
  std::string uid;
};
struct Delete {  // with a UID precondition; an object that is gone is a success
  Role cluster = Role::Hub;
  Gvr gvr;
  ObjectKey key;
  std::string uid;
};
struct CopySecret {  // type and data, read at the time; nothing of it passes through plans or logs
  Role from = Role::Hub;
  ObjectKey source;
  Role to = Role::Hub;
  ObjectKey target;
  json::Value labels;  // of the copy; null: none
  bool owned = false;  // the copy belongs to the object that is reconciled
};
struct EnsureBootstrap {};
// Taking the bootstrap cluster down, behind a guard that looks at the clusters themselves once more, not at a cache.
struct DestroyBootstrap {
  enum class Guard : std::uint8_t {
    MoveCompleted,  // the target's journal says so, and the bootstrap cluster holds no Cluster
    NoClusters,     // the bootstrap cluster holds no Cluster
    NothingCreated  // nothing was ever created from it (or the user forced it)
  } guard = Guard::MoveCompleted;
};
struct RunPivot {
  enum class Direction : std::uint8_t { Forward, Back } direction = Direction::Forward;
};

// One dry-run create for each Service behind the set's admission webhooks: an error that is worth a retry until each has answered.
struct AskWebhooks {
  Role cluster = Role::Hub;
  std::shared_ptr<const providers::Components> components;
};

// A CA and a certificate of it, made and written at the time, where the Secret is still due then; no key passes through plans or logs.
struct IssueCertificate {
  Role cluster = Role::Hub;
  providers::ServingCertificate certificate;
};
// What is stored in an older version of a CRD is written again in the one of today (crd_migration.h), so that a CRD without the old one can be applied.
struct MigrateStorage {
  Role cluster = Role::Hub;
  std::string crd;
  std::vector<std::string> versions;  // of the CRD that is to be applied
};

using Intent = std::variant<Apply, Merge, Delete, CopySecret, AskWebhooks, IssueCertificate, MigrateStorage, EnsureBootstrap, DestroyBootstrap, RunPivot>;

// "apply Deployment capv-system/x on bootstrap": for errors, logs and tests.
[[nodiscard]] std::string describe(const Intent& intent);

}  // namespace slipway::controllers
