package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// api reads from the server that a kubeconfig's current context names: any server, not only one of this program's own.
type api struct {
	http          *http.Client
	server, token string
}

type kubeconfig struct {
	CurrentContext string `json:"current-context"`
	Contexts       []struct {
		Name    string
		Context struct{ Cluster, User string }
	}
	Clusters []struct {
		Name    string
		Cluster struct {
			Server string
			CA     []byte `json:"certificate-authority-data"`
		}
	}
	Users []struct {
		Name string
		User struct {
			Cert  []byte `json:"client-certificate-data"`
			Key   []byte `json:"client-key-data"`
			Token string
		}
	}
}

// connect takes certificates and keys from the kubeconfig itself; one that points at files is refused.
func connect(file string) (*api, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var config kubeconfig
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	found, transport := &api{}, &tls.Config{RootCAs: x509.NewCertPool()}
	for _, context := range config.Contexts {
		if context.Name != config.CurrentContext {
			continue
		}
		for _, c := range config.Clusters {
			if c.Name == context.Context.Cluster && transport.RootCAs.AppendCertsFromPEM(c.Cluster.CA) {
				found.server = strings.TrimRight(c.Cluster.Server, "/")
			}
		}
		for _, u := range config.Users {
			if u.Name != context.Context.User {
				continue
			}
			found.token = u.User.Token
			if len(u.User.Cert) == 0 {
				continue
			}
			pair, err := tls.X509KeyPair(u.User.Cert, u.User.Key)
			if err != nil {
				return nil, fmt.Errorf("%s: user %s: %w", file, u.Name, err)
			}
			transport.Certificates = []tls.Certificate{pair}
		}
	}
	if found.server == "" {
		return nil, fmt.Errorf("%s: its current context names no cluster with a server and certificate-authority-data", file)
	}
	found.http = &http.Client{Transport: &http.Transport{TLSClientConfig: transport, ForceAttemptHTTP2: true}, Timeout: time.Minute}
	return found, nil
}

const plain = "application/json"

// refusal is an answer other than 200.
type refusal struct {
	code int
	text string
}

func (r refusal) Error() string { return r.text }

func isCode(err error, code int) bool {
	var r refusal
	return errors.As(err, &r) && r.code == code
}

// get waits for a kind whose storage is just being made: a CRD that came a moment ago.
func (a *api) get(path, accept string) ([]byte, error) {
	var body []byte
	var err error
	waitFor(time.Minute, func() bool {
		body, err = a.do(http.MethodGet, path, accept, "", nil)
		return !isCode(err, http.StatusTooManyRequests)
	})
	return body, err
}

// patch is a merge patch, or one of another type.
func (a *api) patch(path, kind string, change any) error {
	body, err := json.Marshal(change)
	if err == nil {
		_, err = a.do(http.MethodPatch, path, plain, kind, body)
	}
	return err
}

func (a *api) do(method, path, accept, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("User-Agent", "realkube")
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	response, err := a.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = refusal{response.StatusCode, fmt.Sprintf("%s %s: %s: %s", method, path, response.Status, answer)}
	}
	return answer, err
}

func (a *api) getJSON(path, accept string, into any) error {
	body, err := a.get(path, accept)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
