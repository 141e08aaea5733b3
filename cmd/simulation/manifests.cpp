#include "cmd/simulation/manifests.h"

#include <algorithm>
#include <filesystem>

#include "cmd/simulation/files.h"
#include "pkg/kube/mapper.h"
#include "pkg/yaml/yaml.h"

namespace slipway::cmd {
namespace {

async::Awaitable<Status> apply_file(std::shared_ptr<kube::Client> client, std::shared_ptr<kube::Mapper> mapper, std::string path) {
  auto text = read_file(path, 4UL << 20U);
  if (!text) co_return fail(std::move(text).error());
  auto objects = yaml::parse_all(*text, path);
  if (!objects) co_return fail(std::move(objects).error());
  for (kube::Object& object : *objects) {
    const std::string who = path + ": " + kube::describe(object);
    auto resource = co_await mapper->resource_for(kube::gvk_of(object));
    if (!resource) co_return fail(std::move(resource).error().in(who));
    kube::WriteOptions options;
    options.field_manager = "slipway-demo";
    auto applied = co_await kube::apply(client, resource->gvr, object, options);
    if (!applied) co_return fail(std::move(applied).error().in(who));
    if (kube::kind_of(object) == "CustomResourceDefinition") mapper->invalidate();
  }
  co_return Status{};
}

}  // namespace

async::Awaitable<Status> apply_folder(std::shared_ptr<kube::Client> client, std::string folder) {
  std::vector<std::string> files;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec))
    if (entry.path().extension() == ".yaml" && entry.path().filename() != "kustomization.yaml") files.push_back(entry.path().string());
  if (ec) co_return fail(Disposition::NotFound, folder + ": " + ec.message());
  std::sort(files.begin(), files.end());
  auto mapper = std::make_shared<kube::Mapper>(client);
  for (const std::string& file : files) {
    auto applied = co_await apply_file(client, mapper, file);
    if (!applied) co_return applied;
  }
  co_return Status{};
}

}  // namespace slipway::cmd
