package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// settings are kept in the server's folder, so that a restart is the same server again.
type settings struct {
	Name                string
	Port                int
	EtcdPort            int
	EtcdPeerPort        int
	NoControllerManager bool
	TokenFile           string
	WatchCache          string
	CompactionInterval  string
	Fsync               bool
	Audit               bool
	Extra               words
}

type server struct {
	settings
	dir, bin string
	pki      pki
}

func (s *server) process(name string) process { return process{s.dir, s.bin, name} }
func (s *server) etcd() process               { return s.process("etcd") }
func (s *server) apiserver() process          { return s.process("kube-apiserver") }
func (s *server) manager() process            { return s.process("kube-controller-manager") }
func (s *server) url() string                 { return fmt.Sprintf("https://127.0.0.1:%d", s.Port) }
func (s *server) etcdURL() string             { return fmt.Sprintf("http://127.0.0.1:%d", s.EtcdPort) }

// services is the range of ClusterIPs: loopback addresses, because nothing here routes others, so that a program of this machine can listen on the very
// address at which kube-apiserver calls a webhook's Service. It is a range of 254 that no other server has, by the port that no other server has.
func (s *server) services() string { return fmt.Sprintf("127.%d.%d.0/24", s.Port/256, s.Port%256) }

func (s *server) kubeconfig() string { return filepath.Join(s.dir, "kubeconfig") }

func load(o options) (*server, error) {
	text, err := os.ReadFile(filepath.Join(o.dir, "settings.json"))
	if err != nil {
		return nil, fmt.Errorf("no server in %s: %w", o.dir, err)
	}
	s := &server{dir: o.dir, bin: o.bin, pki: pki{filepath.Join(o.dir, "pki")}}
	return s, json.Unmarshal(text, &s.settings)
}

func (s *server) save() error {
	text, err := json.MarshalIndent(s.settings, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(s.dir, "settings.json"), text); err != nil {
		return err
	}
	config, err := s.pki.kubeconfig("admin", s.Name, s.url())
	if err != nil {
		return err
	}
	return replaceFile(s.kubeconfig(), config)
}

func (s *server) startEtcd() error {
	peer := fmt.Sprintf("http://127.0.0.1:%d", s.EtcdPeerPort)
	args := []string{
		"--name=realkube", "--data-dir=" + s.dir + "/etcd", "--listen-client-urls=" + s.etcdURL(), "--advertise-client-urls=" + s.etcdURL(),
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=realkube=" + peer, "--log-level=warn",
	}
	if !s.Fsync {
		args = append(args, "--unsafe-no-fsync")
	}
	return s.etcd().start(args)
}

func (s *server) startAPIServer() error {
	args := []string{
		"--etcd-servers=" + s.etcdURL(), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", s.Port),
		"--endpoint-reconciler-type=none", // a loopback address cannot be an endpoint
		"--cert-dir=" + s.pki.dir, "--tls-cert-file=" + s.pki.path("apiserver.crt"), "--tls-private-key-file=" + s.pki.path("apiserver.key"),
		"--client-ca-file=" + s.pki.path("ca.crt"), "--authorization-mode=Node,RBAC", "--service-cluster-ip-range=" + s.services(),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + s.pki.path("service-account.key"),
		"--service-account-signing-key-file=" + s.pki.path("service-account.key"), "--allow-privileged=true",
	}
	if s.TokenFile != "" {
		args = append(args, "--token-auth-file="+s.TokenFile)
	}
	if s.Audit {
		policy := filepath.Join(s.dir, "audit.yaml")
		if err := replaceFile(policy, []byte(auditPolicy)); err != nil {
			return err
		}
		args = append(args, "--audit-policy-file="+policy, "--audit-log-path="+s.auditLog())
	}
	if s.WatchCache != "" {
		args = append(args, "--watch-cache="+s.WatchCache)
	}
	if s.CompactionInterval != "" {
		args = append(args, "--etcd-compaction-interval="+s.CompactionInterval)
	}
	return s.apiserver().start(append(args, s.Extra...))
}

func (s *server) startManager() error {
	if s.NoControllerManager {
		return nil
	}
	return s.manager().start([]string{
		"--kubeconfig=" + s.kubeconfig(), "--secure-port=0", "--leader-elect=false", "--root-ca-file=" + s.pki.path("ca.crt"),
		"--service-account-private-key-file=" + s.pki.path("service-account.key"), "--kube-api-qps=200", "--kube-api-burst=400",
		"--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller,serviceaccount-token-controller,clusterrole-aggregation-controller",
	})
}

// waitReady returns when the API server says so and, with a controller manager, when namespace default has its service account.
func (s *server) waitReady(limit time.Duration) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	last := ""
	ok := func(path string) bool {
		response, err := client.Get(s.url() + path)
		if err != nil {
			last = err.Error()
			return false
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		last = fmt.Sprintf("%s: %s: %s", path, response.Status, body)
		return response.StatusCode == http.StatusOK
	}
	gone := ""
	done := func(path string) func() bool {
		return func() bool {
			for _, p := range s.running() {
				if p.pid() == 0 {
					gone = p.name
					return true
				}
			}
			return ok(path)
		}
	}
	steps := []string{"/readyz", "/api/v1/namespaces/default"}
	if !s.NoControllerManager && s.manager().pid() != 0 {
		steps = append(steps, "/api/v1/namespaces/default/serviceaccounts/default")
	}
	for _, path := range steps {
		ready := waitFor(limit, done(path))
		if gone != "" {
			return fmt.Errorf("%s has ended; the last lines of %s:\n%s", gone, s.process(gone).logFile(), s.process(gone).tail(15))
		}
		if !ready {
			return fmt.Errorf("not ready after %s: %s\nthe last lines of %s:\n%s", limit, last, s.apiserver().logFile(), s.apiserver().tail(15))
		}
	}
	return nil
}

func (s *server) running() []process {
	list := []process{s.etcd(), s.apiserver()}
	if _, err := os.Stat(s.manager().pidFile()); err == nil {
		list = append(list, s.manager())
	}
	return list
}

func (s *server) client() (*http.Client, error) {
	pair, err := tls.LoadX509KeyPair(s.pki.path("admin.crt"), s.pki.path("admin.key"))
	if err != nil {
		return nil, err
	}
	ca, err := s.pki.authority()
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, nil
}

// stop ends what there is, the API server before its storage.
func (s *server) stop() error {
	var failed []string
	for _, p := range []process{s.manager(), s.apiserver(), s.etcd()} {
		signal := syscall.SIGTERM
		if p.name != "etcd" {
			signal = syscall.SIGKILL // nothing of theirs is worth the seconds that a polite end takes
		}
		if err := p.stop(signal, 10*time.Second); err != nil {
			failed = append(failed, err.Error())
		}
	}
	if failed != nil {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}
