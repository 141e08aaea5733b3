// Servers in memory, by address, for the tests of what fetches over HTTP; and a folder that goes with its test.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/base/random.h"
#include "pkg/net/client.h"
#include "pkg/providers/sources/http_fetch.h"
#include "pkg/providers/sources/url_repository.h"
#include "test/support/loop.h"

namespace slipway::providers {

inline bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

struct Page {
  int status = 200;
  std::string body = {};
  net::Headers headers = {};
  std::shared_ptr<std::size_t> endless = nullptr;  // an endless body; counts the bytes that were read
};
inline Page text(std::string body) { return {.body = std::move(body)}; }
inline Page status(int code, net::Headers headers = {}) { return {.status = code, .headers = std::move(headers)}; }
inline Page redirect(std::string to) { return status(302, {{"Location", std::move(to)}}); }

class Endless final : public net::BodyStream {
 public:
  explicit Endless(std::shared_ptr<std::size_t> count) : count_(std::move(count)) {}
  async::Awaitable<Result<std::string>> read(async::Deadline) override { return more(count_); }

 private:
  static async::Awaitable<Result<std::string>> more(std::shared_ptr<std::size_t> count) {
    *count += 65'536;
    co_return std::string(65'536, 'x');
  }
  std::shared_ptr<std::size_t> count_;
};

struct Web {
  std::map<std::string, std::vector<Page>> pages;  // by URL; in turn, the last one for ever; what is not here is 404
  bool unreachable = false;
  std::vector<std::pair<std::string, net::Request>> calls;

  [[nodiscard]] std::vector<std::string> urls() const {
    std::vector<std::string> out;
    for (const auto& [url, request] : calls) out.push_back(url);
    return out;
  }
};

inline async::Awaitable<net::Response> serve(std::shared_ptr<Web> web, std::string origin, net::Request request) {
  const std::string url = origin + request.target;
  web->calls.emplace_back(url, std::move(request));
  net::Response response;
  response.status = web->unreachable ? 0 : 404;
  const auto found = web->pages.find(url);
  if (web->unreachable || found == web->pages.end()) co_return response;
  const Page page = found->second.front();
  if (found->second.size() > 1) found->second.erase(found->second.begin());
  response.status = page.status;
  response.body = page.body;
  response.headers = page.headers;
  if (page.endless) response.stream = std::make_unique<Endless>(page.endless);
  co_return response;
}

struct WebWorld {
  test::Loop loop;
  std::shared_ptr<Web> web = std::make_shared<Web>();

  [[nodiscard]] TransportFactory transports() const {
    return [served = web](const std::string& origin, const Access&) -> Result<std::shared_ptr<net::Transport>> {
      return net::make_memory_transport([served, origin](net::Request request) { return serve(served, origin, std::move(request)); });
    };
  }
  [[nodiscard]] HttpFetcher fetcher() { return {loop.executor(), loop.clock, Access{}, transports()}; }
  [[nodiscard]] RepositoryOptions options(Access access = {}, std::string go_proxy = "https://goproxy.test") {
    return {.executor = loop.executor(), .clock = &loop.clock, .access = std::move(access), .transports = transports(), .go_proxy = std::move(go_proxy)};
  }
  [[nodiscard]] async::Deadline in(std::chrono::seconds s) const { return loop.clock.after(s); }

  Result<FetchResponse> get(FetchRequest request, std::chrono::seconds limit = std::chrono::minutes(10)) {
    return loop.run(fetcher().send(std::move(request), in(limit)));
  }
  Result<FetchResponse> get(std::string url, std::chrono::seconds limit = std::chrono::minutes(10)) { return get(FetchRequest(std::move(url)), limit); }
  Result<std::vector<std::string>> versions(Repository& repository) { return loop.run(repository.versions(in(std::chrono::minutes(10)))); }
  Result<std::string> file(Repository& repository, std::string version, std::string name) {
    return loop.run(repository.file(std::move(version), std::move(name), in(std::chrono::minutes(10))));
  }
};

class Folder {
 public:
  Folder() : path(std::filesystem::temp_directory_path() / ("slipway-providers-" + random_suffix(10))) { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  void write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
  }
  std::filesystem::path path;
};

}  // namespace slipway::providers
