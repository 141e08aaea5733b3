package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is known by its pid file, and only taken for ours while it was started by this name with this folder on its command line.
type process struct{ dir, bin, name string }

func (p process) pidFile() string { return filepath.Join(p.dir, "pids", p.name) }
func (p process) logFile() string { return filepath.Join(p.dir, "logs", p.name+".log") }

// start runs it apart from the caller: in a session of its own, its output in its log.
func (p process) start(args []string) error {
	for _, folder := range []string{"pids", "logs"} {
		if err := os.MkdirAll(filepath.Join(p.dir, folder), 0o700); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(p.bin, p.name), args...)
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() //nolint:errcheck // reaped, so that alive() sees it end
	return os.WriteFile(p.pidFile(), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600)
}

// pid gives 0 where it does not run.
func (p process) pid() int {
	text, err := os.ReadFile(p.pidFile())
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0
	}
	line := commandLine(pid)
	if !strings.Contains(line, p.name+"\x00") || !strings.Contains(line, p.dir+"/") {
		return 0
	}
	return pid
}

// commandLine is empty where the process has ended. It is so, too, for a moment in which the kernel is still setting up a new program, although exec has
// been reported to the parent as done; that moment is waited out.
func commandLine(pid int) string {
	var line []byte
	waitFor(time.Second, func() bool {
		var err error
		if line, err = os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err != nil || len(line) > 0 {
			return true
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		state := strings.TrimSpace(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		return err != nil || strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
	})
	return string(line)
}

// stop sends the signal and returns when the process is gone; what does not end by itself within the limit is killed.
func (p process) stop(signal syscall.Signal, limit time.Duration) error {
	pid := p.pid()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, signal); err != nil && err != syscall.ESRCH {
		return fmt.Errorf("%s (pid %d): %w", p.name, pid, err)
	}
	_ = syscall.Kill(pid, syscall.SIGCONT) // one that a test has stopped could not hear it
	if waitFor(limit, func() bool { return p.pid() == 0 }) {
		return nil
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	if waitFor(10*time.Second, func() bool { return p.pid() == 0 }) {
		return nil
	}
	return fmt.Errorf("%s (pid %d) does not end", p.name, pid)
}

// tail gives the last lines of its log, for an error.
func (p process) tail(lines int) string {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func waitFor(limit time.Duration, done func() bool) bool {
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		if done() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// freePort is below the ports that the kernel gives to outgoing connections (from 32768): one of those could take a server's port while it restarts.
func freePort() (int, error) {
	for range 50 {
		listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(17000)))
		if err == nil {
			defer listener.Close()
			return listener.Addr().(*net.TCPAddr).Port, nil
		}
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
