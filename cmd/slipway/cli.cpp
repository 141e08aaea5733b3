#include "cmd/slipway/cli.h"

#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cmd/slipway/commands.h"
#include "pkg/async/cancellable.h"
#include "pkg/yaml/yaml.h"

namespace slipway::cmd {
namespace {

async::Awaitable<void> cancel_on_stop(Process* process, std::shared_ptr<async::CancelHandle> handle) {
  const auto stopped = co_await process->stop.wait(process->clock);
  if (stopped) handle->cancel();
}

async::Awaitable<int> root(Process* process, std::string command, Work work) {
  const auto handle = std::make_shared<async::CancelHandle>(process->io.get_executor());
  async::TaskGroup signals(process->io.get_executor());
  signals.spawn("signals", cancel_on_stop(process, handle));
  auto result = co_await async::CancelHandle::run(handle, process->clock, command, work(*process));
  co_await signals.stop();
  if (result && *result) co_return **result;  // done, or it has said itself why not
  if (!result || process->stop.is_set()) co_return failure(command, {Disposition::Canceled, "interrupted; what was begun can be done again"});
  co_return failure(command, result->error());
}

}  // namespace

int run_cli(CLI::App& app, int argc, char** argv, const Action& action) {
  LogFlags logs{.level = "error", .format = "text"};
  app.add_option("--log-level", logs.level, "debug, info, warn or error")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (Status usable = configure_logs(logs); !usable) return usage_error(app.get_name(), usable.error());
  return action ? action() : 2;
}

void add_output(CLI::App& app, Output& output) {
  const std::map<std::string, Output> names{{"table", Output::Table}, {"json", Output::Json}, {"yaml", Output::Yaml}};
  app.add_option_function<std::string>(
         "-o,--output", [&output, names](const std::string& name) { output = names.at(name); }, "table, json or yaml; default: table")
      ->check(CLI::IsMember({"table", "json", "yaml"}))
      ->type_name("FORMAT");
}

void print_value(const json::Value& value, Output output) {
  std::cout << (output == Output::Yaml ? yaml::dump(value) : json::dump_pretty(value));
  std::cout << (output == Output::Yaml ? "" : "\n") << std::flush;
}

int usage_error(std::string_view command, const Error& error) {
  std::cerr << command << ": " << error.message() << "\n";
  return 2;
}

int failure(std::string_view command, const Error& error) {
  std::cerr << command << ": " << error.message() << "\n";
  return 1;
}

int run_work(std::string command, const Work& work) {
  Process process;
  return process.run(root(&process, std::move(command), work));
}

}  // namespace slipway::cmd
