package main

import (
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// up is idempotent: a server that runs is found, one that was stopped or half started is started again with the flags of this call.
func up(o options, out io.Writer) error {
	if s, err := load(o); err == nil && s.apiserver().pid() != 0 && s.etcd().pid() != 0 {
		if err := s.waitReady(o.wait); err != nil {
			return err
		}
		fmt.Fprintln(out, s.kubeconfig())
		return nil
	} else if err == nil {
		if err := s.stop(); err != nil {
			return err
		}
	}
	// A port that was free a moment ago may be taken by now: then it is tried again with others.
	var err error
	for range 3 {
		var s *server
		if s, err = start(o); err == nil {
			fmt.Fprintf(out, "kube-apiserver at %s, ready\n%s\n", s.url(), s.kubeconfig())
			return nil
		}
		if s != nil {
			_ = s.stop()
		}
		if !strings.Contains(err.Error(), "address already in use") || o.settings.Port != 0 {
			return err
		}
	}
	return err
}

func start(o options) (*server, error) {
	s := &server{settings: o.settings, dir: o.dir, bin: o.bin, pki: pki{filepath.Join(o.dir, "pki")}}
	s.Name = filepath.Base(o.dir)
	if s.TokenFile != "" {
		path, err := filepath.Abs(s.TokenFile)
		if err != nil {
			return nil, err
		}
		s.TokenFile = path
	}
	for _, port := range []*int{&s.Port, &s.EtcdPort, &s.EtcdPeerPort} {
		if *port != 0 {
			continue
		}
		free, err := freePort()
		if err != nil {
			return nil, err
		}
		*port = free
	}
	// A new start is a new, empty server; logs of the one before go too.
	for _, old := range []string{"etcd", "logs", "pids"} {
		if err := os.RemoveAll(filepath.Join(s.dir, old)); err != nil {
			return nil, err
		}
	}
	if err := s.pki.make(); err != nil {
		return nil, err
	}
	if err := s.save(); err != nil {
		return nil, err
	}
	if err := s.startEtcd(); err != nil {
		return s, err
	}
	if err := s.startAPIServer(); err != nil {
		return s, err
	}
	if err := s.waitReady(o.wait); err != nil {
		return s, err
	}
	if err := s.startManager(); err != nil {
		return s, err
	}
	return s, s.waitReady(o.wait)
}

func down(o options, out io.Writer) error {
	dirs := []string{o.dir}
	if o.all {
		found, err := filepath.Glob(filepath.Join(o.run, "*", "settings.json"))
		if err != nil {
			return err
		}
		dirs = nil
		for _, file := range found {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	for _, dir := range dirs {
		o.dir = dir
		s, err := load(o)
		if errors.Is(err, fs.ErrNotExist) {
			continue // nothing there is what was asked for
		}
		if err != nil {
			return err
		}
		if err := s.stop(); err != nil {
			return err
		}
		if !o.keep {
			if err := remove(dir); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "stopped %s\n", dir)
	}
	return nil
}

// remove takes away what up made, and the folder where that leaves it empty.
func remove(dir string) error {
	for _, name := range []string{"etcd", "logs", "pids", "pki", "users", "audit.yaml", "kubeconfig", "settings.json"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	_ = os.Remove(dir)
	return nil
}

func kill9(o options, _ io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	return s.apiserver().stop(syscall.SIGKILL, 10*time.Second)
}

func restart(o options, out io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	// Where watches are open, kube-apiserver takes a minute to end: it is not waited for that long.
	if err := s.apiserver().stop(syscall.SIGTERM, 10*time.Second); err != nil {
		return err
	}
	if err := s.startAPIServer(); err != nil {
		return err
	}
	if err := s.waitReady(o.wait); err != nil {
		return err
	}
	fmt.Fprintln(out, s.kubeconfig())
	return nil
}

func compact(o options, out io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(s.bin, "etcd-compact"), s.etcdURL())
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, complaint.String())
	}
	_, err = out.Write(text)
	return err
}

func rotate(o options, _ io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	ca, err := s.pki.authority()
	if err != nil {
		return err
	}
	return s.pki.serving(ca)
}

func user(o options, out io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	name := o.args[0]
	if strings.ContainsAny(name, "/\"\\\n{}") || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q cannot be a file's name", name)
	}
	ca, err := s.pki.authority()
	if err != nil {
		return err
	}
	users := pki{filepath.Join(s.dir, "users")}
	if err := os.MkdirAll(users.dir, 0o700); err != nil {
		return err
	}
	if err := replaceFile(users.path("ca.crt"), ca.pem); err != nil {
		return err
	}
	if err := users.client(ca, name, pkix.Name{CommonName: name, Organization: o.groups}, o.valid); err != nil {
		return err
	}
	text, err := users.kubeconfig(name, s.Name, s.url())
	if err != nil {
		return err
	}
	path := users.path(name + ".kubeconfig")
	fmt.Fprintln(out, path)
	return replaceFile(path, text)
}

func list(o options, out io.Writer) error {
	found, err := filepath.Glob(filepath.Join(o.run, "*", "settings.json"))
	if err != nil {
		return err
	}
	for _, file := range found {
		o.dir = filepath.Dir(file)
		s, err := load(o)
		if err != nil {
			return err
		}
		state := "stopped"
		if s.apiserver().pid() != 0 {
			state = "running"
		}
		fmt.Fprintf(out, "%-10s %-8s %s %s\n", s.Name, state, s.url(), s.kubeconfig())
	}
	return nil
}
