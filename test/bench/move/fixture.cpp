// Fills a real server with what a move takes along: Clusters of 18 objects and machines of 7, from fixture/*.yaml, owners first and side by side.
#include <map>

#include "pkg/async/parallel.h"
#include "pkg/base/strings.h"
#include "pkg/kube/mapper.h"
#include "test/bench/move/bench.h"
#include "test/bench/move/crds.h"

namespace slipway::bench {
namespace {

constexpr std::size_t kWidth = 24;
constexpr int kPatience = 300;  // times 100 ms until a new CRD is served

struct Piece {
  kube::Object object;
  std::vector<std::string> owners;  // "Kind/name"
  json::Value status;
  std::size_t level = 0;
};

struct Filling {
  std::shared_ptr<kube::Client> client;
  std::shared_ptr<kube::Mapper> mapper;
  std::vector<Piece> pieces;
  std::map<std::string, kube::Object> made;  // by "Kind/name": enough of it for a reference
  std::vector<std::vector<std::size_t>> levels;
};
using FillingPtr = std::shared_ptr<Filling>;

std::string title(const kube::Object& object) { return std::string(kube::kind_of(object)) + "/" + std::string(kube::name_of(object)); }

void add(Filling& filling, std::vector<kube::Object> documents) {
  for (auto& document : documents) {
    Piece piece;
    for (const auto& owner : document["ownedBy"].array()) piece.owners.push_back(owner.str());
    document.erase("ownedBy");
    piece.status = document["status"];
    document.erase("status");
    piece.object = std::move(document);
    filling.pieces.push_back(std::move(piece));
  }
}

// Files name owners before what they own.
void sort_by_level(Filling& filling) {
  std::map<std::string, std::size_t> levels;
  for (std::size_t i = 0; i < filling.pieces.size(); ++i) {
    Piece& piece = filling.pieces[i];
    for (const auto& owner : piece.owners) {
      const auto found = levels.find(owner);
      if (found == levels.end()) die(title(piece.object) + " is owned by " + owner + ", which comes after it or not at all");
      piece.level = std::max(piece.level, found->second + 1);
    }
    levels[title(piece.object)] = piece.level;
    if (filling.levels.size() <= piece.level) filling.levels.resize(piece.level + 1);
    filling.levels[piece.level].push_back(i);
  }
}

Awaitable<Status> make(FillingPtr filling, std::size_t i) {
  Piece& piece = filling->pieces[i];
  for (std::size_t n = 0; n < piece.owners.size(); ++n) {
    json::Value reference = kube::owner_reference(filling->made.at(piece.owners[n]), n == 0, true);
    piece.object.ref({"metadata", "ownerReferences"}).push_back(std::move(reference));
  }
  for (int n = 0;; ++n) {
    Result<kube::ApiResource> resource = co_await filling->mapper->resource_for(kube::gvk_of(piece.object));
    Result<kube::Object> made = fail(Disposition::NotFound, "not served");
    if (resource) made = co_await filling->client->create(resource->gvr, piece.object, {});
    if (made && !piece.status.is_null()) {
      kube::PatchOptions options;
      options.subresource = "status";
      made =
          co_await filling->client->patch(resource->gvr, kube::key_of(piece.object), kube::PatchType::Merge, json::Object{{"status", piece.status}}, options);
    }
    if (!made && made.error().is(Disposition::AlreadyExists)) made = co_await filling->client->get(resource->gvr, kube::key_of(piece.object));
    if (made) {
      kube::Object brief = kube::make_object(made->find("apiVersion")->as_string(), kube::kind_of(*made), kube::key_of(*made));
      brief.ref({"metadata", "uid"}) = std::string(kube::uid_of(*made));
      filling->made.insert_or_assign(title(piece.object), std::move(brief));
      co_return Status();
    }
    if (!made.error().is(Disposition::NotFound) || n == kPatience) co_return fail(std::move(made).error().in(title(piece.object)));
    filling->mapper->invalidate();
    co_await filling->client->clock().sleep_until(filling->client->clock().now() + std::chrono::milliseconds(100));
  }
}

Awaitable<Status> make_all(FillingPtr filling) {
  filling->mapper = std::make_shared<kube::Mapper>(filling->client);
  sort_by_level(*filling);
  for (std::size_t level = 0; level < filling->levels.size(); ++level) {
    Status done = co_await async::for_each(&filling->client->clock(), "filling", filling->levels[level].size(), kWidth,
                                           [filling, level](std::size_t n) { return make(filling, filling->levels[level][n]); });
    if (!done) co_return done;
  }
  co_return Status();
}

std::string replaced(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values)
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
  return text;
}

std::string two_kilobytes() {
  std::string text;
  while (text.size() < 2048) text += "c2xpcHdheSBtb3Zl";
  return text;
}

void add_clusters(Filling& filling, const std::string& fixture, std::size_t clusters, std::size_t machines) {
  const std::string cluster_text = read_text(fixture + "/cluster.yaml"), machine_text = read_text(fixture + "/machine.yaml");
  for (std::size_t c = 0; c < clusters; ++c) {
    const std::string cluster = c == 0 ? "tkg-mgmt-vc" : "tkg-vc-" + std::to_string(c);
    std::map<std::string, std::string> values{{"${cluster}", cluster}, {"${2k}", two_kilobytes()}};
    add(filling, read_documents(replaced(cluster_text, values), "cluster.yaml"));
    for (std::size_t m = 0; m < machines; ++m) {
      values["${machine}"] = cluster + (m == 0 ? "-kcp-5h8zq" : "-md-0-x7k2-" + std::to_string(m));
      values["${owner}"] = m == 0 ? "KubeadmControlPlane/" + cluster + "-kcp" : "MachineSet/" + cluster + "-md-0-x7k2";
      add(filling, read_documents(replaced(machine_text, values), "machine.yaml"));
    }
  }
}

// Package values, service account tokens, root CAs: what a cluster holds besides.
void add_others(Filling& filling, std::size_t others) {
  for (std::size_t i = 0; i < others; ++i) {
    const std::string ns = i % 4 == 0 ? "tkg-system" : "default";
    kube::Object object = kube::make_object("v1", i % 9 < 5 ? "Secret" : "ConfigMap", {ns, "package-" + std::to_string(i) + "-data-values"});
    object.ref({"data", "values.yaml"}) = "e30=";
    add(filling, {std::move(object)});
  }
}

Awaitable<Status> revive_kind(std::shared_ptr<kube::Client> client, std::string resource, json::Value status) {
  const kube::GroupVersionResource gvr{"cluster.x-k8s.io", "v1beta2", resource, true};
  Result<kube::ListResult> listed = co_await kube::list_all(client, gvr, {}, {});
  if (!listed) co_return fail(std::move(listed).error());
  const auto keys = std::make_shared<std::vector<kube::ObjectKey>>();
  for (const auto& object : listed->items)
    if (object["status"]["initialization"].is_null() && object["status"]["nodeRef"].is_null()) keys->push_back(kube::key_of(object));
  const auto patch = std::make_shared<const json::Value>(json::Object{{"status", std::move(status)}});
  struct One {
    static Awaitable<Status> write(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectKey key,
                                   std::shared_ptr<const json::Value> patch) {
      kube::PatchOptions options;
      options.subresource = "status";
      Result<kube::Object> done = co_await client->patch(gvr, key, kube::PatchType::Merge, *patch, options);
      if (!done) co_return fail(std::move(done).error());
      co_return Status();
    }
  };
  Status done =
      co_await async::for_each(&client->clock(), "reviving", keys->size(), kWidth, [=](std::size_t n) { return One::write(client, gvr, (*keys)[n], patch); });
  co_return done;
}

Awaitable<Status> revive_all(std::shared_ptr<kube::Client> client) {
  json::Value condition = json::Object{
      {"type", "ControlPlaneInitialized"}, {"status", "True"}, {"reason", "Initialized"}, {"message", ""}, {"lastTransitionTime", "2023-01-10T20:00:00Z"}};
  json::Value cluster = json::Object{{"initialization", json::Object{{"infrastructureProvisioned", true}, {"controlPlaneInitialized", true}}}};
  cluster.ref("conditions").push_back(std::move(condition));
  Status done = co_await revive_kind(client, "clusters", std::move(cluster));
  if (!done) co_return done;
  done = co_await revive_kind(client, "machines", json::Object{{"nodeRef", json::Object{{"name", "node"}}}});
  co_return done;
}

}  // namespace

void prepare(Flags& flags) {
  Bench bench;
  const auto filling = std::make_shared<Filling>();
  filling->client = bench.connect(flags.required("kubeconfig"));
  add(*filling, all_crds(flags.required("repository")));
  std::vector<kube::Object> both = read_documents(read_text(flags.required("fixture") + "/both.yaml"), "both.yaml");
  for (const std::string ns : {"tkg-system", "floor", "slipway-system", "capi-system", "capi-kubeadm-bootstrap-system", "capi-kubeadm-control-plane-system",
                               "capv-system", "caip-in-cluster-system"})
    add(*filling, {kube::make_object("v1", "Namespace", {"", ns})});
  bench.run(make_all(filling));
  const auto second = std::make_shared<Filling>();
  second->client = filling->client;
  add(*second, std::move(both));
  bench.io.restart();
  bench.run(make_all(second));
}

void fill(Flags& flags) {
  Bench bench;
  const auto filling = std::make_shared<Filling>();
  filling->client = bench.connect(flags.required("kubeconfig"));
  const std::string fixture = flags.required("fixture");
  add(*filling, read_documents(read_text(fixture + "/shared.yaml"), "shared.yaml"));
  const auto clusters = static_cast<std::size_t>(flags.number("clusters", 1));
  add_clusters(*filling, fixture, clusters, static_cast<std::size_t>(flags.number("machines", 2)));
  add_others(*filling, static_cast<std::size_t>(flags.number("others", 0)));
  bench.run(make_all(filling));
}

void revive(Flags& flags) {
  Bench bench;
  bench.run(revive_all(bench.connect(flags.required("kubeconfig"))));
}

}  // namespace slipway::bench
