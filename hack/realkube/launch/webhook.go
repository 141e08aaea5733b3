package main

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// webhook answers for Services whose programs no kubelet runs, until it is ended. Admission reviews are allowed unchanged, or refused with the text of
// --deny; conversion reviews get the objects back with nothing but apiVersion changed. pki/ca.crt of the server's folder is the caBundle.
func webhook(o options, out io.Writer) error {
	s, err := load(o)
	if err != nil {
		return err
	}
	server, err := connect(s.kubeconfig())
	if err != nil {
		return err
	}
	for _, service := range o.args {
		namespace, name, ok := strings.Cut(service, "/")
		if !ok {
			return fmt.Errorf("%q is not NAMESPACE/SERVICE", service)
		}
		if err := s.answer(server, namespace, name, reviewer{o.deny}, out); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "ready")
	select {}
}

// answer listens on every port of the Service, at its ClusterIP, which is a loopback address, with a certificate of the server's CA.
func (s *server) answer(server *api, namespace, name string, handler http.Handler, out io.Writer) error {
	var found struct {
		Spec struct {
			ClusterIP string
			Ports     []struct{ Port int }
		}
	}
	if err := server.getJSON("/api/v1/namespaces/"+namespace+"/services/"+name, plain, &found); err != nil {
		return err
	}
	pair, err := s.pki.serviceCertificate(namespace, name)
	if err != nil {
		return err
	}
	for _, port := range found.Spec.Ports {
		address := net.JoinHostPort(found.Spec.ClusterIP, strconv.Itoa(port.Port))
		listener, err := tls.Listen("tcp4", address, &tls.Config{Certificates: []tls.Certificate{pair}})
		if err != nil {
			return fmt.Errorf("%s/%s: %w (a port below 1024 needs root)", namespace, name, err)
		}
		fmt.Fprintf(out, "%s/%s: listening on %s\n", namespace, name, address)
		go (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener) //nolint:errcheck // it ends with the program
	}
	return nil
}

func (p pki) serviceCertificate(namespace, name string) (tls.Certificate, error) {
	ca, err := p.authority()
	if err != nil {
		return tls.Certificate{}, err
	}
	template := certificate(pkix.Name{CommonName: name}, 7*24*time.Hour)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{name + "." + namespace + ".svc"}
	file := "service-" + namespace + "-" + name
	if err := p.sign(ca, file, template); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(p.path(file+".crt"), p.path(file+".key"))
}

type reviewer struct{ deny string }

type review struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Request    *request       `json:"request,omitempty"`
	Response   map[string]any `json:"response,omitempty"`
}

type request struct {
	UID               string           `json:"uid"`
	DesiredAPIVersion string           `json:"desiredAPIVersion"`
	Objects           []map[string]any `json:"objects"`
}

func (r reviewer) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	var body review
	if err := json.NewDecoder(in.Body).Decode(&body); err != nil || body.Request == nil {
		http.Error(w, "this is not a review", http.StatusBadRequest)
		return
	}
	answer := map[string]any{"uid": body.Request.UID}
	switch {
	case body.Kind == "ConversionReview":
		for _, object := range body.Request.Objects {
			object["apiVersion"] = body.Request.DesiredAPIVersion
		}
		answer["convertedObjects"], answer["result"] = body.Request.Objects, map[string]any{"status": "Success"}
	case r.deny != "":
		answer["allowed"], answer["status"] = false, map[string]any{"message": r.deny}
	default:
		answer["allowed"] = true
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review{APIVersion: body.APIVersion, Kind: body.Kind, Response: answer}) // a caller that is gone needs no answer
}
