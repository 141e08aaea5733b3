// What the commands at a terminal do the same: their command line, what -o says, and work that ends on Ctrl-C. Exit codes: 0 done, 1 failed, 2 wrong usage.
// What was asked for goes to stdout, everything else to stderr. Thread: main's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cmd/slipway/process.h"
#include "pkg/json/value.h"

namespace CLI {
class App;
}

namespace slipway::cmd {

// What a command line asks for; set by the callback of the subcommand that was named.
using Action = std::function<int()>;
// Parses and does it. `argv[0]` is the command's own name.
int run_cli(CLI::App& app, int argc, char** argv, const Action& action);

enum class Output : std::uint8_t { Table, Json, Yaml };
void add_output(CLI::App& app, Output& output);
// For Json and Yaml.
void print_value(const json::Value& value, Output output);

// "slipway init: ..." on stderr. Returns the exit code.
int usage_error(std::string_view command, const Error& error);
int failure(std::string_view command, const Error& error);

// Runs the work as the process's root; its value is the exit code, its error is printed. The first SIGINT or SIGTERM cancels it, the second ends the process.
using Work = std::function<async::Awaitable<Result<int>>(Process& process)>;
int run_work(std::string command, const Work& work);

// The commands of cmd/slipway/main.cpp.
int init_command(int argc, char** argv);
int move_command(int argc, char** argv);
int providers_command(int argc, char** argv);
int bundle_command(int argc, char** argv);

}  // namespace slipway::cmd
