#include "pkg/proc/spawn.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <spawn.h>
#include <system_error>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "pkg/base/strings.h"

namespace slipway::proc {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

bool is_program(const std::string& path) noexcept {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

Status check(const Command& command) {
  if (command.argv.empty() || command.argv[0].empty()) return fail(Disposition::Invalid, "a command needs a program");
  if (std::any_of(command.argv.begin(), command.argv.end(), has_nul)) return fail(Disposition::Invalid, "an argument holds a NUL byte");
  for (const auto& [name, value] : command.env)
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value))
      return fail(Disposition::Invalid, "environment variable \"" + shorten(name, 60) + "\" cannot be passed on");
  if (has_nul(command.cwd)) return fail(Disposition::Invalid, "the working directory holds a NUL byte");
  return {};
}

// The attributes and actions of posix_spawn, which want to be destroyed.
struct Setup {
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
  Setup() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

// A process group of its own, no blocked signals, every signal as at boot (ours are ignored or handled), three descriptors.
void prepare(Setup& setup, const Command& command, const Fd& in, const Fd& out, const Fd& err) {
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setpgroup(&setup.attributes, 0);
  ::posix_spawnattr_setsigmask(&setup.attributes, &none);
  ::posix_spawnattr_setsigdefault(&setup.attributes, &all);
  ::posix_spawn_file_actions_adddup2(&setup.actions, in.get(), 0);
  ::posix_spawn_file_actions_adddup2(&setup.actions, out.get(), 1);
  ::posix_spawn_file_actions_adddup2(&setup.actions, err.get(), 2);
  ::posix_spawn_file_actions_addclosefrom_np(&setup.actions, 3);
  if (!command.cwd.empty()) ::posix_spawn_file_actions_addchdir_np(&setup.actions, command.cwd.c_str());
}

std::vector<std::string> environment(const Command& command) {
  std::vector<std::string> out;
  if (!command.env.contains("PATH")) out.push_back("PATH=" + command.path);
  for (const auto& [name, value] : command.env) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<std::string> find_program(const Command& command) {
  if (auto checked = check(command); !checked) return fail(std::move(checked).error());
  const std::string& name = command.argv[0];
  if (name.starts_with('/')) {
    if (is_program(name)) return name;
    return fail(Disposition::NotFound, "no program " + shorten(name, 200));
  }
  if (name.find('/') != std::string::npos) return fail(Disposition::Invalid, "program " + shorten(name, 200) + " must be an absolute path or a bare name");
  for (const std::string& folder : split(command.path, ':')) {
    if (!folder.starts_with('/')) continue;  // never the working directory
    std::string candidate = folder + "/" + name;
    if (is_program(candidate)) return candidate;
  }
  return fail(Disposition::NotFound, "no program " + shorten(name, 200) + " in " + shorten(command.path, 200));
}

Result<Child> Child::start(const Command& command, const Fd& in, const Fd& out, const Fd& err) {
  auto program = find_program(command);
  if (!program) return fail(std::move(program).error());
  Setup setup;
  prepare(setup, command, in, out, err);
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> variables = environment(command);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(variables);
  Child child;
  const int error = ::posix_spawn(&child.pid_, program->c_str(), &setup.actions, &setup.attributes, argv.data(), envp.data());
  if (error != 0) {
    child.pid_ = 0;
    const bool passing = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
    const std::string where = command.cwd.empty() ? "" : " in " + shorten(command.cwd, 200);
    return fail(passing ? Disposition::Transient : Disposition::Invalid, "starting " + *program + where + ": " + reason(error));
  }
  child.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));  // glibc 2.36 declares it for C only
  if (child.pidfd_.get() < 0) return fail(Disposition::Transient, "watching " + *program + ": " + reason(errno));
  return child;
}

Child::~Child() {
  if (pid_ == 0) return;
  signal_group(SIGKILL);
  Output ignored;
  reap(ignored);
}

void Child::signal_group(int signal) const noexcept {
  if (pid_ > 0) ::kill(-pid_, signal);
}

void Child::reap(Output& output) noexcept {
  siginfo_t info{};
  // Not reaped yet, so its number, which is the group's, cannot belong to anybody else.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
  signal_group(SIGKILL);
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) continue;
  output.exit_code = info.si_code == CLD_EXITED ? info.si_status : -1;
  output.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  pid_ = 0;
}

}  // namespace slipway::proc
