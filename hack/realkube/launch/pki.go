package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pki is the folder of certificates of one server: a CA of its own, good for nothing but this server.
type pki struct{ dir string }

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func (p pki) path(name string) string { return filepath.Join(p.dir, name) }

// make writes what a server needs, where it is not there yet.
func (p pki) make() error {
	if _, err := os.Stat(p.path("admin.key")); err == nil {
		return nil
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	ca, err := p.newAuthority()
	if err != nil {
		return err
	}
	account, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := p.writeKey("service-account.key", account); err != nil {
		return err
	}
	if err := p.serving(ca); err != nil {
		return err
	}
	return p.client(ca, "admin", pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, 7*24*time.Hour)
}

func (p pki) newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := certificate(pkix.Name{CommonName: "realkube"}, 7*24*time.Hour)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	if err := p.writeKey("ca.key", key); err != nil {
		return authority{}, err
	}
	if err := p.write("ca.crt", "CERTIFICATE", der); err != nil {
		return authority{}, err
	}
	return p.authority()
}

func (p pki) authority() (authority, error) {
	text, err := os.ReadFile(p.path("ca.crt"))
	if err != nil {
		return authority{}, err
	}
	keyText, err := os.ReadFile(p.path("ca.key"))
	if err != nil {
		return authority{}, err
	}
	block, _ := pem.Decode(text)
	keyBlock, _ := pem.Decode(keyText)
	if block == nil || keyBlock == nil {
		return authority{}, fmt.Errorf("%s: ca.crt or ca.key is not PEM", p.dir)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return authority{}, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return authority{cert, key, text}, err
}

// serving writes kube-apiserver's certificate, for the names that a program on this machine may use.
func (p pki) serving(ca authority) error {
	template := certificate(pkix.Name{CommonName: "kube-apiserver"}, 7*24*time.Hour)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	template.IPAddresses = []net.IP{net.ParseIP("127.0.0.1"), net.ParseIP("::1")}
	return p.sign(ca, "apiserver", template)
}

func (p pki) client(ca authority, name string, subject pkix.Name, valid time.Duration) error {
	template := certificate(subject, valid)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return p.sign(ca, name, template)
}

func (p pki) sign(ca authority, name string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return err
	}
	if err := p.write(name+".crt", "CERTIFICATE", der); err != nil {
		return err
	}
	return p.writeKey(name+".key", key)
}

func certificate(subject pkix.Name, valid time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the system's source of randomness is gone
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: subject, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(valid), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

func (p pki) writeKey(name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return p.write(name, "EC PRIVATE KEY", der)
}

// write replaces a file in one move: kube-apiserver watches its serving certificate.
func (p pki) write(name, kind string, der []byte) error {
	return replaceFile(p.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// kubeconfig gives a self-contained one for the client certificate of that name.
func (p pki) kubeconfig(name, context, server string) ([]byte, error) {
	var data [3]string
	for i, file := range []string{"ca.crt", name + ".crt", name + ".key"} {
		text, err := os.ReadFile(p.path(file))
		if err != nil {
			return nil, err
		}
		data[i] = base64.StdEncoding.EncodeToString(text)
	}
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: %[1]s
clusters:
- name: %[1]s
  cluster: {server: "%[2]s", certificate-authority-data: %[3]s}
users:
- name: %[6]s
  user: {client-certificate-data: %[4]s, client-key-data: %[5]s}
contexts:
- name: %[1]s
  context: {cluster: %[1]s, user: %[6]s}
`, context, server, data[0], data[1], data[2], name), nil
}

func replaceFile(path string, text []byte) error {
	next := path + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
